//! The promises of the contract, tried through HTTP on the local stack with its test clock: a file per promise.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod callbacks;
mod deactivation;
mod lost_answers;
mod mail_only;
mod renewal;
mod restart;
mod start_up;
mod support;
mod sweeps;
mod unredeemed;
mod validation;
