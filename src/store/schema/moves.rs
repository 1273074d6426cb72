//! How what is routed moves: rollouts, going back, and the approvals it may need.

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
        flow_id -> Nullable<Text>,
        environment_id -> Text,
        version_id -> Nullable<Text>,
        version_number -> Nullable<BigInt>,
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
        configuration_id -> Nullable<Text>,
        configuration_number -> Nullable<BigInt>,
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
