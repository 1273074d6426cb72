//! The tables of components.

use super::places::environment_versions;

diesel::table! {
    components (id) {
        id -> Text,
        workspace_id -> Text,
        kind -> Text,
        name -> Text,
        description -> Text,
        revision -> BigInt,
        created_at -> BigInt,
        created_by -> Text,
        updated_at -> BigInt,
        updated_by -> Text,
        deleted_at -> Nullable<BigInt>,
        deleted_by -> Nullable<Text>,
        lock_version -> BigInt,
    }
}

diesel::table! {
    component_revisions (component_id, revision) {
        component_id -> Text,
        revision -> BigInt,
        content -> Text,
        content_hash -> Text,
        note -> Text,
        created_at -> BigInt,
        created_by -> Text,
    }
}

diesel::table! {
    secret_values (component_id) {
        component_id -> Text,
        ciphertext -> Text,
        nonce -> Text,
        key_id -> Text,
        set_at -> BigInt,
        set_by -> Text,
    }
}

diesel::table! {
    cache_entries (environment_id, component_id, key) {
        environment_id -> Text,
        component_id -> Text,
        key -> Text,
        workspace_id -> Text,
        value -> Text,
        stored_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    taken_in (configuration_id, component_id) {
        configuration_id -> Text,
        component_id -> Text,
        workspace_id -> Text,
        revision -> BigInt,
        at -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(components, component_revisions, environment_versions, secret_values, taken_in);
