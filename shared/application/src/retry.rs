//! Retries a decision whose commit lost a race.

use std::future::Future;

use crate::failure::Failure;
use crate::ports::{CommitError, PortError};

/// How often a decision is retried before the request fails. Each lost race means that another commit on the same token
/// succeeded, so this many in a row is a stampede.
const DECISIONS: usize = 10;

/// The result of one decision and its commit.
pub enum Attempt<T> {
    /// The commit succeeded.
    Done(T),
    /// The record changed meanwhile.
    LostRace,
}

impl<T> Attempt<T> {
    /// Classifies the result of a commit.
    pub fn of(result: Result<T, CommitError>) -> Result<Self, Failure> {
        match result {
            Ok(done) => Ok(Self::Done(done)),
            Err(CommitError::Conflict) => Ok(Self::LostRace),
            Err(CommitError::Failed(error)) => Err(error.into()),
        }
    }
}

/// Repeats an attempt (read, decide, commit) until its commit succeeds.
pub async fn until_committed<T, F>(mut attempt: impl FnMut() -> F) -> Result<T, Failure>
where
    F: Future<Output = Result<Attempt<T>, Failure>>,
{
    for _ in 0..DECISIONS {
        if let Attempt::Done(done) = attempt().await? {
            return Ok(done);
        }
    }
    Err(PortError::bare("too many others are changing the same token").into())
}
