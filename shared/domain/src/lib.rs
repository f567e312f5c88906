//! Tokens and the rules for them.
//!
//! Everything here is a pure function: record, time and random bytes are arguments, the new record and its history entry
//! are returned as data. Nothing in this crate does I/O, reads a clock, draws randomness or knows how a record is stored,
//! so every rule can be tested with a table and every history can be replayed.

pub mod access;
pub mod address;
pub mod attempt;
pub mod authorization;
pub mod backoff;
mod base62;
pub mod caller;
pub mod change;
pub mod channel;
pub mod credential;
pub mod delivery;
pub mod draft;
pub mod due;
pub mod edit;
pub mod edited_field;
pub mod fault;
mod fault_code;
pub mod field;
pub mod follow_up;
pub mod history;
pub mod ids;
pub mod leak;
pub mod leak_report;
pub mod lifecycle;
pub mod limits;
pub mod mail;
pub mod manual;
pub mod mass_renewal;
pub mod mass_renewal_draft;
#[cfg(feature = "mutations")]
pub mod mutations;
pub mod notices;
pub mod outliving;
pub mod overview;
pub mod owner;
pub mod per_company;
pub mod person;
pub mod provider;
pub mod pull;
pub mod redemption;
pub mod refusal;
pub mod renewal;
pub mod renewal_info;
mod requested_renewal;
pub mod rules;
pub mod secret;
pub mod session;
pub mod settings;
pub mod share;
pub mod source;
pub mod summary;
pub mod test_callback;
pub mod token;

/// A time in UTC, in whole seconds by convention.
pub type Timestamp = chrono::DateTime<chrono::Utc>;
