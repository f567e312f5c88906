//! Invariants of the final state, some time after the last fault.

use chrono::TimeDelta;
use keyturn_domain::Timestamp;
use keyturn_domain::due;
use keyturn_domain::mass_renewal::State;

use super::{InvariantChecker, TrackedEntry, ensure, short_id};
use crate::memory::Memory;

/// The schedule runs every minute, and a run takes a while.
const SCHEDULE_TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// NotificationCount that the records determine exactly.
const EXACTLY_ONCE: [&str; 14] = [
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
    "mail: unfetched",
    "mail: two addresses",
    "Token Leaked",
    "mail: leaked",
];

impl InvariantChecker {
    /// Whether every outbox entry has been delivered.
    #[must_use]
    pub fn all_delivered(&self) -> bool {
        self.entries.values().all(TrackedEntry::is_delivered)
    }

    /// Events and mails that the records call for and that were not delivered.
    #[must_use]
    pub fn missing(&self) -> (u32, u32) {
        let missing = |mails: bool| {
            let of_kind =
                self.notifications.iter().filter(|((_, what), _)| what.starts_with("mail: ") == mails);
            of_kind.map(|(_, count)| count.expected.saturating_sub(count.delivered)).sum()
        };
        (missing(false), missing(true))
    }

    /// Tokens with more than one successor.
    #[must_use]
    pub fn second_successors(&self) -> usize {
        let mut predecessors: Vec<_> =
            self.tokens.values().filter_map(|tracked| tracked.token.renewed_from).collect();
        let all = predecessors.len();
        predecessors.sort_unstable();
        predecessors.dedup();
        all - predecessors.len()
    }

    /// Checks that everything has been delivered, nothing is overdue, and every series is a chain.
    pub fn check_final_state(&mut self, store: &Memory, now: Timestamp) {
        let result = self
            .check_deliveries()
            .and_then(|()| self.check_series())
            .and_then(|()| self.check_schedule(store, now))
            .and_then(|()| self.check_responses(store));
        self.record_result(now, result);
    }

    fn check_deliveries(&self) -> Result<(), String> {
        for tracked in self.entries.values() {
            ensure(tracked.is_delivered(), || format!("never delivered: {:?}", tracked.entry.action))?;
        }
        for ((id, what), count) in &self.notifications {
            let exact = !EXACTLY_ONCE.contains(what) || count.expected == count.delivered;
            ensure(exact, || {
                format!(
                    "token {}: \"{what}\" delivered {} times instead of {}",
                    short_id(*id),
                    count.delivered,
                    count.expected
                )
            })?;
        }
        Ok(())
    }

    fn check_series(&self) -> Result<(), String> {
        ensure(self.second_successors() == 0, || "a token with two successors".to_owned())?;
        for tracked in self.tokens.values() {
            let Some(renewed) = tracked.token.renewed else { continue };
            let back = self.tokens.get(&renewed.by).and_then(|successor| successor.token.renewed_from);
            ensure(back == Some(tracked.token.id), || {
                format!("token {}: the series is not a chain", short_id(tracked.token.id))
            })?;
        }
        Ok(())
    }

    fn check_schedule(&self, store: &Memory, now: Timestamp) -> Result<(), String> {
        let overdue = store.due_reports(now - SCHEDULE_TOLERANCE);
        ensure(overdue.is_empty(), || format!("reports of leaks wait: {overdue:?}"))?;
        for token in store.tokens() {
            let who = short_id(token.id);
            if let Some((at, due)) = due::next(token) {
                ensure(now < at + SCHEDULE_TOLERANCE, || format!("token {who}: {due:?} is due since {at}"))?;
            }
            let Some(renewal) = token.auto_renewal.as_ref().filter(|_| token.is_active(now)) else {
                continue;
            };
            let waits = renewal.pull && renewal.callback.is_none();
            if !waits && renewal.next_renewal_at + SCHEDULE_TOLERANCE < now {
                let request_token = token.pending.as_ref().map(|pending| pending.requested_at);
                let fresh =
                    request_token.is_some_and(|at| now < at + TimeDelta::hours(24) + SCHEDULE_TOLERANCE);
                ensure(fresh, || format!("token {who}: its renewal was skipped"))?;
            }
        }
        for mass in store.mass_renewals() {
            let is_done = mass.state == State::Done && mass.due_at.is_none();
            ensure(is_done, || format!("mass renewal {} has not ended: {:?}", mass.id, mass.state))?;
        }
        Ok(())
    }

    fn check_responses(&self, store: &Memory) -> Result<(), String> {
        for tracked in self.tokens.values() {
            let who = short_id(tracked.token.id);
            let stored = store.token(tracked.token.id).ok_or("a token disappeared")?;
            ensure(*stored == tracked.token, || format!("token {who}: changed without a write"))?;
            let kept = tracked.returned_string.is_none_or(|returned| returned == stored.hash);
            ensure(kept, || format!("token {who}: the returned string is not its own"))?;
            let ended = !tracked.deactivation_acknowledged || stored.deactivated_at.is_some();
            ensure(ended, || format!("token {who}: a deactivation was acknowledged, but not stored"))?;
        }
        Ok(())
    }
}
