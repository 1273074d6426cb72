//! A tour of the systems whose work this console takes over, each in its own words and steps, through real pages.

mod flowrunner;
