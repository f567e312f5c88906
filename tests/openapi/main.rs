//! The description of the API, held against what answers: its routes, a linter, a tool that sends whatever it allows and
//! forbids, and clients that are generated from it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod clients;
mod linter;
mod reference;
mod routes;
mod schemathesis;
mod support;
