//! The promises of the contract, tested through HTTP on the local stack with its test clock: a file per promise.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod access_matrix;
mod activities;
mod at_once;
mod authorizer;
mod callback_log;
mod callback_retries;
mod command_line;
mod confirmed_by_use;
mod consistency;
mod copying;
mod deactivation;
mod dump;
mod editing;
mod editing_renewal;
mod ended_tokens;
mod fairness;
mod idempotency;
mod introspection;
mod largest;
mod leak_reports;
mod leaks;
mod lists;
mod mail_limits;
mod mails;
mod manual_renewal;
mod outliving;
mod own_token;
mod protected_service;
mod pull;
mod pull_combined;
mod python_receiver;
mod redemption;
mod renewal;
mod restart;
mod rotation;
mod schedule;
mod scheduled_renewal;
mod series_followers;
mod shares;
mod start_renewal;
mod support;
mod test_callback;
mod validation;
