//! What the tests have in common: a stack, clients of its API, a callback receiver, and installed tools.

#[expect(dead_code, reason = "the contract tests use more of it")]
#[path = "../../contract/support/api_client.rs"]
mod api_client;
#[expect(dead_code, reason = "the contract tests use more of it")]
#[path = "../../contract/support/receiver.rs"]
mod receiver;
#[path = "../../contract/support/secrets.rs"]
mod secrets;
#[expect(dead_code, reason = "the contract tests use more of it")]
#[path = "../../contract/support/stack.rs"]
mod stack;
mod tools;

pub(crate) use keyturn_harness::tools::root;
pub(crate) use receiver::Receiver;
pub(crate) use stack::TestStack;
pub(crate) use tools::{DESCRIPTION, in_tests, node, output_of, python, stdout_of};

pub(crate) const HOUR: i64 = 3_600;
pub(crate) const DAY: i64 = 24 * HOUR;
