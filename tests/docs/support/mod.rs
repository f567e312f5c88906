//! What the tests of the contract use too.

#[expect(dead_code, reason = "the tests of the contract use more of it")]
#[path = "../../contract/support/caller.rs"]
mod caller;
#[expect(dead_code, reason = "the tests of the contract use more of it")]
#[path = "../../contract/support/receiver.rs"]
mod receiver;
#[path = "../../contract/support/secrets.rs"]
mod secrets;
#[expect(dead_code, reason = "the tests of the contract use more of it")]
#[path = "../../contract/support/stack.rs"]
mod stack;

pub(crate) use receiver::Receiver;
pub(crate) use stack::TestStack;
