//! The console in a real browser, on the local stack with its test clock. Every test fails at an error in the page and at
//! anything that the page's policy had to stop.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod accessibility;
mod creating;
mod dialogs;
mod keyboard;
mod languages;
mod lists;
mod reading;
mod screenshots;
mod series;
mod size;
mod support;
mod trouble;
mod untrusted;
