//! The numbers of the contract, each at its boundaries.

mod ages;
mod follow_ups;
mod leak_histories;
mod leaks;
#[path = "../support/make.rs"]
#[allow(dead_code, reason = "each test binary makes what it needs")]
mod make;
mod mass_renewals;
mod notices;
mod overlap;
mod overview;
mod owners;
mod people;
mod pulls;
mod retries;
mod sources;
mod strings;
mod successors;
mod windows;
