//! The promises of the contract, tried through HTTP on the local stack with its test clock: a file per promise.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod access_matrix;
mod activities;
mod by_hand;
mod callback_log;
mod callbacks;
mod copying;
mod deactivation;
mod editing;
mod idempotency;
mod lists;
mod lost_answers;
mod mail_only;
mod notices;
mod own_token;
mod rehearsal;
mod renewal;
mod restart;
mod start_up;
mod support;
mod sweeps;
mod unredeemed;
mod validation;
