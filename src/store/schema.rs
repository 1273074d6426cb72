//! The tables of both databases; a test compares the migrations with it.

mod beside_runs;
mod component_tables;
mod places;

pub use beside_runs::{run_configurations, run_priorities};
pub use component_tables::*;
pub use places::{environment_records, environment_versions, environments};

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
    rollouts (id) {
        id -> Text,
        workspace_id -> Text,
        flow_id -> Text,
        environment_id -> Text,
        version_id -> Text,
        version_number -> BigInt,
        primary_id -> Text,
        primary_number -> BigInt,
        key_expression -> Nullable<Text>,
        plan_name -> Nullable<Text>,
        stages -> Text,
        advance -> Text,
        guard -> Nullable<Text>,
        state -> Text,
        stage -> BigInt,
        step -> BigInt,
        step_since -> BigInt,
        outcome -> Text,
        outcome_text -> Text,
        comment -> Nullable<Text>,
        started_at -> BigInt,
        started_by -> Text,
        ended_at -> Nullable<BigInt>,
        ended_by -> Nullable<Text>,
        end_reason -> Nullable<Text>,
    }
}

diesel::table! {
    rollout_steps (rollout_id, step) {
        rollout_id -> Text,
        step -> BigInt,
        basis_points -> BigInt,
        entered_at -> BigInt,
        entered_by -> Text,
        left_at -> Nullable<BigInt>,
        outcome -> Nullable<Text>,
    }
}

diesel::table! {
    rollout_tallies (rollout_id, step, side) {
        rollout_id -> Text,
        step -> BigInt,
        side -> Text,
        completed -> BigInt,
        faulted -> BigInt,
        cancelled -> BigInt,
        slow -> BigInt,
        durations -> Text,
    }
}

diesel::table! {
    rollout_minutes (rollout_id, minute, side) {
        rollout_id -> Text,
        minute -> BigInt,
        side -> Text,
        completed -> BigInt,
        faulted -> BigInt,
    }
}

diesel::table! {
    quarantines (id) {
        id -> Text,
        workspace_id -> Text,
        flow_id -> Text,
        environment_id -> Text,
        version_id -> Text,
        version_number -> BigInt,
        reason -> Text,
        since -> BigInt,
        by_name -> Text,
        event_seq -> BigInt,
        released_at -> Nullable<BigInt>,
        released_by -> Nullable<Text>,
        release_reason -> Nullable<Text>,
    }
}

diesel::table! {
    plans (id) {
        id -> Text,
        workspace_id -> Text,
        name -> Text,
        stages -> Text,
        advance -> Text,
        guard -> Nullable<Text>,
        updated_at -> BigInt,
        updated_by -> Text,
        lock_version -> BigInt,
    }
}

diesel::table! {
    proposals (id) {
        id -> Text,
        workspace_id -> Text,
        flow_id -> Text,
        environment_id -> Text,
        version_id -> Text,
        version_number -> BigInt,
        ask -> Text,
        comment -> Text,
        bound_hash -> Text,
        needed -> BigInt,
        proposer_id -> Text,
        proposer_name -> Text,
        author_id -> Nullable<Text>,
        created_at -> BigInt,
        expires_at -> BigInt,
        state -> Text,
        ended_at -> Nullable<BigInt>,
        executor_id -> Nullable<Text>,
        executor_name -> Nullable<Text>,
    }
}

diesel::table! {
    proposal_votes (proposal_id, user_id) {
        proposal_id -> Text,
        user_id -> Text,
        user_name -> Text,
        verdict -> Text,
        comment -> Nullable<Text>,
        at -> BigInt,
    }
}

diesel::table! {
    reruns (run_id) {
        run_id -> Text,
        new_run_id -> Text,
        at -> BigInt,
        by_name -> Text,
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
    planned_changes (id) {
        id -> Text,
        workspace_id -> Text,
        flow_id -> Text,
        environment_id -> Text,
        kind -> Text,
        body -> Text,
        base_revision -> BigInt,
        base -> Text,
        due_at -> BigInt,
        check_at -> BigInt,
        state -> Text,
        outcome -> Text,
        record_id -> Nullable<Text>,
        planned_by_id -> Nullable<Text>,
        planned_by -> Text,
        created_at -> BigInt,
        decided_by -> Nullable<Text>,
        ended_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    packages (id) {
        id -> Text,
        workspace_id -> Text,
        name -> Text,
        note -> Text,
        created_at -> BigInt,
        created_by -> Text,
        updated_at -> BigInt,
        updated_by -> Text,
        first_deployed_at -> Nullable<BigInt>,
        lock_version -> BigInt,
    }
}

diesel::table! {
    package_items (package_id, flow_id) {
        package_id -> Text,
        flow_id -> Text,
        version_id -> Text,
        version_number -> BigInt,
        priority -> BigInt,
    }
}

diesel::table! {
    package_deployments (id) {
        id -> Text,
        package_id -> Text,
        workspace_id -> Text,
        environment_id -> Text,
        basis_points -> BigInt,
        plan_name -> Nullable<Text>,
        comment -> Nullable<Text>,
        at -> BigInt,
        actor_id -> Nullable<Text>,
        actor_name -> Text,
        back_at -> Nullable<BigInt>,
        back_by -> Nullable<Text>,
        back_reason -> Nullable<Text>,
    }
}

diesel::table! {
    package_deployment_flows (deployment_id, flow_id) {
        deployment_id -> Text,
        flow_id -> Text,
        version_id -> Text,
        version_number -> BigInt,
        priority -> BigInt,
        before_version_id -> Nullable<Text>,
        before_number -> Nullable<BigInt>,
        kept -> BigInt,
        came_back -> Text,
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

diesel::table! {
    events (seq) {
        seq -> BigInt,
        id -> Text,
        at -> BigInt,
        actor_id -> Nullable<Text>,
        actor_name -> Text,
        channel -> Text,
        workspace_id -> Nullable<Text>,
        flow_id -> Nullable<Text>,
        environment_id -> Nullable<Text>,
        action -> Text,
        object_kind -> Text,
        object_id -> Text,
        object_name -> Text,
        before -> Nullable<Text>,
        after -> Nullable<Text>,
        reason -> Nullable<Text>,
        reference -> Nullable<Text>,
        request_id -> Text,
        hash -> Text,
    }
}

diesel::table! {
    event_head (id) {
        id -> BigInt,
        seq -> BigInt,
        hash -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    deployments,
    flows,
    grants,
    package_items,
    packages,
    reruns,
    run_priorities,
    runs,
    users,
    version_texts,
    versions
);
