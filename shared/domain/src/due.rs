//! What the sweep has to do for a token, and when. The due index holds that time.

use crate::Timestamp;
use crate::follow_up;
use crate::notices;
use crate::pull;
use crate::token::{RequestReason, Status, Token};

/// A due step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Record the expiry.
    Expiry,
    /// Close the window of a request token.
    Lapse,
    /// Issue a request token.
    Issue,
    /// Create the successor, since there is no callback.
    Renew,
    /// Deliver the request token again.
    Try,
    /// Announce that a token that fetches its successor itself has not done so.
    Unfetched,
    /// Issue a request token for the successor, if it still needs one.
    FollowUp,
    /// Deliver that request token again.
    FollowUpTry,
    /// Look whether the successor of a leaked string has been used.
    LeakCheck,
    /// Announce the coming expiry.
    ExpiryNotice,
    /// Check whether the predecessor is still in use.
    OverlapNotice,
    /// Drop the sealed string.
    DropString,
}

/// The next due step and its time; `None` if nothing is due until the token is changed.
#[must_use]
pub fn next(token: &Token) -> Option<(Timestamp, Due)> {
    if token.deactivated_at.is_some() || token.noticed.expired {
        return None;
    }
    let expiry = token.expires_at.map(|end| (end, Due::Expiry));
    let notice = notices::next_expiry_notice(token).map(|(at, _)| (at, Due::ExpiryNotice));
    let overlap = notices::overlap_notice_at(token).map(|at| (at, Due::OverlapNotice));
    let string = token.sealed_until.map(|at| (at, Due::DropString));
    let check = token.replacement().and_then(|replacement| replacement.next_check);
    let check = check.filter(|_| token.renewed.is_some()).map(|at| (at, Due::LeakCheck));
    let steps = [expiry, notice, overlap, string, next_of_renewal(token), follow_up::next(token), check];
    steps.into_iter().flatten().min_by_key(|(at, _)| *at)
}

/// The step that is due now. However late the sweep runs, an expiry supersedes every other step, and a closed window ends
/// its deliveries.
#[must_use]
pub fn now(token: &Token, now: Timestamp) -> Option<Due> {
    let (at, due) = next(token)?;
    if now < at {
        None
    } else if token.status(now) == Status::Expired {
        Some(Due::Expiry)
    } else if due == Due::Try && token.pending.as_ref().is_some_and(|pending| pending.redeem_by() <= now) {
        Some(Due::Lapse)
    } else {
        Some(due)
    }
}

fn next_of_renewal(token: &Token) -> Option<(Timestamp, Due)> {
    let renewal = token.auto_renewal.as_ref().filter(|_| token.renewed.is_none())?;
    let at_once = token.leak.as_ref().filter(|leak| leak.replacement.is_some()).map(|leak| leak.reported_at);
    match &token.pending {
        None if renewal.callback.is_none() && renewal.pull => {
            Some((pull::next_notice(renewal), Due::Unfetched))
        }
        None if renewal.callback.is_none() => Some((renewal.next_renewal_at, Due::Renew)),
        None => Some((at_once.unwrap_or(renewal.next_renewal_at), Due::Issue)),
        Some(pending) if at_once.is_some() && pending.reason != RequestReason::Leaked => {
            at_once.map(|at| (at, Due::Issue))
        }
        Some(pending) if pending.lapsed => Some((pending.next_callback_at(), Due::Issue)),
        Some(pending) => {
            let end = match pending.reason {
                RequestReason::Leaked => (pending.next_callback_at(), Due::Issue),
                RequestReason::RenewalDue | RequestReason::SuccessorUnused => {
                    (pending.redeem_by(), Due::Lapse)
                }
            };
            Some(match pending.next_try_at {
                Some(at) if at < end.0 => (at, Due::Try),
                _ => end,
            })
        }
    }
}
