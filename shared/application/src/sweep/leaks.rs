//! Works off a report of leaked strings. Every step can be repeated: a string that is reported twice is one leak.

use futures::FutureExt as _;
use futures::stream::{self, StreamExt as _};
use keyturn_domain::change::Change;
use keyturn_domain::ids::TokenId;
use keyturn_domain::leak::{FoundAt, LastUse, LeakSource};
use keyturn_domain::leak_report::{self, Report};
use keyturn_domain::secret::{Kind, SecretHash};
use keyturn_domain::token::Token;
use uuid::Uuid;

use super::Sweep;
use super::token::Committed;
use crate::failure::Failure;
use crate::ports::{LeakReport, OutboxEntry, PortError, ReportedString};
use crate::retry::{Attempt, until_committed};

/// Strings of a report that are looked up concurrently.
const LOOK_UPS: usize = 25;

/// Successors in a row that can count as leaked. Each needs a renewal while its predecessor is valid.
const CHAIN: usize = 10;

/// What working off a report did.
#[derive(Default)]
pub(super) struct WorkedOff {
    /// The tokens that it changed, to be looked at at once.
    pub(super) tokens: Vec<Token>,
    /// Entries to be delivered.
    pub(super) entries: Vec<OutboxEntry>,
    /// Whether the report is due again because some of it failed.
    pub(super) failed: bool,
    /// Whether it has failed for a day.
    pub(super) stuck: bool,
}

impl WorkedOff {
    fn take(&mut self, committed: Option<Committed>) {
        let Some(Committed { token, entry }) = committed else { return };
        self.tokens.extend(token);
        self.entries.extend(entry);
    }
}

/// What is said of a string.
#[derive(Clone)]
struct Saying<'a> {
    source: LeakSource,
    found_at: Option<&'a FoundAt>,
}

impl Sweep {
    /// Works off a report, unless somebody else has. A string that fails keeps the whole report.
    pub(super) async fn work_off(&self, id: Uuid) -> Result<WorkedOff, PortError> {
        let Some((report, failures)) = self.reports.report(id).await? else {
            return Ok(WorkedOff::default());
        };
        let mut done = WorkedOff::default();
        let each = report.strings.iter().map(|string| self.react(&report, string).boxed());
        let mut strings = stream::iter(each.collect::<Vec<_>>()).buffer_unordered(LOOK_UPS);
        while let Some(reacted) = strings.next().await {
            match reacted {
                Ok(one) => {
                    done.tokens.extend(one.tokens);
                    done.entries.extend(one.entries);
                }
                Err(error) => {
                    done.failed = true;
                    tracing::error!(report = %id, error = &error as &dyn std::error::Error, "a reported string failed and is tried again");
                }
            }
        }
        if done.failed {
            let [jitter] = self.context.random();
            let now = self.context.now();
            let failures = failures.with_another(now);
            done.stuck = failures.is_stuck(now);
            self.reports.defer_report(id, failures, failures.retry_at(jitter, now)).await?;
        } else {
            self.reports.finish(&report).await?;
        }
        Ok(done)
    }

    async fn react(&self, report: &LeakReport, string: &ReportedString) -> Result<WorkedOff, Failure> {
        let mut done = WorkedOff::default();
        let Some(token) = self.tokens.token(string.token).await? else { return Ok(done) };
        let saying = Saying { source: report.source, found_at: string.found_at.as_ref() };
        match string.kind {
            Kind::Token if token.hash == string.hash => {
                self.string_leaked(&token, &saying, &mut done).await?;
            }
            Kind::Request => {
                self.request_token_leaked(&token, &string.hash, &saying, &mut done).await?;
            }
            Kind::Token | Kind::Session => {}
        }
        Ok(done)
    }

    /// Successors first: once the report of the string itself is committed, it can pull no more, and another look finds what
    /// it pulled meanwhile.
    async fn string_leaked(
        &self,
        token: &Token,
        saying: &Saying<'_>,
        done: &mut WorkedOff,
    ) -> Result<(), Failure> {
        self.successors_leaked(leak_report::implicated_by_string(token), done).await?;
        done.take(self.note_string(token.id, saying).await?);
        let now = self.tokens.token(token.id).await?;
        self.successors_leaked(now.as_ref().and_then(leak_report::implicated_by_string), done).await
    }

    async fn request_token_leaked(
        &self,
        token: &Token,
        hash: &SecretHash,
        saying: &Saying<'_>,
        done: &mut WorkedOff,
    ) -> Result<(), Failure> {
        let implicated = leak_report::implicated_by_request_token(token, hash, self.context.now());
        self.successors_leaked(implicated, done).await?;
        let noted = until_committed(|| async {
            let Some(token) = self.tokens.token(token.id).await? else { return Ok(Attempt::Done(None)) };
            let report = saying.report(None);
            let now = self.context.now();
            let change = leak_report::report_request_token(&token, hash, report, &self.rules, now);
            self.attempt(change).await
        });
        done.take(noted.await?);
        Ok(())
    }

    /// A successor that could have been had for a leaked string, and what it pulled in turn, the last one first.
    async fn successors_leaked(&self, first: Option<TokenId>, done: &mut WorkedOff) -> Result<(), Failure> {
        let (mut next, mut chain) = (first, Vec::new());
        while let Some(id) = next.filter(|_| chain.len() < CHAIN) {
            chain.push(id);
            next = self.tokens.token(id).await?.as_ref().and_then(leak_report::implicated_by_string);
        }
        let saying = Saying { source: LeakSource::Predecessor, found_at: None };
        for id in chain.into_iter().rev() {
            done.take(self.note_string(id, &saying).await?);
        }
        Ok(())
    }

    async fn note_string(&self, id: TokenId, saying: &Saying<'_>) -> Result<Option<Committed>, Failure> {
        until_committed(|| async {
            let token = self.tokens.token(id);
            let (token, credential) = futures::try_join!(token, self.credentials.credential(id))?;
            let Some(token) = token else { return Ok(Attempt::Done(None)) };
            let successor = match token.renewed {
                Some(renewed) => self.tokens.token(renewed.by).await?,
                None => None,
            };
            let last_use = credential.and_then(|credential| credential.last_use());
            let report = saying.report(last_use);
            let now = self.context.now();
            self.attempt(leak_report::report_string(&token, successor.as_ref(), report, &self.rules, now))
                .await
        })
        .await
    }

    async fn attempt(&self, change: Option<Change>) -> Result<Attempt<Option<Committed>>, Failure> {
        match change {
            Some(change) => Attempt::of(self.commit(change).await.map(Some)),
            None => Ok(Attempt::Done(None)),
        }
    }

    /// Looks whether the successor of a leaked string has been used.
    pub(super) async fn decide_leak_check(&self, token: &Token) -> Result<Option<Change>, PortError> {
        let successor = self.successor_of(token).await?;
        Ok(leak_report::check_successor(token, successor.now(), self.context.now()))
    }
}

impl Saying<'_> {
    fn report(&self, last_use: Option<LastUse>) -> Report {
        Report { source: self.source, found_at: self.found_at.cloned(), last_use }
    }
}
