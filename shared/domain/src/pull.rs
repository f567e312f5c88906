//! Renewal by pull, for clients that cannot be called: from the due moment on, the token fetches its own successor.

use chrono::TimeDelta;

use crate::Timestamp;
use crate::change::Change;
use crate::credential::Credential;
use crate::follow_up;
use crate::history::{Action, Actor, HistoryEntry, RenewalMethod};
use crate::ids::TokenId;
use crate::lifecycle::{self, NewTokenString};
use crate::limits;
use crate::mail::Notice;
use crate::notices;
use crate::refusal::{Conflict, Refusal};
use crate::rules::Rules;
use crate::source::Requester;
use crate::token::{AutoRenewal, Redeemed, Token};

/// The outcome of a pull.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PullOutcome {
    /// A successor is created.
    NewSuccessor,
    /// There is one: its string is returned again.
    SameSuccessor(TokenId),
}

/// Evaluates a pull against the record of the token that asks.
pub fn evaluate(token: &Token, now: Timestamp) -> Result<PullOutcome, Refusal> {
    Credential::of(token).check(now).map_err(Refusal::Ended)?;
    if is_barred(token) {
        return Err(Refusal::Conflict(Conflict::Leaked));
    }
    if let Some(renewed) = token.renewed {
        let pulls = token.follow_up.as_ref().is_some_and(|follow_up| follow_up.pull);
        #[cfg(feature = "mutations")]
        if pulls && crate::mutations::Mutation::SecondSuccessorByPull.is_enabled() {
            return Ok(PullOutcome::NewSuccessor);
        }
        let refused = Refusal::Conflict(Conflict::AlreadyRenewed);
        return pulls.then_some(PullOutcome::SameSuccessor(renewed.by)).ok_or(refused);
    }
    let conflict = match &token.auto_renewal {
        None => Conflict::NoAutoRenewal,
        Some(renewal) if !renewal.pull => Conflict::NoPull,
        Some(renewal) if now < renewal.next_renewal_at => {
            let at = renewal.next_renewal_at;
            Conflict::RenewalNotDue { at, wait: at - now }
        }
        Some(_) => return Ok(PullOutcome::NewSuccessor),
    };
    Err(Refusal::Conflict(conflict))
}

/// Whether somebody else may hold the token's string, for whom a pull must not get the next one.
fn is_barred(token: &Token) -> bool {
    #[cfg(feature = "mutations")]
    if crate::mutations::Mutation::PullByLeakedString.is_enabled() {
        return false;
    }
    token.leak.is_some()
}

/// Creates the successor. Call it only if [`evaluate`] found [`PullOutcome::NewSuccessor`]. A request token that is out
/// redeems to the same successor until its window closes.
#[must_use]
pub fn pull(
    token: &Token,
    fresh: NewTokenString,
    rules: &Rules,
    by: impl Into<Requester>,
    now: Timestamp,
) -> Change {
    let by = by.into();
    let live = token.pending.clone().filter(|pending| pending.is_live(now));
    let mut successor = lifecycle::successor(token, fresh, now);
    let mut old =
        lifecycle::succeeded(token, (successor.id, RenewalMethod::Pull), now + limits::OVERLAP, now);
    old.redeemed =
        live.as_ref().map(|pending| Redeemed { hash: pending.hash, redeem_by: pending.redeem_by() });
    old.follow_up = follow_up::after_pull(token, live, now);
    old.pulled = true;
    old.handover_addresses.extend(by.address);
    successor.sealed_until = (!rules.copyable).then(|| follow_up::last_handover(&old, now));
    let old_valid_until = old.expires_at.unwrap_or(now);
    let entry = HistoryEntry::about(&old, now, by.actor, Action::Renewed(RenewalMethod::Pull))
        .mailing(token, Notice::RenewedByPull { old_valid_until });
    Change::succession(token, old, successor, entry)
}

/// When a missing pull is announced next.
pub(crate) fn next_notice(renewal: &AutoRenewal) -> Timestamp {
    renewal.next_renewal_at + TimeDelta::days(notices::next_mailed(renewal.unfetched_days).into())
}

/// Announces that the successor has not been fetched, in days since it was due. A late sweep makes one announcement for the
/// days that it missed.
#[must_use]
pub fn announce_unfetched(token: &Token, now: Timestamp) -> Option<Change> {
    let mut next = token.next_version();
    let renewal = next.auto_renewal.as_mut().filter(|renewal| next_notice(renewal) <= now)?;
    let days = u32::try_from((now - renewal.next_renewal_at).num_days()).unwrap_or(u32::MAX);
    renewal.unfetched_days = days;
    let entry = HistoryEntry::about(&next, now, Actor::Schedule, Action::RenewalUnfetched { days })
        .mailing(token, Notice::Unfetched { days });
    Some(Change::replacing(token, next, Some(entry)))
}
