//! The history proves itself (PRODUCT §9.1, TRUST P12): whatever is done to it behind the program's back is found and named.

mod attack;
mod chain;
mod served;
