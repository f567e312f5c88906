//! What holds for request tokens: one at a time, two hours each, a day apart, and dead for good.

use chrono::TimeDelta;
use keyturn_domain::Timestamp;
use keyturn_domain::effect::{Action, HistoryEntry};
use keyturn_domain::ids::TokenId;
use keyturn_domain::redemption::{self, RedemptionOutcome};
use keyturn_domain::secret::SecretHash;
use keyturn_domain::token::Token;

use super::{Key, Known, Ledger, must, short};

/// The contract's numbers, written down once more on purpose.
const WINDOW: TimeDelta = TimeDelta::hours(2);
const INTERVAL: TimeDelta = TimeDelta::hours(24);

/// Longer than any function runs: a decision is written within this time.
const DECISION: TimeDelta = TimeDelta::seconds(150);

/// Older ones were looked at often enough.
const LOOKED_AT: usize = 3;

/// What a request token must be worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    Successor,
    SameSuccessor(TokenId),
    Nothing,
}

impl Ledger {
    pub(super) fn judge_issue(
        &mut self,
        before: &Token,
        after: &Token,
        now: Timestamp,
    ) -> Result<(), String> {
        let hash = |token: &Token| token.pending.as_ref().map(|pending| pending.hash);
        let Some(pending) = after.pending.as_ref().filter(|pending| Some(pending.hash) != hash(before))
        else {
            return Ok(());
        };
        let (who, at) = (short(after.id), pending.requested_at);
        must(at <= now && now < at + DECISION, || format!("token {who}: a request token of another time"))?;
        let wanted = before.callback().is_some() && before.renewed.is_none() && before.is_active(at);
        must(wanted, || format!("token {who}: a request token that nobody waits for"))?;
        let due = before.auto_renewal.as_ref().is_some_and(|renewal| renewal.next_renewal_at <= at);
        must(due, || format!("token {who}: a request token before the renewal was due"))?;
        let known = self.tokens.get_mut(&after.id).ok_or("an unknown token")?;
        let last = known.keys.last().and_then(|last| self.keys.get(last)).filter(|last| !last.called_off);
        if let Some(last) = last {
            let apart = at >= last.issued_at + INTERVAL;
            must(apart, || format!("token {who}: a request token {} after the last", at - last.issued_at))?;
        }
        let bytes = *pending.hash.as_bytes();
        let key = Key {
            token: after.id,
            issued_at: at,
            successor: None,
            called_off: false,
            dead: false,
            given: None,
        };
        known.keys.push(bytes);
        let fresh = self.keys.insert(bytes, key).is_none();
        must(fresh, || format!("token {who}: a request token was issued twice"))?;
        self.count("request tokens issued");
        Ok(())
    }

    /// A request token that is out only vanishes because somebody wanted it, or with its token.
    pub(super) fn judge_calling_off(
        &mut self,
        before: &Token,
        after: &Token,
        entry: Option<&HistoryEntry>,
    ) -> Result<(), String> {
        let Some(pending) = before.pending.as_ref().filter(|_| after.pending.is_none()) else {
            return Ok(());
        };
        if after.renewed.is_some() || after.deactivated_at.is_some() || after.noticed.expired {
            return Ok(());
        }
        let wanted =
            entry.is_some_and(|entry| matches!(entry.action, Action::Updated | Action::RenewalStarted));
        must(wanted, || format!("token {}: its request token vanished", short(after.id)))?;
        if let Some(key) = self.keys.get_mut(pending.hash.as_bytes()) {
            key.called_off = true;
        }
        Ok(())
    }

    pub(super) fn judge_redemption(
        &mut self,
        before: &Token,
        after: &Token,
        now: Timestamp,
    ) -> Result<(), String> {
        let Some(redeemed) = after.redeemed.as_ref().filter(|_| before.redeemed.is_none()) else {
            return Ok(());
        };
        let who = short(after.id);
        let out = before.pending.as_ref().is_some_and(|pending| pending.hash == redeemed.hash);
        must(out, || format!("token {who}: a request token was redeemed that was not out"))?;
        let key =
            self.keys.get_mut(redeemed.hash.as_bytes()).ok_or("an unknown request token was redeemed")?;
        let renewed = after.renewed.ok_or("a redemption without a successor")?;
        let in_time = renewed.at < key.issued_at + WINDOW && before.is_active(renewed.at);
        must(in_time, || format!("token {who}: a dead request token was redeemed"))?;
        let prompt = renewed.at <= now && now < renewed.at + DECISION;
        must(prompt, || format!("token {who}: a redemption of another time"))?;
        key.successor = Some(renewed.by);
        if let Some(known) = self.tokens.get_mut(&after.id) {
            known.by_redemption = true;
        }
        self.count("renewals by redemption");
        Ok(())
    }

    /// The newest request tokens are worth what they must be, now and at both sides of the end of their window.
    pub(super) fn judge_keys(&mut self, id: TokenId, now: Timestamp) -> Result<(), String> {
        let Some(known) = self.tokens.get(&id) else { return Ok(()) };
        let newest: Vec<_> = known.keys.iter().rev().take(LOOKED_AT).copied().collect();
        for (back, bytes) in newest.iter().enumerate() {
            let Some(key) = self.keys.get(bytes) else { continue };
            let close = key.issued_at + WINDOW;
            for at in [now, close - TimeDelta::seconds(1), close].into_iter().filter(|at| *at >= now) {
                let expected = expected(known, key, back == 0, at);
                let worth = redemption::evaluate(&known.token, &SecretHash::from_bytes(*bytes), at);
                let right = match (expected, worth) {
                    (Expected::Successor, RedemptionOutcome::NewSuccessor) => !key.dead,
                    (Expected::SameSuccessor(one), RedemptionOutcome::SameSuccessor(other)) => {
                        one == other && !key.dead
                    }
                    (Expected::Nothing, RedemptionOutcome::Nothing(_) | RedemptionOutcome::Unknown) => true,
                    _ => false,
                };
                must(right, || {
                    format!(
                        "token {}: a request token is {worth:?} at {at} instead of {expected:?}",
                        short(id)
                    )
                })?;
            }
            let dead = expected(known, key, back == 0, now) == Expected::Nothing;
            if let Some(key) = self.keys.get_mut(bytes) {
                key.dead |= dead;
            }
        }
        Ok(())
    }

    /// What a request token must be worth now. `None`: there is no such thing.
    pub(super) fn expected_worth(&self, hash: &SecretHash, at: Timestamp) -> Option<(Expected, &Key)> {
        let key = self.keys.get(hash.as_bytes())?;
        let known = self.tokens.get(&key.token)?;
        let newest = known.keys.last() == Some(hash.as_bytes());
        Some((expected(known, key, newest, at), key))
    }
}

/// Told without looking at what the record holds of request tokens.
fn expected(known: &Known, key: &Key, newest: bool, at: Timestamp) -> Expected {
    let alive = at < key.issued_at + WINDOW && known.token.is_active(at);
    match key.successor {
        Some(successor) if alive => Expected::SameSuccessor(successor),
        None if alive && newest && !key.called_off && known.token.renewed.is_none() => Expected::Successor,
        _ => Expected::Nothing,
    }
}
