//! The deployment, as far as it can be tested without an AWS account: the template and what SAM makes of it, the role of
//! each function, and the functions' programs under emulators of Lambda and of the services that they call.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod addresses;
mod alarms;
mod binaries;
mod capacity;
mod chain;
mod checkov;
mod documents;
mod emulator;
mod moto;
mod roles;
mod support;
mod template;
mod tools;
mod upgrade;
