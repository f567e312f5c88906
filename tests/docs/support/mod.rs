//! Support code shared with the contract and deployment tests.

#[expect(dead_code, reason = "the contract tests use more of it")]
#[path = "../../contract/support/api_client.rs"]
mod api_client;
#[expect(dead_code, reason = "the deployment tests use more of it")]
#[path = "../../deployment/support/process.rs"]
pub(crate) mod process;
#[expect(dead_code, reason = "the deployment tests use more of it")]
#[path = "../../deployment/support/python.rs"]
pub(crate) mod python;
#[expect(dead_code, reason = "the contract tests use more of it")]
#[path = "../../contract/support/receiver.rs"]
mod receiver;
#[path = "../../contract/support/secrets.rs"]
mod secrets;
#[expect(dead_code, reason = "the contract tests use more of it")]
#[path = "../../contract/support/stack.rs"]
mod stack;

pub(crate) use crate::pages::root;
pub(crate) use receiver::Receiver;
pub(crate) use stack::TestStack;
