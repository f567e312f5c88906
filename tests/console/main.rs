//! The console in a real browser, on the local stack with its test clock. Every test also fails if the page throws an error
//! or violates its content security policy.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod accessibility;
mod actions;
mod create;
mod escaping;
mod failures;
mod keyboard;
mod languages;
mod list;
mod many;
mod overview;
mod people;
mod screenshots;
mod size;
mod support;
mod timeline;
