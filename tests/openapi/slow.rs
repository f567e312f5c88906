//! Tests that take minutes or generate clients; they run with `cargo xtask test --all`.

mod clients;
mod reference;
mod schemathesis;
