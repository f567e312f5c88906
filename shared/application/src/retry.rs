//! Deciding again when a commit lost a race.

use std::future::Future;

use crate::failure::Failure;
use crate::ports::{CommitError, PortError};

/// How often a decision is made anew before the caller is told to come back. Each lost race means that another commit
/// on the same token succeeded, so this many in a row is a stampede, not bad luck.
const DECISIONS: usize = 10;

/// What came of one decision and its commit.
pub enum Attempt<T> {
    /// Done.
    Done(T),
    /// The record changed meanwhile.
    LostRace,
}

impl<T> Attempt<T> {
    /// Reads the outcome of a commit.
    pub fn of(result: Result<(), CommitError>, done: T) -> Result<Self, Failure> {
        match result {
            Ok(()) => Ok(Self::Done(done)),
            Err(CommitError::Conflict) => Ok(Self::LostRace),
            Err(CommitError::Failed(error)) => Err(error.into()),
        }
    }
}

/// Reads, decides and commits until a commit stands.
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
