//! Use cases, each a struct of the ports that it needs.
//!
//! A use case reads the record, lets the domain decide, and writes record and history entry in one commit. Use cases are
//! the only callers of the ports. If a commit loses a race, the use case reads the record and decides again.

pub mod authenticate;
pub mod batcher;
pub mod bootstrap;
pub mod callback_message;
pub mod change;
pub mod context;
pub mod copy_token;
pub mod create_token;
pub mod created;
mod cut_out;
pub mod deactivate_token;
pub mod deliver;
pub mod end_session;
pub mod failure;
pub mod find_tokens;
pub mod get_token;
pub mod idempotency;
pub mod list_tokens;
pub mod mail_limits;
pub mod mass_renewals;
#[cfg(feature = "mutations")]
mod mutations;
pub mod named_token;
pub mod outbox;
pub mod overview;
pub mod people;
pub mod ports;
pub mod providers;
pub mod pull;
pub mod redeem;
pub mod refresh_session;
pub mod renew_token;
pub mod renewal_info;
pub mod report_leaks;
pub mod retry;
pub mod rotate_secret;
pub mod secret_vault;
pub mod shares;
pub mod sign_in;
pub mod start_renewal;
pub mod sweep;
pub mod test_callback;
pub mod update_token;

pub use context::{Clock, Context, Randomness, Timer};
pub use failure::Failure;
pub use ports::PortError;
