//! Support code, partly shared with the contract tests.

#[expect(dead_code, reason = "the contract tests use more of it")]
#[path = "../../contract/support/api_client.rs"]
mod api_client;
#[expect(dead_code, reason = "the contract tests use more of it")]
#[path = "../../contract/support/receiver.rs"]
mod receiver;
#[path = "../../contract/support/secrets.rs"]
mod secrets;
pub(crate) mod shell;
#[expect(dead_code, reason = "the contract tests use more of it")]
#[path = "../../contract/support/stack.rs"]
mod stack;

pub(crate) use receiver::Receiver;
pub(crate) use stack::TestStack;
