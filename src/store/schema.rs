//! The tables of both databases; a test compares the migrations with it.

mod backup_tables;
mod beside_runs;
mod chain;
mod component_tables;
mod moves;
mod outgoing;
mod places;
mod portable;
mod put_away;
mod release_tables;

pub use backup_tables::backups;
pub use beside_runs::{run_configurations, run_priorities};
pub use chain::*;
pub use component_tables::*;
pub use moves::*;
pub use outgoing::*;
pub use places::{environment_records, environment_versions, environments};
pub use portable::imports;
pub use put_away::*;
pub use release_tables::*;

diesel::table! {
    instance (name) {
        name -> Text,
        value -> Text,
    }
}

diesel::table! {
    workspaces (id) {
        id -> Text,
        slug -> Text,
        name -> Text,
        created_at -> BigInt,
        words -> Text,
        lock_version -> BigInt,
    }
}

diesel::table! {
    users (id) {
        id -> Text,
        email -> Text,
        name -> Text,
        password_hash -> Text,
        disabled_at -> Nullable<BigInt>,
        created_at -> BigInt,
        last_sign_in_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    grants (user_id, scope) {
        user_id -> Text,
        scope -> Text,
        role -> Text,
    }
}

diesel::table! {
    sessions (id_hash) {
        id_hash -> Text,
        user_id -> Nullable<Text>,
        state -> Text,
        address -> Text,
        agent -> Text,
        created_at -> BigInt,
        last_seen_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    tokens (id) {
        id -> Text,
        user_id -> Text,
        name -> Text,
        role -> Text,
        secret_hash -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        last_used_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    setup_links (hash) {
        hash -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    sign_in_failures (subject) {
        subject -> Text,
        failures -> BigInt,
        since -> BigInt,
        blocked_until -> BigInt,
    }
}

diesel::table! {
    flows (id) {
        id -> Text,
        workspace_id -> Text,
        slug -> Text,
        name -> Text,
        description -> Text,
        namespace -> Text,
        document_name -> Text,
        next_number -> BigInt,
        working_draft -> Nullable<Text>,
        single_draft -> Bool,
        created_at -> BigInt,
        created_by -> Text,
        archived_at -> Nullable<BigInt>,
        deleted_at -> Nullable<BigInt>,
        deleted_by -> Nullable<Text>,
        lock_version -> BigInt,
    }
}

diesel::table! {
    contents (hash) {
        hash -> Text,
        definition -> Text,
        settings -> Text,
        structure_hash -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    versions (id) {
        id -> Text,
        workspace_id -> Text,
        flow_id -> Text,
        number -> BigInt,
        lifecycle -> Text,
        origin -> Text,
        from_version_id -> Nullable<Text>,
        from_number -> Nullable<BigInt>,
        note -> Text,
        reference -> Nullable<Text>,
        label -> Nullable<Text>,
        ready -> Bool,
        problems -> Text,
        problem_count -> BigInt,
        content_hash -> Text,
        revision -> BigInt,
        author_id -> Nullable<Text>,
        author_name -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        updated_by -> Text,
        published_at -> Nullable<BigInt>,
        published_by -> Nullable<Text>,
        first_live_at -> Nullable<BigInt>,
        synced_at -> Nullable<BigInt>,
        archived_at -> Nullable<BigInt>,
        deleted_at -> Nullable<BigInt>,
        deleted_by -> Nullable<Text>,
        lock_version -> BigInt,
    }
}

diesel::table! {
    version_texts (version_id) {
        version_id -> Text,
        text -> Text,
        settings -> Text,
    }
}

diesel::table! {
    draft_saves (version_id, lock_version) {
        version_id -> Text,
        lock_version -> BigInt,
        text -> Text,
        settings -> Text,
        saved_at -> BigInt,
        saved_by -> Text,
    }
}

diesel::table! {
    revisions (version_id, revision) {
        version_id -> Text,
        revision -> BigInt,
        content_hash -> Text,
        note -> Text,
        created_at -> BigInt,
        created_by -> Text,
    }
}

diesel::table! {
    routing (flow_id, environment_id) {
        flow_id -> Text,
        environment_id -> Text,
        workspace_id -> Text,
        primary_version -> Nullable<Text>,
        primary_number -> Nullable<BigInt>,
        primary_revision -> Nullable<BigInt>,
        primary_since -> Nullable<BigInt>,
        candidate_version -> Nullable<Text>,
        candidate_number -> Nullable<BigInt>,
        candidate_revision -> Nullable<BigInt>,
        basis_points -> BigInt,
        salt -> Text,
        counter -> BigInt,
        switch -> Text,
        switch_reason -> Nullable<Text>,
        switch_by -> Nullable<Text>,
        switch_at -> Nullable<BigInt>,
        revision -> BigInt,
        updated_at -> BigInt,
        rollout_id -> Text,
    }
}

diesel::table! {
    deployments (id) {
        id -> Text,
        workspace_id -> Text,
        flow_id -> Text,
        environment_id -> Text,
        routing_revision -> BigInt,
        verb -> Text,
        version_id -> Nullable<Text>,
        version_number -> Nullable<BigInt>,
        from_version_id -> Nullable<Text>,
        from_number -> Nullable<BigInt>,
        comment -> Nullable<Text>,
        in_flight -> Text,
        actor_id -> Nullable<Text>,
        actor_name -> Text,
        at -> BigInt,
        event_seq -> BigInt,
        snapshot -> Text,
    }
}

diesel::table! {
    workers (id) {
        id -> Text,
        machine -> Text,
        started_at -> BigInt,
        heartbeat_at -> BigInt,
    }
}

diesel::table! {
    runs (id) {
        id -> Text,
        workspace_id -> Text,
        flow_id -> Text,
        environment_id -> Text,
        version_id -> Text,
        version_number -> BigInt,
        revision -> BigInt,
        content_hash -> Text,
        environment_version -> BigInt,
        state -> Text,
        #[sql_name = "trigger"]
        trigger_ -> Text,
        reason -> Text,
        routing_revision -> BigInt,
        key -> Nullable<Text>,
        test -> Bool,
        input -> Text,
        output -> Nullable<Text>,
        error -> Nullable<Text>,
        parent_run_id -> Nullable<Text>,
        retry_of -> Nullable<Text>,
        depth -> BigInt,
        actor_id -> Nullable<Text>,
        actor_name -> Text,
        created_at -> BigInt,
        started_at -> Nullable<BigInt>,
        finished_at -> Nullable<BigInt>,
        worker -> Nullable<Text>,
        fence -> BigInt,
        wake_at -> Nullable<BigInt>,
        control -> Nullable<Text>,
        takeovers -> BigInt,
        rollout -> Nullable<Text>,
    }
}

diesel::table! {
    run_steps (run_id, position) {
        run_id -> Text,
        position -> BigInt,
        key -> Text,
        pointer -> Text,
        name -> Text,
        kind -> Text,
        iteration -> Nullable<BigInt>,
        state -> Text,
        attempts -> Text,
        input -> Text,
        output -> Nullable<Text>,
        error -> Nullable<Text>,
        context -> Nullable<Text>,
        directive -> Nullable<Text>,
        started_at -> BigInt,
        ended_at -> Nullable<BigInt>,
        wake_at -> Nullable<BigInt>,
        child_run_id -> Nullable<Text>,
    }
}

diesel::table! {
    stats_deltas (id) {
        id -> BigInt,
        flow_id -> Text,
        version_id -> Text,
        environment_id -> Text,
        hour -> BigInt,
        state -> Text,
        bucket -> BigInt,
    }
}

diesel::table! {
    version_stats (version_id, environment_id, hour) {
        version_id -> Text,
        environment_id -> Text,
        hour -> BigInt,
        flow_id -> Text,
        completed -> BigInt,
        faulted -> BigInt,
        cancelled -> BigInt,
        histogram -> Text,
    }
}

diesel::table! {
    idempotency (actor, key) {
        actor -> Text,
        key -> Text,
        request_hash -> Text,
        status -> BigInt,
        answer -> Text,
        created_at -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    deployments,
    flows,
    grants,
    package_items,
    packages,
    proposals,
    quarantines,
    release_flows,
    release_spans,
    releases,
    reruns,
    run_priorities,
    runs,
    users,
    version_texts,
    versions
);
