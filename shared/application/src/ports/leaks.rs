//! Reports of leaked strings, stored until the schedule works them off.

use async_trait::async_trait;
use keyturn_domain::Timestamp;
use keyturn_domain::backoff::Failures;
use keyturn_domain::ids::TokenId;
use keyturn_domain::leak::{FoundAt, LeakSource};
use keyturn_domain::secret::{Kind, SecretHash};
use uuid::Uuid;

use super::PortError;

/// A report of some strings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeakReport {
    /// Its id.
    pub id: Uuid,
    /// When it came.
    pub at: Timestamp,
    /// Who says so.
    pub source: LeakSource,
    /// The strings.
    pub strings: Vec<ReportedString>,
}

/// A string of a report: what finds it, but not the string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedString {
    /// Whether it is a token string or a request token.
    pub kind: Kind,
    /// The id inside it, which proves nothing until the hash was compared.
    pub token: TokenId,
    /// Its hash.
    pub hash: SecretHash,
    /// Where it was found, if a verified report says so.
    pub found_at: Option<FoundAt>,
}

/// Keeps reports.
#[async_trait]
pub trait LeakReports: Send + Sync {
    /// Stores a report, which is due at once.
    async fn store(&self, report: &LeakReport) -> Result<(), PortError>;

    /// Some of the reports that are due by then and since when, the longest due first.
    async fn due_reports(&self, by: Timestamp) -> Result<Vec<(Timestamp, Uuid)>, PortError>;

    /// A report that is not worked off, and how often it failed.
    async fn report(&self, id: Uuid) -> Result<Option<(LeakReport, Failures)>, PortError>;

    /// Notes that a report was worked off, and forgets its strings.
    async fn finish(&self, report: &LeakReport) -> Result<(), PortError>;

    /// Makes a report due again then, after these failures.
    async fn defer_report(&self, id: Uuid, failures: Failures, until: Timestamp) -> Result<(), PortError>;
}
