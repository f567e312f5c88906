//! What the tests have in common: a stack, clients of its API, a callback receiver, and installed tools.

#[expect(dead_code, unused_imports, reason = "the contract tests use more of it")]
#[path = "../../contract/support/mod.rs"]
mod contract;
mod tools;

pub(crate) use contract::{DAY, HOUR, Receiver, TestStack};
pub(crate) use keyturn_harness::tools::root;
pub(crate) use tools::{DESCRIPTION, in_tests, node, output_of, python, stdout_of};
