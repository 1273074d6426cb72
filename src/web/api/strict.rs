//! JSON inside of bodies that is kept as it came: a key that stands twice is refused, never silently dropped.

pub use crate::definition::strict::Strict;
