//! What holds at the end, some time after faults have stopped.

use chrono::TimeDelta;
use keyturn_domain::Timestamp;
use keyturn_domain::due;

use super::{Ledger, must, short};
use crate::memory::Memory;

/// The schedule runs every minute, and a run takes a while.
const TARDINESS: TimeDelta = TimeDelta::minutes(5);

/// What can be counted from the records alone, each exactly as often as it happened.
const EXACT: [&str; 10] = [
    "Token Created",
    "Token Renewed",
    "Token Deactivated",
    "Token Expired",
    "Renewal Requested",
    "Renewal Unredeemed",
    "mail: renewed",
    "mail: expired",
    "mail: expiring",
    "mail: unredeemed",
];

impl Ledger {
    /// Whether every entry that was written has been delivered.
    #[must_use]
    pub fn all_delivered(&self) -> bool {
        self.undelivered() == (0, 0)
    }

    /// Events and mails that an entry still owes.
    #[must_use]
    pub fn undelivered(&self) -> (usize, usize) {
        let events =
            self.owed.values().filter(|owed| owed.entry.action.event().is_some() && owed.published == 0);
        let mails = self.owed.values().filter(|owed| owed.entry.mail.is_some() && owed.mailed == 0);
        (events.count(), mails.count())
    }

    /// Events and mails that the records say must have been told, and were not.
    #[must_use]
    pub fn missing(&self) -> (u32, u32) {
        let missing = |mails: bool| {
            let of_kind = self.told.iter().filter(|((_, what), _)| what.starts_with("mail: ") == mails);
            of_kind.map(|(_, told)| told.owed.saturating_sub(told.delivered)).sum()
        };
        (missing(false), missing(true))
    }

    /// Tokens with more than one successor.
    #[must_use]
    pub fn second_successors(&self) -> usize {
        let mut predecessors: Vec<_> =
            self.tokens.values().filter_map(|known| known.token.renewed_from).collect();
        let all = predecessors.len();
        predecessors.sort_unstable();
        predecessors.dedup();
        all - predecessors.len()
    }

    /// Everything owed has been delivered, nothing is overdue, and every series is a chain.
    pub fn judge_end(&mut self, store: &Memory, now: Timestamp) {
        let result = self
            .judge_deliveries()
            .and_then(|()| self.judge_series())
            .and_then(|()| self.judge_schedule(store, now))
            .and_then(|()| self.judge_answers(store));
        if let Err(what) = result {
            self.violate(now, what);
        }
    }

    fn judge_deliveries(&self) -> Result<(), String> {
        for owed in self.owed.values() {
            let event = owed.entry.action.event().is_none() || owed.published > 0;
            let mail = owed.entry.mail.is_none() || owed.mailed > 0;
            must(event && mail, || format!("never delivered: {:?}", owed.entry.action))?;
        }
        for ((id, what), told) in &self.told {
            let right = !EXACT.contains(what) || told.owed == told.delivered;
            must(right, || {
                format!(
                    "token {}: \"{what}\" told {} times instead of {}",
                    short(*id),
                    told.delivered,
                    told.owed
                )
            })?;
        }
        Ok(())
    }

    fn judge_series(&self) -> Result<(), String> {
        must(self.second_successors() == 0, || "a token with two successors".to_owned())?;
        for known in self.tokens.values() {
            let Some(renewed) = known.token.renewed else { continue };
            let back = self.tokens.get(&renewed.by).and_then(|successor| successor.token.renewed_from);
            must(back == Some(known.token.id), || format!("token {}: no chain", short(known.token.id)))?;
        }
        Ok(())
    }

    fn judge_schedule(&self, store: &Memory, now: Timestamp) -> Result<(), String> {
        for token in store.tokens() {
            let who = short(token.id);
            if let Some((at, due)) = due::next(token) {
                must(now < at + TARDINESS, || format!("token {who}: {due:?} is due since {at}"))?;
            }
            let Some(renewal) = token.auto_renewal.as_ref().filter(|_| token.is_active(now)) else {
                continue;
            };
            if renewal.next_renewal_at + TARDINESS < now {
                let key = token.pending.as_ref().map(|pending| pending.requested_at);
                let fresh = key.is_some_and(|at| now < at + TimeDelta::hours(24) + TARDINESS);
                must(fresh, || format!("token {who}: its renewal was forgotten"))?;
            }
        }
        Ok(())
    }

    fn judge_answers(&self, store: &Memory) -> Result<(), String> {
        for known in self.tokens.values() {
            let who = short(known.token.id);
            let stored = store.token(known.token.id).ok_or("a token vanished")?;
            must(*stored == known.token, || format!("token {who}: changed without a write"))?;
            let kept = known.given.is_none_or(|given| given == stored.hash);
            must(kept, || format!("token {who}: the string that was given out is not its"))?;
            let ended = !known.deactivation_answered || stored.deactivated_at.is_some();
            must(ended, || format!("token {who}: a deactivation was answered and is not there"))?;
        }
        Ok(())
    }
}
