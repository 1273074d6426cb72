//! The tables beside `runs`, which has as many columns as it may have.

diesel::table! {
    run_configurations (run_id) {
        run_id -> Text,
        configuration -> Text,
    }
}

diesel::table! {
    run_priorities (run_id) {
        run_id -> Text,
        priority -> BigInt,
    }
}
