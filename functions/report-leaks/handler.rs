//! `POST /leaks`, which also takes the form of GitHub's secret scanning, and GitLab's `GET /v1/revocable_token_types` and
//! `POST /v1/revoke_tokens`: reports of leaked strings, from anybody.
//!
//! An unverified report is stored and answered without any look-up, so that the answer and its time are the same for known
//! and unknown strings. A verified one may be longer, its addresses are shown to people, and GitHub is told which strings are
//! ours.

mod form;
mod gitlab;

use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use form::Entry;
use gitlab::GitLabKey;
use keyturn_application::Failure;
use keyturn_application::report_leaks::{Found, KnownStrings, ReportLeaks};
use keyturn_application::shares::Shares;
use keyturn_domain::fault;
use keyturn_domain::leak::{FoundAt, LeakSource};
use keyturn_domain::share::Share;
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_github::{GitHubKeys, Signature};
use keyturn_http::leak_view::{AcceptedView, LabelView, TokenTypesView};
use keyturn_http::{ApiRequest, ApiResponse, BODY_BYTES, Endpoint, HandlePublic};
use lambda_http::http::StatusCode;
use sha2::{Digest as _, Sha256};

/// Calls of one address: 5 a second.
pub(crate) const REPORTS: Share = Share { per_second: 5, burst: 5 };

/// The longest body of a report that claims to be signed, in bytes.
const SIGNED_BODY_BYTES: usize = 1_024 * 1_024;

/// Strings of a verified report, and of any other.
const STRINGS: (usize, usize) = (1_000, 100);

const KEY_ID: &str = "github-public-key-identifier";
const SIGNATURE: &str = "github-public-key-signature";

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Endpoint, ConfigurationError> {
    let table = Arc::new(Table::from_environment(environment)?);
    let context = environment.context();
    Ok(Endpoint::public(Handler {
        report: ReportLeaks { reports: table.clone(), context: context.clone() },
        known: KnownStrings { credentials: table.clone(), tokens: table.clone(), history: table },
        github: GitHubKeys::from_environment(environment)?,
        gitlab: GitLabKey::from_environment(environment)?,
        sources: Shares::new(REPORTS, context),
    }))
}

struct Handler {
    report: ReportLeaks,
    known: KnownStrings,
    github: GitHubKeys,
    gitlab: Option<GitLabKey>,
    sources: Shares<IpAddr>,
}

#[async_trait]
impl HandlePublic for Handler {
    async fn handle(&self, call: &ApiRequest) -> Result<ApiResponse, Failure> {
        if call.is_path("/v1/revocable_token_types") {
            Ok(ApiResponse::json(StatusCode::OK, &TokenTypesView::all())?)
        } else if call.is_path("/v1/revoke_tokens") {
            self.of_gitlab(call).await
        } else {
            self.of_github_or_anybody(call).await
        }
    }

    fn body_bytes(&self, call: &ApiRequest) -> usize {
        if signature(call).is_some() || call.has_header("authorization") {
            SIGNED_BODY_BYTES
        } else {
            BODY_BYTES
        }
    }
}

impl Handler {
    async fn of_github_or_anybody(&self, call: &ApiRequest) -> Result<ApiResponse, Failure> {
        let is_signed = match signature(call) {
            Some(signature) => self.github.verify(signature, call.body()).await,
            None => false,
        };
        if !is_signed {
            self.sources.take_report(call.source_address())?;
            let entries = form::read(call.body(), STRINGS.1)?;
            self.store(LeakSource::Anybody, &entries).await?;
            return Ok(ApiResponse::json(StatusCode::ACCEPTED, &AcceptedView::new())?);
        }
        let entries = form::read(call.body(), STRINGS.0)?;
        self.store(LeakSource::GitHub, &entries).await?;
        let known = self.known.of(entries.iter().map(|entry| entry.token.as_str())).await?;
        let labels: Vec<_> = entries.iter().zip(known).map(|(entry, known)| label(entry, known)).collect();
        Ok(ApiResponse::json(StatusCode::OK, &labels)?)
    }

    async fn of_gitlab(&self, call: &ApiRequest) -> Result<ApiResponse, Failure> {
        let is_verified = self.gitlab.as_ref().is_some_and(|key| key.is_of(call.header("authorization")));
        let (source, most) = if is_verified {
            (LeakSource::GitLab, STRINGS.0)
        } else {
            self.sources.take_report(call.source_address())?;
            (LeakSource::Anybody, STRINGS.1)
        };
        self.store(source, &form::read(call.body(), most)?).await?;
        Ok(ApiResponse::empty(StatusCode::NO_CONTENT))
    }

    /// Only what a verified partner says of where a string was found is kept.
    async fn store(&self, source: LeakSource, entries: &[Entry]) -> Result<(), Failure> {
        let is_verified = source != LeakSource::Anybody;
        let found = entries.iter().map(|entry| Found {
            text: &entry.token,
            found_at: entry.url.as_deref().filter(|_| is_verified).and_then(FoundAt::parse),
        });
        self.report.run(source, found).await
    }
}

fn signature(call: &ApiRequest) -> Option<Signature<'_>> {
    Some(Signature { key_id: call.header(KEY_ID)?, signature: call.header(SIGNATURE)? })
}

/// GitHub takes the hash for the string, so the string is not repeated.
fn label(entry: &Entry, is_known: bool) -> LabelView {
    let kind = entry.kind.as_deref().and_then(fault::echoed).unwrap_or_default();
    LabelView::new(hex::encode(Sha256::digest(&entry.token)), kind, is_known)
}
