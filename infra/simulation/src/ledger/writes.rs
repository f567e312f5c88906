//! What holds for every write.

use chrono::TimeDelta;
use keyturn_application::ports::Commit;
use keyturn_domain::Timestamp;
use keyturn_domain::credential::Credential;
use keyturn_domain::effect::{Action, HistoryEntry, RenewalMethod};
use keyturn_domain::token::Token;

use super::{Known, Ledger, Owed, must, short};
use crate::memory::Memory;

/// The contract's overlap, written down once more on purpose.
const OVERLAP: TimeDelta = TimeDelta::hours(24);

impl Ledger {
    pub(super) fn judge_write(
        &mut self,
        store: &Memory,
        commit: &Commit,
        now: Timestamp,
    ) -> Result<(), String> {
        let entry = commit.change.entry.as_ref();
        for token in &commit.change.tokens {
            if self.tokens.contains_key(&token.id) {
                self.judge_change(token, entry, now)?;
            } else {
                self.judge_creation(token, commit, now)?;
            }
            self.judge_validity(store, token, entry)?;
            self.judge_keys(token.id, now)?;
        }
        if let Some(entry) = entry {
            must(!self.owed.contains_key(&commit.entry_id), || "an entry was written twice".to_owned())?;
            let owed = Owed { entry: entry.clone(), published: 0, mailed: 0 };
            self.owed.insert(commit.entry_id, owed);
        }
        Ok(())
    }

    fn judge_creation(&mut self, token: &Token, commit: &Commit, now: Timestamp) -> Result<(), String> {
        must(token.version == 1, || format!("a new token of version {}", token.version))?;
        match token.renewed_from {
            None => {
                must(token.series == token.id, || "a series that begins in the middle".to_owned())?;
                self.told_event(token.id, "Token Created");
            }
            Some(from) => {
                let old = commit.change.tokens.iter().find(|old| old.id == from);
                let joined = old.and_then(|old| old.renewed).is_some_and(|renewed| renewed.by == token.id);
                must(joined, || "a successor without the predecessor in the same write".to_owned())?;
                let known = self.tokens.get(&from).ok_or("a successor of an unknown token")?;
                let lifetime = known.own_end.map(|end| end - known.token.created_at);
                let inherited = token.expires_at == lifetime.map(|lifetime| token.created_at + lifetime)
                    && token.series == known.token.series
                    && token.company == known.token.company
                    && token.rights == known.token.rights
                    && token.applications == known.token.applications
                    && token.mail_recipient == known.token.mail_recipient;
                must(inherited, || "a successor that did not inherit what it must".to_owned())?;
            }
        }
        let known = Known {
            token: token.clone(),
            own_end: token.expires_at,
            end_written: now,
            deactivation_written: None,
            keys: Vec::new(),
            by_redemption: false,
            deactivation_answered: false,
            given: None,
        };
        self.tokens.insert(token.id, known);
        Ok(())
    }

    fn judge_change(
        &mut self,
        after: &Token,
        entry: Option<&HistoryEntry>,
        now: Timestamp,
    ) -> Result<(), String> {
        let known = self.tokens.get_mut(&after.id).ok_or("a change of an unknown token")?;
        let before = std::mem::replace(&mut known.token, after.clone());
        if before.expires_at != after.expires_at {
            known.end_written = now;
        }
        if before.deactivated_at.is_none() && after.deactivated_at.is_some() {
            known.deactivation_written = Some(now);
        }
        let who = || format!("token {} v{}", short(after.id), after.version);
        let one_successor = before.renewed.is_none() || after.renewed == before.renewed;
        must(one_successor, || format!("{}: a second successor", who()))?;
        let counted = after.version == before.version + 1;
        must(counted, || format!("{}: written over version {}", who(), before.version))?;
        let fixed = (before.series, &before.company, before.hash, before.created_at, before.renewed_from)
            == (after.series, &after.company, after.hash, after.created_at, after.renewed_from);
        must(fixed, || format!("{}: something that never changes did", who()))?;
        let ended_for_good = before.deactivated_at.is_none() || after.deactivated_at == before.deactivated_at;
        must(ended_for_good, || format!("{}: a deactivation undone", who()))?;
        let renewed = before.renewed.is_none() && after.renewed.is_some();
        if renewed {
            must(before.deactivated_at.is_none(), || format!("{}: deactivated, but renewed", who()))?;
            let gone = after.auto_renewal.is_none() && after.pending.is_none();
            must(gone, || format!("{}: renewed, but goes on renewing", who()))?;
        }
        if after.deactivated_at.is_some() {
            let cancelled = after.pending.is_none();
            must(cancelled, || format!("{}: deactivated, but a request token is pending", who()))?;
        }
        self.judge_issue(&before, after, now)?;
        self.judge_calling_off(&before, after, entry)?;
        self.judge_redemption(&before, after, now)?;
        self.tell(&before, after);
        Ok(())
    }

    /// The old string is valid until exactly the moment that the contract names, and what verifies strings knows it.
    fn judge_validity(
        &self,
        store: &Memory,
        token: &Token,
        entry: Option<&HistoryEntry>,
    ) -> Result<(), String> {
        let known = self.tokens.get(&token.id).ok_or("an unknown token")?;
        let end = match token.renewed {
            None => known.own_end,
            Some(_) if is_by_hand(entry) => {
                let sooner = known.own_end.is_none_or(|own| token.expires_at.is_some_and(|end| end <= own));
                must(sooner, || format!("token {}: renewed by hand to live longer", short(token.id)))?;
                token.expires_at
            }
            Some(renewed) if known.by_redemption || is_by_schedule(entry) => {
                let end = renewed.at + OVERLAP;
                Some(known.own_end.map_or(end, |own| own.min(end)))
            }
            Some(_) => token.expires_at,
        };
        must(token.expires_at == end, || {
            format!("token {}: valid until {:?} instead of {end:?}", short(token.id), token.expires_at)
        })?;
        let credential = store.credential(token.id).ok_or("a token without a credential")?;
        let expected = Credential { last_used_at: credential.last_used_at, ..Credential::of(token) };
        must(*credential == expected, || format!("token {}: its credential says otherwise", short(token.id)))
    }
}

fn is_by_hand(entry: Option<&HistoryEntry>) -> bool {
    entry.is_some_and(|entry| entry.action == Action::Renewed(RenewalMethod::Manual))
}

fn is_by_schedule(entry: Option<&HistoryEntry>) -> bool {
    entry.is_some_and(|entry| entry.action == Action::Renewed(RenewalMethod::Schedule))
}
