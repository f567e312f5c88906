//! What the tests have in common: a stack, callers, a receiver, and the tools that were installed for them.

#[expect(dead_code, reason = "the tests of the contract use more of it")]
#[path = "../../contract/support/caller.rs"]
mod caller;
#[expect(dead_code, reason = "the tests of the contract use more of it")]
#[path = "../../contract/support/receiver.rs"]
mod receiver;
#[path = "../../contract/support/routes.rs"]
mod routes;
#[path = "../../contract/support/secrets.rs"]
mod secrets;
#[expect(dead_code, reason = "the tests of the contract use more of it")]
#[path = "../../contract/support/stack.rs"]
mod stack;
mod tools;

pub(crate) use receiver::Receiver;
pub(crate) use routes::routes;
pub(crate) use stack::{Options, TestStack};
pub(crate) use tools::{DESCRIPTION, answered, in_tests, node, python, root, said};

/// Seconds of an hour and a day.
pub(crate) const HOUR: i64 = 3_600;
pub(crate) const DAY: i64 = 24 * HOUR;
