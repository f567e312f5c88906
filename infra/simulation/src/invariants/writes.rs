//! Invariants of every write.

use chrono::TimeDelta;
use keyturn_application::ports::Commit;
use keyturn_domain::Timestamp;
use keyturn_domain::credential::Credential;
use keyturn_domain::history::{Action, HistoryEntry, RenewalMethod};
use keyturn_domain::token::Token;

use super::{InvariantChecker, TrackedEntry, TrackedToken, ensure, short_id};
use crate::memory::Memory;

/// The contract's overlap, repeated here on purpose.
const OVERLAP: TimeDelta = TimeDelta::hours(24);

impl InvariantChecker {
    pub(super) fn check_write(
        &mut self,
        store: &Memory,
        commit: &Commit,
        now: Timestamp,
    ) -> Result<(), String> {
        let entry = commit.change.entry.as_ref();
        for token in &commit.change.tokens {
            if self.tokens.contains_key(&token.id) {
                self.check_change(store, token, entry, now)?;
            } else {
                self.check_creation(token, commit, now)?;
            }
            self.check_validity(store, token, entry)?;
            self.check_request_tokens(token.id, now)?;
        }
        if let Some(entry) = entry {
            ensure(!self.entries.contains_key(&commit.entry_id), || "an entry was written twice".to_owned())?;
            let told = commit.change.tokens.is_empty() && entry.addresses.is_some();
            ensure(!told, || "two addresses are told of again".to_owned())?;
            let tracked = TrackedEntry { entry: entry.clone(), published: 0, mailed: 0 };
            self.entries.insert(commit.entry_id, tracked);
        }
        Ok(())
    }

    fn check_creation(&mut self, token: &Token, commit: &Commit, now: Timestamp) -> Result<(), String> {
        ensure(token.version == 1, || format!("a new token of version {}", token.version))?;
        match token.renewed_from {
            None => {
                ensure(token.series == token.id, || {
                    "a new series that starts with another token".to_owned()
                })?;
                self.expect_notification(token.id, "Token Created");
            }
            Some(from) => {
                let old = commit.change.tokens.iter().find(|old| old.id == from);
                let joined = old.and_then(|old| old.renewed).is_some_and(|renewed| renewed.by == token.id);
                ensure(joined, || "a successor without the predecessor in the same write".to_owned())?;
                let tracked = self.tokens.get(&from).ok_or("a successor of an unknown token")?;
                let lifetime = tracked.original_expiry.map(|end| end - tracked.token.created_at);
                let inherited = token.expires_at == lifetime.map(|lifetime| token.created_at + lifetime)
                    && token.series == tracked.token.series
                    && token.company == tracked.token.company
                    && token.rights == tracked.token.rights
                    && token.applications == tracked.token.applications
                    && token.mail_recipient == tracked.token.mail_recipient;
                ensure(inherited, || {
                    "a successor with settings that differ from its predecessor's".to_owned()
                })?;
            }
        }
        let tracked = TrackedToken {
            token: token.clone(),
            original_expiry: token.expires_at,
            expiry_written_at: now,
            deactivation_written_at: None,
            request_tokens: Vec::new(),
            handed_over_by: None,
            failures: Vec::new(),
            deactivation_acknowledged: false,
            returned_string: None,
            leak: None,
        };
        self.tokens.insert(token.id, tracked);
        Ok(())
    }

    fn check_change(
        &mut self,
        store: &Memory,
        after: &Token,
        entry: Option<&HistoryEntry>,
        now: Timestamp,
    ) -> Result<(), String> {
        let tracked = self.tokens.get_mut(&after.id).ok_or("a change of an unknown token")?;
        let before = std::mem::replace(&mut tracked.token, after.clone());
        if before.expires_at != after.expires_at {
            tracked.expiry_written_at = now;
        }
        if before.deactivated_at.is_none() && after.deactivated_at.is_some() {
            tracked.deactivation_written_at = Some(now);
        }
        let who = || format!("token {} v{}", short_id(after.id), after.version);
        let one_successor = before.renewed.is_none() || after.renewed == before.renewed;
        ensure(one_successor, || format!("{}: a second successor", who()))?;
        let counted = after.version == before.version + 1;
        ensure(counted, || format!("{}: written over version {}", who(), before.version))?;
        let fixed = (before.series, &before.company, before.hash, before.created_at, before.renewed_from)
            == (after.series, &after.company, after.hash, after.created_at, after.renewed_from);
        ensure(fixed, || format!("{}: an immutable field changed", who()))?;
        let ended_for_good = before.deactivated_at.is_none() || after.deactivated_at == before.deactivated_at;
        ensure(ended_for_good, || format!("{}: a deactivation was undone", who()))?;
        let renewed = before.renewed.is_none() && after.renewed.is_some();
        if renewed {
            ensure(before.deactivated_at.is_none(), || format!("{}: deactivated, but renewed", who()))?;
            let gone = after.auto_renewal.is_none() && after.pending.is_none();
            ensure(gone, || format!("{}: renewed, but auto renewal is still on", who()))?;
        }
        if after.deactivated_at.is_some() {
            let cancelled = after.pending.is_none();
            ensure(cancelled, || format!("{}: deactivated, but a request token is pending", who()))?;
        }
        self.check_issue(&before, after, now)?;
        self.check_cancellation(&before, after, entry)?;
        self.check_redemption(&before, after, now)?;
        self.check_follow_up(&before, after, now)?;
        self.check_addresses(&before, after, entry)?;
        self.note_leak(after, entry)?;
        if !before.noticed.expired && after.noticed.expired && after.leak.is_none() {
            self.check_offers(store, after)?;
        }
        if renewed {
            self.note_handover(after, entry);
        }
        self.expect_notifications(&before, after);
        Ok(())
    }

    /// Counts who got the successor's string, so that only those can be without one.
    fn note_handover(&mut self, after: &Token, entry: Option<&HistoryEntry>) {
        let Some(Action::Renewed(method)) = entry.map(|entry| &entry.action) else { return };
        let what = match method {
            RenewalMethod::Redemption => "renewals by redemption",
            RenewalMethod::Pull => "renewals by pull",
            RenewalMethod::Schedule | RenewalMethod::Manual => return,
        };
        if let Some(tracked) = self.tokens.get_mut(&after.id) {
            tracked.handed_over_by = Some(*method);
        }
        self.count(what);
    }

    /// The predecessor is valid until exactly the time that the contract sets, in its token and its credential alike.
    fn check_validity(
        &self,
        store: &Memory,
        token: &Token,
        entry: Option<&HistoryEntry>,
    ) -> Result<(), String> {
        let tracked = self.tokens.get(&token.id).ok_or("an unknown token")?;
        let end = match token.renewed {
            None => tracked.original_expiry,
            Some(_) if is_manual(entry) => {
                let sooner =
                    tracked.original_expiry.is_none_or(|own| token.expires_at.is_some_and(|end| end <= own));
                ensure(sooner, || {
                    format!("token {}: a manual renewal extended its validity", short_id(token.id))
                })?;
                token.expires_at
            }
            Some(renewed) if tracked.handed_over_by.is_some() || is_scheduled(entry) => {
                let end = renewed.at + OVERLAP;
                Some(tracked.original_expiry.map_or(end, |own| own.min(end)))
            }
            Some(_) => token.expires_at,
        };
        let end = self.end_of_replaced(store, token, end)?;
        ensure(token.expires_at == end, || {
            format!("token {}: valid until {:?} instead of {end:?}", short_id(token.id), token.expires_at)
        })?;
        let credential = store.credential(token.id).ok_or("a token without a credential")?;
        let expected = Credential {
            last_used_at: credential.last_used_at,
            last_used_from: credential.last_used_from,
            ..Credential::of(token)
        };
        ensure(*credential == expected, || format!("token {}: its credential differs", short_id(token.id)))
    }
}

fn is_manual(entry: Option<&HistoryEntry>) -> bool {
    entry.is_some_and(|entry| entry.action == Action::Renewed(RenewalMethod::Manual))
}

fn is_scheduled(entry: Option<&HistoryEntry>) -> bool {
    entry.is_some_and(|entry| entry.action == Action::Renewed(RenewalMethod::Schedule))
}
