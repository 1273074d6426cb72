//! Pure rules and types: no I/O, no clock.
pub mod clock;
