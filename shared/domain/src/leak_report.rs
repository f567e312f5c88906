//! Reports of leaks, and how a leaked string is replaced.

use crate::Timestamp;
use crate::change::Change;
use crate::follow_up::SuccessorNow;
use crate::history::{Action, Actor, HistoryEntry};
use crate::ids::TokenId;
use crate::leak::{FoundAt, LastUse, Leak, LeakReaction, LeakSource, LeakedString, Replacement};
use crate::lifecycle;
use crate::limits;
use crate::mail::Notice;
use crate::rules::Rules;
use crate::secret::SecretHash;
use crate::token::{FollowUp, NextRequest, RequestReason, Token};

/// A report about one string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Who says so.
    pub source: LeakSource,
    /// Where it was found, if a verified report says so.
    pub found_at: Option<FoundAt>,
    /// When and from where the string was last used.
    pub last_use: Option<LastUse>,
}

/// The successor that counts as leaked with the token's string: it could have been pulled with it.
#[must_use]
pub fn implicated_by_string(token: &Token) -> Option<TokenId> {
    token.renewed.filter(|_| token.pulled).map(|renewed| renewed.by)
}

/// The successor that counts as leaked with this request token: it was redeemed from two addresses, one of which may be a
/// thief's.
#[must_use]
pub fn implicated_by_request_token(token: &Token, hash: &SecretHash, now: Timestamp) -> Option<TokenId> {
    let renewed = token.renewed.filter(|_| token.handover_addresses.len() > 1)?;
    is_repeatable(token, hash, now).then_some(renewed.by)
}

/// Whether this is a request token of the token that can still be exchanged, for whatever string.
#[must_use]
pub fn is_live_request_token(token: &Token, hash: &SecretHash, now: Timestamp) -> bool {
    let is_pending =
        token.pending.as_ref().is_some_and(|pending| pending.hash == *hash && pending.is_live(now));
    let test = token.test_request_token.as_ref();
    is_pending
        || is_repeatable(token, hash, now)
        || test.is_some_and(|key| key.hash == *hash && now < key.redeem_by)
}

fn is_repeatable(token: &Token, hash: &SecretHash, now: Timestamp) -> bool {
    token.redeemed_before().any(|redeemed| redeemed.hash == *hash && now < redeemed.redeem_by)
}

/// What follows a report of the token's string. `successor` is its successor, if it has one. `None` if nothing follows: it is
/// known already, or the token has ended.
#[must_use]
pub fn report_string(
    token: &Token,
    successor: Option<&Token>,
    report: Report,
    rules: &Rules,
    now: Timestamp,
) -> Option<Change> {
    let is_known = token.leak.as_ref().is_some_and(|leak| leak.source != LeakSource::Suspicion);
    if is_known || !token.is_active(now) {
        return None;
    }
    let reaction = rules.leaks.reaction_to(token, successor, now);
    let mut next = match reaction {
        LeakReaction::Deactivate => lifecycle::deactivated(token, now),
        LeakReaction::Renew | LeakReaction::Notify => token.changed(now),
    };
    let mut leak =
        Leak { reported_at: now, source: report.source, last_use: report.last_use, replacement: None };
    if reaction == LeakReaction::Renew {
        let deadline = now + rules.leaks.deadline;
        leak.replacement = Some(Replacement {
            agreed_expiry: token.expires_at,
            next_check: token.renewed.map(|_| now),
            repeatable: Vec::new(),
        });
        next.expires_at = Some(token.expires_at.map_or(deadline, |end| end.min(deadline)));
        request_at_once(&mut next, successor, now);
    }
    next.leak = Some(leak);
    // It never pulls again.
    let without_pull = next.follow_up.take().map(|follow_up| FollowUp { pull: false, ..follow_up });
    next.follow_up = without_pull.and_then(FollowUp::unless_over);
    let ends_at = next.expires_at.filter(|_| reaction == LeakReaction::Renew);
    let notice =
        Notice::Leaked { what: LeakedString::TokenString, reaction, ends_at, last_use: report.last_use };
    Some(changed(token, next, (LeakedString::TokenString, reaction), report, notice, rules, now))
}

/// Makes a request token go out: for the renewal, or to the receiver of a successor that is not leaked itself.
fn request_at_once(next: &mut Token, successor: Option<&Token>, now: Timestamp) {
    match successor {
        None => {
            if let Some(renewal) = &mut next.auto_renewal {
                renewal.next_renewal_at = renewal.next_renewal_at.min(now);
            }
        }
        // Its own receiver gets request tokens for the one after it.
        Some(new) if new.leak.is_some() => next.follow_up = None,
        Some(new) => {
            let request = NextRequest { at: now, reason: RequestReason::Leaked };
            let before = next.follow_up.take();
            next.follow_up = Some(FollowUp {
                pull: false,
                attempts: before.as_ref().map_or(0, |follow_up| follow_up.attempts),
                next: Some(request),
                pending: before.and_then(|follow_up| follow_up.pending),
                receiver: new.receiver(),
            });
        }
    }
}

/// What follows a report of one of the token's request tokens: it is dead, and the next goes out. `None` if it is dead
/// already.
#[must_use]
pub fn report_request_token(
    token: &Token,
    hash: &SecretHash,
    report: Report,
    rules: &Rules,
    now: Timestamp,
) -> Option<Change> {
    if !token.is_active(now) || !is_live_request_token(token, hash, now) {
        return None;
    }
    let mut next = token.changed(now);
    next.pending = next.pending.filter(|pending| pending.hash != *hash);
    next.test_request_token = next.test_request_token.filter(|key| key.hash != *hash);
    next.redeemed = next.redeemed.filter(|redeemed| redeemed.hash != *hash);
    if let Some(replacement) = next.replacement_mut() {
        replacement.repeatable.retain(|redeemed| redeemed.hash != *hash);
    }
    if is_repeatable(token, hash, now)
        && let Some(follow_up) = &mut next.follow_up
    {
        follow_up.pending = follow_up.pending.take().filter(|pending| pending.hash != *hash);
        follow_up.next = follow_up.next.map(|request| NextRequest { at: now, ..request });
    }
    let reaction = if next.auto_renewal.is_some() { LeakReaction::Renew } else { LeakReaction::Notify };
    let notice = Notice::Leaked { what: LeakedString::RequestToken, reaction, ends_at: None, last_use: None };
    Some(changed(token, next, (LeakedString::RequestToken, reaction), report, notice, rules, now))
}

fn changed(
    token: &Token,
    next: Token,
    (what, reaction): (LeakedString, LeakReaction),
    report: Report,
    notice: Notice,
    rules: &Rules,
    now: Timestamp,
) -> Change {
    let Report { source, found_at, last_use: _ } = report;
    let action = Action::Leaked { what, reaction, source, found_at };
    let security = rules.leaks.security_addresses.of(&token.company);
    let mut entry =
        HistoryEntry::about(&next, now, Actor::Schedule, action).alarming(token, security, notice);
    entry.successor = token.renewed.map(|renewed| renewed.by);
    Change::replacing(token, next, Some(entry))
}

/// Looks whether the successor of a token whose leaked string is being replaced has been used. If so, the string ends soon. If
/// the successor is leaked as well, the string ends with it, since a thief may be the one who uses it. A mere suspicion changes
/// nothing.
#[must_use]
pub fn check_successor(token: &Token, successor: SuccessorNow<'_>, now: Timestamp) -> Option<Change> {
    let mut next = token.next_version();
    let is_leaked = |leak: &Leak| leak.source != LeakSource::Suspicion;
    let leaked = successor.token.filter(|new| new.leak.as_ref().is_some_and(is_leaked));
    let used = successor.credential.and_then(|credential| credential.last_used_at);
    let end = match leaked {
        Some(new) => new.expires_at,
        None => used.map(|at| (at + limits::LEAK_GRACE).max(now)),
    };
    let is_over = leaked.is_none() && end.is_some();
    #[cfg(feature = "mutations")]
    let end = end.filter(|_| !crate::mutations::Mutation::LeakCheckForgotten.is_enabled());
    next.replacement_mut()?.next_check = (!is_over).then(|| now + limits::LEAK_CHECK);
    next.expires_at = token.expires_at.into_iter().chain(end).min();
    if is_over {
        next.follow_up = None;
    }
    Some(Change::replacing(token, next, None))
}
