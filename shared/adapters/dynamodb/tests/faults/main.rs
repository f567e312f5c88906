//! What real DynamoDB raises and the embedded engine doesn't: contention, throttling, errors of its own, answers that
//! never come, batches done in part; before a call took effect, or after.
//!
//! The client is configured as in a deployment. The engine is called without a socket and the clock is tokio's, paused:
//! it jumps over the pauses between tries, so how long they'd take is told exactly and nobody waits for it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bounds;
mod contention;
mod engine;
mod layer;
#[path = "../table/support/make.rs"]
#[allow(dead_code, reason = "shared with the tests of the table")]
mod make;
mod retries;
#[path = "../table/support/template.rs"]
mod template;
mod unread;
