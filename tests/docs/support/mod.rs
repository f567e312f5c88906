//! Support code, partly shared with the contract tests.

#[expect(dead_code, unused_imports, reason = "the contract tests use more of it")]
#[path = "../../contract/support/mod.rs"]
mod contract;
pub(crate) mod shell;

pub(crate) use contract::{Receiver, TestStack};
