//! Automatic renewal up to the redemption: request tokens, their windows and tries, and renewal without a callback.

use crate::Timestamp;
use crate::effect::{Action, Actor, Change, HistoryEntry, Notice, RenewalMethod};
use crate::lifecycle::{self, NewTokenString};
use crate::limits;
use crate::notices;
use crate::rules::Rules;
use crate::secret::{Sealed, SecretHash};
use crate::token::{PendingRenewal, Token};

/// A new request token as the record keeps it, made at the edge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRequestToken {
    /// Its SHA-256.
    pub hash: SecretHash,
    /// The request token, sealed.
    pub sealed: Sealed,
}

/// Issues a request token and takes up its first try. The one before, if any, is dead from now on.
#[must_use]
pub fn issue(token: &Token, key: NewRequestToken, now: Timestamp) -> Change {
    let before = token.pending.as_ref();
    let attempt = before.map_or(0, |pending| pending.attempt) + 1;
    let hash = key.hash;
    let mut next = token.changed(now);
    next.pending = Some(PendingRenewal {
        attempt,
        hash,
        sealed: Some(key.sealed),
        requested_at: now,
        tries: 1,
        next_try_at: Some(now + limits::TRY_LEASE),
        last_delivery: before.and_then(|pending| pending.last_delivery),
        lapsed: false,
    });
    let entry = HistoryEntry::about(&next, now, Actor::Schedule, Action::RenewalRequested { attempt, hash });
    Change::replacing(token, next, Some(entry))
}

/// Takes up the next try of the request token that is out, or nothing if none is.
#[must_use]
pub fn take_up_try(token: &Token, now: Timestamp) -> Option<Change> {
    let mut next = token.next_version();
    let pending = next.pending.as_mut().filter(|pending| pending.is_live(now))?;
    pending.tries += 1;
    pending.next_try_at = Some(now + limits::TRY_LEASE);
    Some(Change::replacing(token, next, None))
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

/// Renews a token that has no callback: the successor is there at once, and a mail says until when to copy it.
#[must_use]
pub fn by_schedule(token: &Token, fresh: NewTokenString, rules: &Rules, now: Timestamp) -> Change {
    let successor = lifecycle::successor(token, fresh, now);
    let old = lifecycle::succeeded(token, successor.id, now + rules.schedule_overlap, now);
    let copy_until = old.expires_at.unwrap_or(now);
    let entry = HistoryEntry::about(&old, now, Actor::Schedule, Action::Renewed(RenewalMethod::Schedule))
        .mailing(token, Notice::RenewedBySchedule { copy_until });
    Change::succession(token, old, successor, entry)
}
