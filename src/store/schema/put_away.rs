//! What was deleted, and what nobody saved.

diesel::table! {
    bin_entries (id) {
        id -> Text,
        workspace_id -> Text,
        kind -> Text,
        name -> Text,
        detail -> Text,
        held -> Nullable<Text>,
        reason -> Text,
        deleted_at -> BigInt,
        deleted_by -> Text,
    }
}

diesel::table! {
    unsaved_edits (id) {
        id -> Text,
        version_id -> Text,
        text -> Text,
        settings -> Text,
        kept_at -> BigInt,
        kept_by -> Text,
    }
}
