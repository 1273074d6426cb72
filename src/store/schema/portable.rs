//! Files that are being imported.

diesel::table! {
    imports (id) {
        id -> Text,
        workspace_id -> Text,
        file_name -> Text,
        content -> Text,
        content_hash -> Text,
        created_at -> BigInt,
        created_by_id -> Nullable<Text>,
        created_by -> Text,
        expires_at -> BigInt,
        applied_at -> Nullable<BigInt>,
        result -> Nullable<Text>,
    }
}
