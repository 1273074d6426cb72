//! Instance backups.

diesel::table! {
    backups (id) {
        id -> Text,
        reason -> Text,
        state -> Text,
        verification -> Text,
        stage -> Text,
        percent -> Nullable<BigInt>,
        folder -> Text,
        file -> Text,
        asked_at -> BigInt,
        asked_by_id -> Nullable<Text>,
        asked_by -> Text,
        made_at -> Nullable<BigInt>,
        ended_at -> Nullable<BigInt>,
        bytes -> Nullable<BigInt>,
        header -> Nullable<Text>,
        verified_at -> Nullable<BigInt>,
        compared -> Nullable<Text>,
        problem -> Text,
    }
}
