//! Automatic renewal up to the redemption: request tokens, their windows and deliveries, and renewal without a callback.

use crate::Timestamp;
use crate::backoff::varied;
use crate::change::Change;
use crate::delivery::{Delivery, DeliveryReport, Failure, LastDelivery};
use crate::follow_up;
use crate::history::{Action, Actor, HistoryEntry, RenewalMethod};
use crate::lifecycle::{self, NewTokenString};
use crate::limits;
use crate::mail::Notice;
use crate::notices;
use crate::rules::Rules;
use crate::secret::{Sealed, SecretHash};
use crate::token::{PendingRenewal, RequestReason, Token};

/// A new request token as the record stores it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRequestToken {
    /// Its SHA-256.
    pub hash: SecretHash,
    /// The request token, sealed.
    pub sealed: Sealed,
}

impl NewRequestToken {
    /// The request token with its first delivery started.
    pub(crate) fn pending(self, attempt: u32, reason: RequestReason, now: Timestamp) -> PendingRenewal {
        PendingRenewal {
            attempt,
            hash: self.hash,
            sealed: Some(self.sealed),
            requested_at: now,
            tries: 1,
            next_try_at: Some(now + limits::TRY_LEASE),
            last_delivery: None,
            lapsed: false,
            reason,
        }
    }
}

/// Issues a request token and starts its first delivery. It invalidates the one before.
#[must_use]
pub fn issue(token: &Token, key: NewRequestToken, now: Timestamp) -> Change {
    let before = token.pending.as_ref();
    let attempt = before.map_or(0, |pending| pending.attempt) + 1;
    let hash = key.hash;
    let reason = match token.replacement() {
        Some(_) => RequestReason::Leaked,
        None => RequestReason::RenewalDue,
    };
    let mut next = token.changed(now);
    next.pending = Some(PendingRenewal {
        last_delivery: before.and_then(|pending| pending.last_delivery),
        ..key.pending(attempt, reason, now)
    });
    let action = Action::RenewalRequested { attempt, reason };
    let entry = HistoryEntry::about(&next, now, Actor::Schedule, action).of_request_token(hash);
    Change::replacing(token, next, Some(entry))
}

/// Starts the next delivery of the pending request token; `None` without one.
#[must_use]
pub fn take_up_try(token: &Token, now: Timestamp) -> Option<Change> {
    let mut next = token.next_version();
    let pending = next.pending.as_mut().filter(|pending| pending.is_live(now))?;
    pending.tries += 1;
    pending.next_try_at = Some(now + limits::TRY_LEASE);
    Some(Change::replacing(token, next, None))
}

/// Records the result of a delivery that was started as `tried` (the pending renewal at that time), and schedules the
/// next. `jitter` is a random byte. If the token has changed meanwhile (a receiver may redeem before it answers), only the
/// callback log is written.
#[must_use]
pub fn record_delivery(
    token: &Token,
    tried: &PendingRenewal,
    report: DeliveryReport,
    jitter: u8,
    now: Timestamp,
) -> Change {
    let current = token.in_delivery().filter(|pending| pending.hash == tried.hash && pending.is_live(now));
    let next_try_at = current.and_then(|pending| next_try(pending, tried.tries, report.outcome, jitter, now));
    let delivery = Delivery {
        at: report.at,
        attempt: tried.attempt,
        try_number: tried.tries,
        reason: tried.reason,
        duration_ms: report.duration_ms,
        outcome: report.outcome,
        last_try: next_try_at.is_none(),
    };
    let entry = HistoryEntry::about(token, now, Actor::Schedule, Action::CallbackTried(delivery));
    match current {
        Some(pending) => {
            let next = with_last_delivery(token, pending, report, tried.tries, next_try_at);
            Change::replacing(token, next, Some(entry))
        }
        None => Change::noting(entry),
    }
}

fn with_last_delivery(
    token: &Token,
    pending: &PendingRenewal,
    report: DeliveryReport,
    tries: u32,
    next_try_at: Option<Timestamp>,
) -> Token {
    let mut next = token.next_version();
    // An older try may have succeeded meanwhile, or report late: neither changes the schedule.
    let decides = pending.tries == tries && pending.next_try_at.is_some();
    let pending = PendingRenewal {
        last_delivery: Some(LastDelivery { success: report.outcome.is_ok(), at: report.at }),
        next_try_at: if decides || report.outcome.is_ok() { next_try_at } else { pending.next_try_at },
        ..pending.clone()
    };
    if token.renewed.is_some() {
        follow_up::keep_delivering(&mut next, pending);
    } else {
        next.pending = Some(pending);
    }
    next
}

/// When the delivery after the one with this number is due, if there is another.
fn next_try(
    pending: &PendingRenewal,
    tries: u32,
    outcome: Result<u16, Failure>,
    jitter: u8,
    now: Timestamp,
) -> Option<Timestamp> {
    const GONE: u16 = 410;
    let failure = outcome.err()?;
    if failure.status == Some(GONE) {
        return None;
    }
    let delay = limits::RETRY_DELAYS.get(usize::try_from(tries).ok()?.checked_sub(1)?)?;
    let delay = varied(*delay, jitter).max(failure.retry_after.unwrap_or_default());
    Some(now.checked_add_signed(delay)?).filter(|at| *at < pending.redeem_by())
}

/// Closes the window of a request token that was not redeemed.
#[must_use]
pub fn lapse(token: &Token, now: Timestamp) -> Option<Change> {
    let mut next = token.next_version();
    let pending = next.pending.as_mut().filter(|pending| !pending.lapsed && pending.redeem_by() <= now)?;
    pending.lapsed = true;
    pending.sealed = None;
    pending.next_try_at = None;
    let (attempt, next_callback_at) = (pending.attempt, pending.next_callback_at());
    let mut entry = HistoryEntry::about(&next, now, Actor::Schedule, Action::RenewalUnredeemed { attempt });
    if notices::mails_unredeemed(attempt) {
        entry = entry.mailing(token, Notice::Unredeemed { attempt, next_callback_at });
    }
    Some(Change::replacing(token, next, Some(entry)))
}

/// Renews a token that has no callback: creates the successor, and a mail says until when to copy it.
#[must_use]
pub fn by_schedule(token: &Token, fresh: NewTokenString, rules: &Rules, now: Timestamp) -> Change {
    let successor = lifecycle::successor(token, fresh, now);
    let old = lifecycle::succeeded(
        token,
        (successor.id, RenewalMethod::Schedule),
        now + rules.schedule_overlap,
        now,
    );
    let copy_until = old.expires_at.unwrap_or(now);
    let entry = HistoryEntry::about(&old, now, Actor::Schedule, Action::Renewed(RenewalMethod::Schedule))
        .mailing(token, Notice::RenewedBySchedule { copy_until });
    Change::succession(token, old, successor, entry)
}
