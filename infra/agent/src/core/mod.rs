//! What the agent decides, without I/O, clock or randomness: [`decide::next`] says what to do next, and [`Record::apply`]
//! what follows from how it went. Everything in between is done by the `engine`.
//!
//! The order of a renewal: fetch, write to every target and read back, prove with `GET /apiAccessTokens/self`, and only then
//! let go of the old string, which stays beside the new one until it ends.

mod adopt;
mod apply;
mod backoff;
pub mod decide;
mod record;
mod status;
mod step;
#[cfg(test)]
mod tests;

pub use record::{Act, Candidate, Copy, Facts, Held, Next, Origin, Previous, Record, Request, Time, Trouble};
pub use status::{Condition, TokenStatus};
pub use step::{Answer, Failure, Plan, Renewal, Step, Subject};
