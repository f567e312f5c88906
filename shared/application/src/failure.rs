//! Failures of use cases.

use keyturn_domain::refusal::Refusal;

use crate::ports::PortError;

/// Why a use case failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The rules refuse the request. The response says why.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Something outside failed. The response asks the caller to try again; the log has the cause.
    #[error(transparent)]
    Broken(#[from] PortError),
}
