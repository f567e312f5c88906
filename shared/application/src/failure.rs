//! Why a use case did not do what it was asked to.

use keyturn_domain::refusal::Refusal;

use crate::ports::PortError;

/// Either the rules say no, or something outside is broken.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The rules say no. The caller is told why.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Something outside is broken. The caller is told to try again, the log is told why.
    #[error(transparent)]
    Broken(#[from] PortError),
}
