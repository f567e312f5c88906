//! The program as it runs, against a Keyturn and an AWS in this process that answer as each test wants.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod aws;
mod credentials;
mod exec;
mod keyturn;
mod monitor;
mod setup;
mod targets;
