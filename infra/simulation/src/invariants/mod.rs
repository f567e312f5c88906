//! The invariant checker: tracks the contract's promises from writes and responses only, and reports the first
//! violation. It observes each write when it takes effect.

mod final_state;
mod handovers;
mod leaks;
mod notifications;
mod request_tokens;
mod responses;
mod writes;

use std::collections::BTreeMap;

use keyturn_application::ports::Commit;
use keyturn_domain::Timestamp;
use keyturn_domain::history::{HistoryEntry, RenewalMethod};
use keyturn_domain::ids::TokenId;
use keyturn_domain::secret::SecretHash;
use keyturn_domain::token::Token;
use uuid::Uuid;

use crate::memory::Memory;
use notifications::NotificationCount;

pub use responses::RedemptionResponse;

/// What has been written, returned and delivered so far.
#[derive(Default)]
pub struct InvariantChecker {
    violation: Option<(Timestamp, String)>,
    tokens: BTreeMap<TokenId, TrackedToken>,
    request_tokens: BTreeMap<[u8; 32], TrackedRequestToken>,
    entries: BTreeMap<Uuid, TrackedEntry>,
    notifications: BTreeMap<(TokenId, &'static str), NotificationCount>,
    /// When the schedule did not run.
    schedule_outages: Vec<(Timestamp, Timestamp)>,
    /// Counters for the report.
    pub counts: BTreeMap<&'static str, u64>,
}

/// A token as tracked.
struct TrackedToken {
    token: Token,
    /// The expiry set at its creation.
    original_expiry: Option<Timestamp>,
    /// When the last write that changed its expiry took effect.
    expiry_written_at: Timestamp,
    /// When the write that deactivated it took effect.
    deactivation_written_at: Option<Timestamp>,
    /// Its request tokens in order of issue.
    request_tokens: Vec<[u8; 32]>,
    /// How its client got the successor's string.
    handed_over_by: Option<RenewalMethod>,
    /// When a step of it failed.
    failures: Vec<Timestamp>,
    /// A response showed it as deactivated.
    deactivation_acknowledged: bool,
    /// The hash of the string that was returned for it.
    returned_string: Option<SecretHash>,
    /// The leak of its string.
    leak: Option<leaks::TrackedLeak>,
}

/// A request token as tracked.
struct TrackedRequestToken {
    token: TokenId,
    issued_at: Timestamp,
    successor: Option<TokenId>,
    /// Cancelled by an edit or by another start of the renewal.
    cancelled: bool,
    /// Was invalid once, and so must stay invalid.
    invalidated: bool,
    /// The hash of the string that it was redeemed for.
    returned_string: Option<SecretHash>,
}

/// An outbox entry and its deliveries.
struct TrackedEntry {
    entry: HistoryEntry,
    published: u32,
    mailed: u32,
}

impl TrackedEntry {
    /// Whether everything that the entry calls for has been delivered.
    fn is_delivered(&self) -> bool {
        (self.entry.action.event().is_none() || self.published > 0)
            && (self.entry.mail.is_none() || self.mailed > 0)
    }
}

impl InvariantChecker {
    /// Records a violation; the first one counts.
    pub fn record_violation(&mut self, now: Timestamp, what: impl Into<String>) {
        let what = what.into();
        self.violation.get_or_insert((now, what));
    }

    fn record_result(&mut self, now: Timestamp, checked: Result<(), String>) {
        if let Err(what) = checked {
            self.record_violation(now, what);
        }
    }

    /// The first violation.
    #[must_use]
    pub fn violation(&self) -> Option<(Timestamp, String)> {
        self.violation.clone()
    }

    /// Checks a write that took effect.
    pub fn observe(&mut self, store: &Memory, commit: &Commit, now: Timestamp) {
        let checked = self.check_write(store, commit, now);
        self.record_result(now, checked);
    }

    /// Increments a counter.
    pub fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    /// The token's successor, if it was renewed.
    #[must_use]
    pub fn successor(&self, id: TokenId) -> Option<TokenId> {
        self.tokens.get(&id)?.token.renewed.map(|renewed| renewed.by)
    }

    /// The newest token of the series from this one on.
    #[must_use]
    pub fn newest(&self, first: TokenId) -> TokenId {
        let mut id = first;
        while let Some(next) = self.successor(id) {
            id = next;
        }
        id
    }
}

/// Describes a write for the log.
#[must_use]
pub fn describe(commit: &Commit) -> String {
    let tokens: Vec<_> = commit
        .change
        .tokens
        .iter()
        .map(|token| format!("{} v{}", short_id(token.id), token.version))
        .collect();
    match &commit.change.entry {
        Some(entry) => {
            format!("writes {:?} of {} [{}]", entry.action, short_id(entry.token), tokens.join(", "))
        }
        None => format!("writes [{}]", tokens.join(", ")),
    }
}

/// The end of an id, which is enough to tell tokens apart.
#[must_use]
pub fn short_id(id: TokenId) -> String {
    id.to_string().split_off(28)
}

/// A violation unless the condition holds.
fn ensure(condition: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if condition { Ok(()) } else { Err(what()) }
}
