//! The one integration binary.
mod ctk;
mod interpreter;
