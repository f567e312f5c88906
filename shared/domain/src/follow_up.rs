//! After a renewal: request tokens for a successor that exists, sent to its callback.
//!
//! An answer may be lost whatever its status says, so a successor that was handed over and never used counts as lost. Its
//! receiver gets a fresh request token when the first is dead, and once more before the overlap ends. A pull must not take
//! the renewal away from the receiver either: if no request token is out, one goes out.

use crate::Timestamp;
use crate::change::Change;
use crate::credential::Credential;
use crate::due::Due;
use crate::history::{Action, Actor, HistoryEntry};
use crate::limits;
use crate::renewal::NewRequestToken;
use crate::token::{FollowUp, NextRequest, PendingRenewal, Redeemed, RequestReason, Token};

/// A successor as it is when a request token may go out for it.
#[derive(Clone, Copy, Debug)]
pub struct SuccessorNow<'a> {
    /// Its record.
    pub token: Option<&'a Token>,
    /// Its credential, which says whether it was ever used.
    pub credential: Option<&'a Credential>,
}

impl SuccessorNow<'_> {
    fn was_used(self) -> bool {
        self.credential.is_some_and(|credential| credential.last_used_at.is_some())
    }

    /// Whether its receiver still needs a request token: none without a callback, nor for a successor that has ended or been
    /// renewed.
    fn needs_request(self, reason: RequestReason, now: Timestamp) -> bool {
        let reachable = self.token.is_some_and(|token| {
            token.is_active(now) && token.renewed.is_none() && token.callback().is_some()
        });
        reachable && (reason == RequestReason::RenewalDue || !self.was_used())
    }
}

/// What a predecessor does once its request token was redeemed.
pub(crate) fn after_redemption(token: &Token, attempts: u32, now: Timestamp) -> Option<FollowUp> {
    let next = token.callback().and_then(|_| next_request(token, now, now));
    let receiver = next.and_then(|_| token.receiver());
    FollowUp { pull: token.pulls(), attempts, next, pending: None, receiver }.unless_over()
}

/// The same once it pulled its successor. A request token that is out stays good, and its deliveries continue.
pub(crate) fn after_pull(token: &Token, live: Option<PendingRenewal>, now: Timestamp) -> Option<FollowUp> {
    let attempts = token.pending.as_ref().map_or(0, |pending| pending.attempt);
    let next = match (token.callback(), &live) {
        (None, _) => None,
        (Some(_), Some(_)) => next_check(now, now),
        (Some(_), None) => Some(NextRequest { at: now, reason: RequestReason::RenewalDue }),
    };
    let pending = live.filter(|pending| pending.next_try_at.is_some());
    FollowUp { pull: true, attempts, next, pending, receiver: token.receiver() }.unless_over()
}

/// The request token after this moment: while a leaked string is replaced, soon; else at the next check.
fn next_request(token: &Token, renewed_at: Timestamp, after: Timestamp) -> Option<NextRequest> {
    match token.replacement() {
        Some(_) => Some(NextRequest { at: after + limits::LEAK_INTERVAL, reason: RequestReason::Leaked }),
        None => next_check(renewed_at, after),
    }
}

/// The check after this moment whether the successor was used.
fn next_check(renewed_at: Timestamp, after: Timestamp) -> Option<NextRequest> {
    let checks = limits::UNUSED_CHECKS.map(|delay| renewed_at + delay);
    #[cfg(feature = "mutations")]
    let checks = crate::mutations::checks(checks);
    checks
        .into_iter()
        .find(|at| *at > after)
        .map(|at| NextRequest { at, reason: RequestReason::SuccessorUnused })
}

impl FollowUp {
    /// The same, unless nothing is left to do.
    pub(crate) fn unless_over(self) -> Option<Self> {
        (self.pull || self.next.is_some() || self.pending.is_some()).then_some(self)
    }
}

/// Until when the successor's string may have to be handed over again: the end of the predecessor if it pulls, or of the
/// last request token that may go out.
pub(crate) fn last_handover(old: &Token, now: Timestamp) -> Timestamp {
    let last_window = limits::UNUSED_CHECKS.into_iter().max().unwrap_or_default() + limits::REDEMPTION_WINDOW;
    let end = old.expires_at.unwrap_or(now + limits::OVERLAP);
    if old.follow_up.as_ref().is_some_and(|follow_up| follow_up.pull) {
        end
    } else {
        end.min(now + last_window)
    }
}

/// When something is to be done for the successor next.
pub(crate) fn next(token: &Token) -> Option<(Timestamp, Due)> {
    let follow_up = token.follow_up.as_ref()?;
    let request = follow_up.next.map(|next| (next.at, Due::FollowUp));
    let pending = follow_up.pending.as_ref();
    let delivery = pending.and_then(|pending| pending.next_try_at).map(|at| (at, Due::FollowUpTry));
    request.into_iter().chain(delivery).min_by_key(|(at, _)| *at)
}

/// Whether the look at the successor that is due next is the first after its renewal: the window of the request token that
/// was redeemed has ended by then.
#[must_use]
pub fn ends_window(token: &Token) -> bool {
    let next = token.follow_up.as_ref().and_then(|follow_up| follow_up.next);
    next.zip(token.renewed).is_some_and(|(next, renewed)| next.at == renewed.at + limits::UNUSED_CHECKS[0])
}

/// Whether the request token that may go out now does.
#[must_use]
pub fn needs_request(token: &Token, successor: SuccessorNow<'_>, now: Timestamp) -> bool {
    let next = token.follow_up.as_ref().and_then(|follow_up| follow_up.next);
    next.is_some_and(|next| successor.needs_request(next.reason, now))
}

/// Issues a request token that redeems to the successor, and starts its first delivery. It invalidates the one before.
#[must_use]
pub fn issue(
    token: &Token,
    successor: SuccessorNow<'_>,
    key: NewRequestToken,
    now: Timestamp,
) -> Option<Change> {
    let (before, renewed) = token.follow_up.as_ref().zip(token.renewed)?;
    let reason = before.next?.reason;
    let (attempt, hash) = (before.attempts + 1, key.hash);
    let pending = key.pending(attempt, reason, now);
    let redeem_by = redeem_by(token, successor, &pending);
    let after = next_request(token, renewed.at, now);
    let mut next = token.changed(now);
    let replaced = next.redeemed.replace(Redeemed { hash, redeem_by });
    if let Some(replacement) = next.replacement_mut() {
        replacement.repeatable.retain(|redeemed| now < redeemed.redeem_by);
        replacement.repeatable.extend(replaced.filter(|redeemed| now < redeemed.redeem_by));
    }
    next.follow_up = Some(FollowUp {
        attempts: attempt,
        // Not while this one can be redeemed, which a late sweep or a pull may have shifted.
        next: after.map(|next| match next.reason {
            RequestReason::Leaked => next,
            _ => NextRequest { at: next.at.max(pending.redeem_by()), ..next },
        }),
        pending: Some(pending),
        pull: before.pull,
        receiver: successor.token.and_then(Token::receiver),
    });
    let action = Action::RenewalRequested { attempt, reason };
    let mut entry = HistoryEntry::about(&next, now, Actor::Schedule, action).of_request_token(hash);
    entry.successor = Some(renewed.by);
    Some(Change::replacing(token, next, Some(entry)))
}

/// Until when the request token can be redeemed: two hours, and at most while both tokens are valid and the string is kept.
fn redeem_by(token: &Token, successor: SuccessorNow<'_>, pending: &PendingRenewal) -> Timestamp {
    let successor = successor.token;
    let ends = [
        token.expires_at,
        successor.and_then(|new| new.expires_at),
        successor.and_then(|new| new.sealed_until),
    ];
    ends.into_iter().flatten().fold(pending.redeem_by(), Timestamp::min)
}

/// Passes over a request token that the successor does not need. A successor that was used needs no further one.
#[must_use]
pub fn skip(token: &Token, successor: SuccessorNow<'_>, now: Timestamp) -> Option<Change> {
    let renewed = token.renewed?;
    let mut next = token.next_version();
    let mut follow_up = next.follow_up.take()?;
    follow_up.next = if successor.was_used() { None } else { next_request(token, renewed.at, now) };
    next.follow_up = follow_up.unless_over();
    Some(Change::replacing(token, next, None))
}

/// Starts the next delivery of the request token, or ends its deliveries if the successor does not need it any more.
#[must_use]
pub fn take_up_try(token: &Token, successor: SuccessorNow<'_>, now: Timestamp) -> Option<Change> {
    let mut next = token.next_version();
    let mut follow_up = next.follow_up.take()?;
    let mut pending = follow_up.pending.take()?;
    if pending.is_live(now) && successor.needs_request(pending.reason, now) {
        pending.tries += 1;
        pending.next_try_at = Some(now + limits::TRY_LEASE);
        follow_up.pending = Some(pending);
    }
    next.follow_up = follow_up.unless_over();
    Some(Change::replacing(token, next, None))
}

/// Notes how the delivery of a request token stands. After the last one, nothing of it is kept but its hash.
pub(crate) fn keep_delivering(token: &mut Token, pending: PendingRenewal) {
    let Some(mut follow_up) = token.follow_up.take() else { return };
    follow_up.pending = Some(pending).filter(|pending| pending.next_try_at.is_some());
    token.follow_up = follow_up.unless_over();
}
