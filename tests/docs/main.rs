//! What is written for people is so: every example runs or is at least checked, every link leads somewhere, and every
//! command that a page names exists.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bodies;
mod commands;
mod examples;
mod links;
mod pages;
mod run;
mod support;
mod table;
mod tour;
