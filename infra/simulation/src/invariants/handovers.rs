//! Invariants of handovers: who gets a successor's string again, and from which addresses it was asked for.

use std::net::IpAddr;

use chrono::TimeDelta;
use keyturn_domain::Timestamp;
use keyturn_domain::history::{HistoryEntry, RenewalMethod};
use keyturn_domain::ids::TokenId;
use keyturn_domain::token::Token;

use super::{InvariantChecker, TrackedToken, ensure, short_id};
use crate::memory::Memory;

/// When a successor that was never used is offered again after its redemption, and until when that offer must have come. The
/// contract's times, repeated here on purpose.
const OFFERS: [(TimeDelta, TimeDelta); 2] =
    [(TimeDelta::hours(2), TimeDelta::hours(20)), (TimeDelta::hours(20), TimeDelta::hours(24))];

/// How long a request token can be redeemed, likewise.
const WINDOW: TimeDelta = TimeDelta::hours(2);

/// Within this time without a failure, the schedule takes up what is due: its wait after a failure and the longest outage of
/// the store are shorter.
const UNDISTURBED: TimeDelta = TimeDelta::minutes(20);

/// The most addresses that are kept, likewise.
const MOST_ADDRESSES: usize = 8;

impl InvariantChecker {
    /// The schedule does not run in this time.
    pub fn schedule_is_out(&mut self, from: Timestamp, until: Timestamp) {
        self.schedule_outages.push((from, until));
    }

    /// A step of a token failed.
    pub fn step_failed(&mut self, id: TokenId, now: Timestamp) {
        if let Some(tracked) = self.tokens.get_mut(&id) {
            tracked.failures.push(now);
        }
    }

    /// Checks at the end of a predecessor that its receiver was offered the successor's string as often as the contract says.
    /// Nobody may have changed the successor, and the schedule must have had the time.
    pub(super) fn check_offers(&self, store: &Memory, old: &Token) -> Result<(), String> {
        let Some(tracked) = self.tokens.get(&old.id) else { return Ok(()) };
        let (Some(method), Some(renewed), Some(end)) = (tracked.handed_over_by, old.renewed, old.expires_at)
        else {
            return Ok(());
        };
        let Some(new) = self.tokens.get(&renewed.by).map(|tracked| &tracked.token) else { return Ok(()) };
        let is_untouched = new.changed_at == new.created_at && new.renewed.is_none();
        if !is_untouched || !new.is_active(end) || new.callback().is_none() {
            return Ok(());
        }
        let was_offered = |from: Timestamp| {
            let mut issued = tracked.request_tokens.iter().filter_map(|hash| self.request_tokens.get(hash));
            issued.any(|request_token| request_token.issued_at >= from && !request_token.cancelled)
        };
        let who = short_id(old.id);
        if method == RenewalMethod::Pull && self.had_a_chance(tracked, renewed.at, end) {
            let what = "no request token went out beside a pull";
            ensure(was_offered(renewed.at - WINDOW), || format!("token {who}: {what}"))?;
        }
        let was_used = store.credential(new.id).is_none_or(|credential| credential.last_used_at.is_some());
        if method != RenewalMethod::Redemption || was_used {
            return Ok(());
        }
        for (delay, until) in OFFERS {
            let (due, until) = (renewed.at + delay, end.min(renewed.at + until));
            if self.had_a_chance(tracked, due, until) {
                let what = "its successor was not handed over again";
                ensure(was_offered(due), || format!("token {who}: {what} {} h later", delay.num_hours()))?;
            }
        }
        Ok(())
    }

    /// Whether the schedule was undisturbed for long enough at the begin or at the end of this time.
    pub(super) fn had_a_chance(&self, tracked: &TrackedToken, from: Timestamp, until: Timestamp) -> bool {
        let is_undisturbed = |begin: Timestamp| {
            let end = begin + UNDISTURBED;
            from <= begin
                && end <= until
                && !self.schedule_outages.iter().any(|(out, back)| *out < end && begin < *back)
                && !tracked.failures.iter().any(|failure| (begin..end).contains(failure))
        };
        is_undisturbed(from) || is_undisturbed(until - UNDISTURBED)
    }

    /// Addresses are only added, each is told of once, and none is kept beyond the overlap.
    pub(super) fn check_addresses(
        &mut self,
        before: &Token,
        after: &Token,
        entry: Option<&HistoryEntry>,
    ) -> Result<(), String> {
        let (had, has) = (&before.handover_addresses, &after.handover_addresses);
        let who = short_id(after.id);
        if after.deactivated_at.is_some() || after.noticed.expired {
            return ensure(has.is_empty(), || format!("token {who}: addresses are kept beyond the overlap"));
        }
        let is_added = has.starts_with(had) && has.len() <= MOST_ADDRESSES;
        ensure(is_added, || format!("token {who}: its addresses are {has:?} after {had:?}"))?;
        let other = has.get(had.len());
        let expected = had.first().copied().zip(other.copied());
        let told = entry.and_then(|entry| entry.addresses).map(|two| (two.first, two.other));
        ensure(told == expected, || format!("token {who}: told of {told:?} instead of {expected:?}"))?;
        if expected.is_some() {
            self.count("successors handed over to another address");
            if after.mail_recipient.is_some() {
                self.expect_notification(after.id, "mail: two addresses");
            }
        }
        Ok(())
    }

    /// Whoever got a successor's string is known by address.
    pub(super) fn check_noted(&self, id: TokenId, address: Option<IpAddr>) -> Result<(), String> {
        let Some((tracked, address)) = self.tokens.get(&id).zip(address) else { return Ok(()) };
        let Token { handover_addresses, deactivated_at, noticed, .. } = &tracked.token;
        let is_noted = handover_addresses.len() == MOST_ADDRESSES || handover_addresses.contains(&address);
        let has_ended = deactivated_at.is_some() || noticed.expired;
        ensure(is_noted || has_ended, || format!("token {}: {address} got it unnoticed", short_id(id)))
    }
}
