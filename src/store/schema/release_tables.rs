//! Releases: what they hold, and where they went.

diesel::table! {
    releases (id) {
        id -> Text,
        workspace_id -> Text,
        number -> BigInt,
        origin -> Text,
        restorable -> Bool,
        comment -> Text,
        author_id -> Nullable<Text>,
        author_name -> Text,
        at -> BigInt,
        environment_id -> Nullable<Text>,
        manifest -> Text,
        hash -> Text,
        synced_at -> Nullable<BigInt>,
        production_hash -> Nullable<Text>,
    }
}

diesel::table! {
    release_numbers (workspace_id) {
        workspace_id -> Text,
        next -> BigInt,
    }
}

diesel::table! {
    release_flows (release_id, flow_id) {
        release_id -> Text,
        flow_id -> Text,
        version_id -> Text,
        revision -> BigInt,
        content_hash -> Text,
    }
}

diesel::table! {
    release_spans (flow_id, from_number) {
        flow_id -> Text,
        from_number -> BigInt,
        until_number -> Nullable<BigInt>,
        workspace_id -> Text,
        slug -> Text,
        name -> Text,
        version_id -> Text,
        number -> BigInt,
        revision -> BigInt,
        content_hash -> Text,
        archived -> Bool,
    }
}

diesel::table! {
    release_syncs (id) {
        id -> Text,
        release_id -> Text,
        environment_id -> Text,
        at -> BigInt,
        actor_id -> Nullable<Text>,
        actor_name -> Text,
        comment -> Text,
        outcome -> Text,
    }
}
