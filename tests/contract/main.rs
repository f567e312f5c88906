//! The promises of the contract, tried through HTTP on the local stack with its test clock: a file per promise.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod access_matrix;
mod activities;
mod agreement;
mod authorizer;
mod callback_log;
mod callbacks;
mod copying;
mod deactivation;
mod dump;
mod editing;
mod editing_renewal;
mod idempotency;
mod introspection;
mod lists;
mod lost_answers;
mod mail_only;
mod manual;
mod notices;
mod own_token;
mod rehearsal;
mod renewal;
mod restart;
mod rotation;
mod start_up;
mod starting;
mod support;
mod sweeps;
mod unredeemed;
mod validation;
