//! Faults of DynamoDB that the embedded engine doesn't have: contention, throttling, internal errors, time-outs and
//! unprocessed keys, before a call took effect or after.
//!
//! The client is configured as in a deployment. The engine is called without a socket and the clock is tokio's, paused:
//! it skips the pauses between attempts, so their length is exact and no test waits.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bounds;
mod contention;
mod engine;
mod layer;
#[path = "../table/support/make.rs"]
#[allow(dead_code, reason = "shared with the tests of the table")]
mod make;
mod retries;
mod unread;
