//! Takes reports of leaked strings. Nothing is looked up here: a report is stored and worked off by the schedule, so that
//! neither the answer nor its time says whether a string is known.

use std::collections::HashSet;
use std::sync::Arc;

use futures::FutureExt as _;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use keyturn_domain::leak::{FoundAt, LeakSource};
use keyturn_domain::secret::{Kind, SecretString};

use crate::context::Context;
use crate::failure::Failure;
use crate::ports::{
    CredentialStore, LeakReport, LeakReports, PortError, ReportedString, RequestTokenHistory, TokenStore,
};

/// Strings of one stored report: what one lane works off at a time.
const STRINGS: usize = 100;

/// Strings that are looked up concurrently for a partner.
const LOOK_UPS: usize = 50;

/// A string as it was found.
pub struct Found<'a> {
    /// The text, which may be anything.
    pub text: &'a str,
    /// Where, if the report is verified.
    pub found_at: Option<FoundAt>,
}

/// Takes reports.
#[derive(Clone)]
pub struct ReportLeaks {
    /// Where they are stored.
    pub reports: Arc<dyn LeakReports>,
    /// Time and randomness.
    pub context: Context,
}

impl ReportLeaks {
    /// Stores what has the form and the checksum of a string, each once. Anything else costs nothing.
    pub async fn run(
        &self,
        source: LeakSource,
        found: impl IntoIterator<Item = Found<'_>>,
    ) -> Result<(), Failure> {
        let mut strings = Vec::new();
        let mut seen = HashSet::new();
        for Found { text, found_at } in found {
            let Some((kind, string)) = parse(text) else { continue };
            let hash = string.hash();
            if seen.insert(*hash.as_bytes()) {
                strings.push(ReportedString { kind, token: string.id(), hash, found_at });
            }
        }
        let mut rest = strings.into_iter().peekable();
        while rest.peek().is_some() {
            let report = LeakReport {
                id: self.context.fresh_id(),
                at: self.context.now(),
                source,
                strings: rest.by_ref().take(STRINGS).collect(),
            };
            self.reports.store(&report).await?;
        }
        Ok(())
    }
}

/// The string, if it is one of ours by prefix and checksum.
#[must_use]
pub fn parse(text: &str) -> Option<(Kind, SecretString)> {
    [Kind::Token, Kind::Request]
        .into_iter()
        .find_map(|kind| SecretString::parse(kind, text).ok().map(|string| (kind, string)))
}

/// Tells a verified partner which strings are ours.
#[derive(Clone)]
pub struct KnownStrings {
    /// Knows token strings.
    pub credentials: Arc<dyn CredentialStore>,
    /// Knows the tokens of request tokens.
    pub tokens: Arc<dyn TokenStore>,
    /// Knows earlier request tokens.
    pub history: Arc<dyn RequestTokenHistory>,
}

impl KnownStrings {
    /// For each text, whether it is or was a string of ours, in their order.
    pub async fn of(&self, texts: impl IntoIterator<Item = &str>) -> Result<Vec<bool>, PortError> {
        let each = texts.into_iter().map(|text| self.is_known(text).boxed());
        stream::iter(each.collect::<Vec<_>>()).buffered(LOOK_UPS).try_collect().await
    }

    async fn is_known(&self, text: &str) -> Result<bool, PortError> {
        match parse(text) {
            // Strings of sessions are not reported, see `parse`.
            None | Some((Kind::Session, _)) => Ok(false),
            Some((Kind::Token, string)) => {
                let credential = self.credentials.credential(string.id()).await?;
                Ok(credential.is_some_and(|credential| credential.hash == string.hash()))
            }
            Some((Kind::Request, string)) => match self.tokens.token(string.id()).await? {
                Some(token) => self.history.was_issued(token.series, &string.hash()).await,
                None => Ok(false),
            },
        }
    }
}
