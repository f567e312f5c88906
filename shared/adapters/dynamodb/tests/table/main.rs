//! The table as use cases see it: the SDK's own client against the embedded engine, an engine of its own for each test.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod answers;
mod batching_token_store;
mod commits;
mod credentials;
mod deliveries;
mod deliveries_cost;
mod due_index;
mod endings;
mod entries;
mod failures;
mod first_version;
mod history;
mod idle_connections;
mod leaks;
mod listing;
mod listing_cost;
mod lives;
mod mail_counts;
mod mass_renewals;
mod outbox;
mod owners;
mod pages;
mod pulling;
mod races;
mod secrets;
mod sessions;
mod sessions_cost;
mod size;
mod stream;
mod summaries;
mod support;
mod unknown;
