//! Benchmarks (`cargo xtask bench`), load and crash tests (`load`, `crash`) and rehearsals of a renewal (`rehearse`), all on
//! the local stack in a process of its own; and what the deployment tests share with them.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "commands of `cargo xtask`, whose result is what they print"
)]

pub mod bench;
pub mod http;
pub mod load;
pub mod measure;
pub mod process;
pub mod rehearsal;
mod stack;
pub mod tools;
