//! The history, and what holds it together.

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
        form -> Nullable<BigInt>,
        mac -> Nullable<Text>,
    }
}

diesel::table! {
    event_head (id) {
        id -> BigInt,
        seq -> BigInt,
        hash -> Text,
        mac -> Nullable<Text>,
    }
}

diesel::table! {
    event_checkpoints (number) {
        number -> BigInt,
        epoch -> Text,
        seq -> BigInt,
        at -> BigInt,
        body -> Text,
        signature -> Text,
    }
}

diesel::table! {
    object_states (object_id, event_seq) {
        object_id -> Text,
        event_seq -> BigInt,
        object_kind -> Text,
        workspace_id -> Text,
        flow_id -> Nullable<Text>,
        at -> BigInt,
        born -> Bool,
        state -> Text,
    }
}

diesel::table! {
    sightings (object_id, hour, user_id) {
        object_id -> Text,
        hour -> BigInt,
        user_id -> Text,
        user_name -> Text,
        workspace_id -> Text,
    }
}
