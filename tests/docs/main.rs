//! Checks the documentation: links and anchors, JSON and YAML examples, the README's quick start and figures, and the
//! commands of the operations guide.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod examples;
mod leaks;
mod links;
mod operations;
mod pages;
mod quickstart;
mod support;
