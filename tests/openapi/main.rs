//! The OpenAPI description, tested against the API: its routes, a linter, Schemathesis, and generated clients.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod linter;
mod routes;
mod slow;
mod support;
