//! Environments, the versions of their configuration, and what became of their racks.

diesel::table! {
    environments (id) {
        id -> Text,
        workspace_id -> Text,
        slug -> Text,
        name -> Text,
        kind -> Text,
        position -> BigInt,
        is_production -> Bool,
        created_at -> BigInt,
        archived_at -> Nullable<BigInt>,
        description -> Text,
        approvals -> BigInt,
        freezes -> Text,
        promotes_from -> Nullable<Text>,
        keeps -> BigInt,
        lock_version -> BigInt,
    }
}

diesel::table! {
    environment_versions (id) {
        id -> Text,
        workspace_id -> Text,
        environment_id -> Text,
        number -> BigInt,
        state -> Text,
        configuration -> Text,
        created_at -> BigInt,
        created_by -> Text,
        deployed_at -> Nullable<BigInt>,
        note -> Text,
        updated_at -> BigInt,
        updated_by -> Text,
        deployed_by -> Nullable<Text>,
        retired_at -> Nullable<BigInt>,
        binned_at -> Nullable<BigInt>,
        deleted_by -> Nullable<Text>,
        lock_version -> BigInt,
        updated_by_id -> Nullable<Text>,
    }
}

diesel::table! {
    environment_records (environment_id, event_seq) {
        environment_id -> Text,
        event_seq -> BigInt,
        workspace_id -> Text,
        verb -> Text,
        number -> Nullable<BigInt>,
        comment -> Nullable<Text>,
        actor_name -> Text,
        at -> BigInt,
        snapshot -> Text,
    }
}
