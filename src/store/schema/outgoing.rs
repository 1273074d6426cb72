//! What goes out later or together: planned changes and packages.

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
