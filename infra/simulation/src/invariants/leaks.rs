//! Invariants of leaks: a leaked string is replaced before it ends, and whoever stole it is out soon after.

use chrono::TimeDelta;
use keyturn_domain::Timestamp;
use keyturn_domain::history::{Action, HistoryEntry};
use keyturn_domain::ids::TokenId;
use keyturn_domain::leak::{LeakReaction, LeakedString};
use keyturn_domain::token::Token;

use super::{InvariantChecker, TrackedToken, ensure, short_id};
use crate::memory::Memory;

/// The contract's durations, repeated here on purpose.
const DEADLINE: TimeDelta = TimeDelta::hours(4);
const GRACE: TimeDelta = TimeDelta::minutes(10);
pub(super) const INTERVAL: TimeDelta = TimeDelta::minutes(30);

/// A leak as tracked.
#[derive(Clone, Copy, Debug)]
pub(super) struct TrackedLeak {
    /// When the report was worked off.
    pub(super) at: Timestamp,
    /// What followed.
    pub(super) reaction: LeakReaction,
}

impl TrackedToken {
    /// Since when its leaked string is being replaced.
    pub(super) fn replaced_since(&self) -> Option<Timestamp> {
        self.leak.filter(|leak| leak.reaction == LeakReaction::Renew).map(|leak| leak.at)
    }
}

impl InvariantChecker {
    /// A string is reported once, however often it is.
    pub(super) fn note_leak(&mut self, after: &Token, entry: Option<&HistoryEntry>) -> Result<(), String> {
        let Some(HistoryEntry { at, action: Action::Leaked { what, reaction, .. }, .. }) = entry else {
            return Ok(());
        };
        self.expect_notification(after.id, "Token Leaked");
        if after.mail_recipient.is_some() {
            self.expect_notification(after.id, "mail: leaked");
        }
        if *what == LeakedString::TokenString {
            let tracked = self.tokens.get_mut(&after.id).ok_or("an unknown token leaked")?;
            ensure(tracked.leak.is_none(), || format!("token {}: one leak is two", short_id(after.id)))?;
            tracked.leak = Some(TrackedLeak { at: *at, reaction: *reaction });
            self.count(match reaction {
                LeakReaction::Renew => "leaked strings replaced",
                LeakReaction::Deactivate => "leaked strings deactivated",
                LeakReaction::Notify => "leaked strings told of",
            });
        }
        Ok(())
    }

    /// When a token ends whose leaked string is being replaced: at the deadline, or earlier once the successor is in use.
    pub(super) fn end_of_replaced(
        &self,
        store: &Memory,
        token: &Token,
        usual_end: Option<Timestamp>,
    ) -> Result<Option<Timestamp>, String> {
        let Some(since) = self.tokens.get(&token.id).and_then(TrackedToken::replaced_since) else {
            return Ok(usual_end);
        };
        let deadline = since + DEADLINE;
        let latest = usual_end.map_or(deadline, |end| end.min(deadline));
        let Some(end) = token.expires_at.filter(|end| *end < latest) else { return Ok(Some(latest)) };
        let successor = token.renewed.map(|renewed| renewed.by);
        let leaked = successor.and_then(|id| self.tokens.get(&id)).is_some_and(|new| new.leak.is_some());
        let used = successor.and_then(|id| store.credential(id)).and_then(|new| new.last_used_at);
        let who = short_id(token.id);
        ensure(leaked || used.is_some(), || {
            format!("token {who}: its leaked string ends before the next is in use")
        })?;
        let early = !leaked && end < since;
        ensure(!early, || format!("token {who}: its leaked string ended before it was reported"))?;
        Ok(Some(end))
    }

    /// A thief is out at the deadline, and soon after the first use of the successor.
    pub fn stolen_string_accepted(&mut self, store: &Memory, id: TokenId, now: Timestamp) {
        let checked = self.check_stolen(store, id, now);
        self.record_result(now, checked);
    }

    fn check_stolen(&self, store: &Memory, id: TokenId, now: Timestamp) -> Result<(), String> {
        let Some(tracked) = self.tokens.get(&id) else { return Ok(()) };
        let Some(since) = tracked.replaced_since() else { return Ok(()) };
        let who = short_id(id);
        // A request takes a while.
        let slack = TimeDelta::minutes(1);
        ensure(now < since + DEADLINE + slack, || {
            format!("token {who}: stolen, and accepted after the deadline")
        })?;
        let successor = tracked.token.renewed.and_then(|renewed| self.tokens.get(&renewed.by));
        let Some(successor) = successor.filter(|new| new.leak.is_none()) else { return Ok(()) };
        // A use that could not be recorded is no use: the deadline is there for it.
        let used = store.credential(successor.token.id).and_then(|credential| credential.last_used_at);
        let Some(used) = used else { return Ok(()) };
        let from = used.max(since);
        let out = from + GRACE + GRACE + slack;
        let is_late = out <= now && self.had_a_chance(tracked, from, from + GRACE + GRACE);
        ensure(!is_late, || format!("token {who}: stolen, and accepted long after the next was used"))
    }

    /// Whether a string that was reported gets a successor's string by a pull.
    pub(super) fn is_barred(&self, id: TokenId, started: Timestamp) -> bool {
        self.tokens.get(&id).and_then(|tracked| tracked.leak).is_some_and(|leak| leak.at < started)
    }
}
