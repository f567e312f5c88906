//! Redemption: a request token is exchanged for the successor's token string, once, and repeatably inside its window.

use crate::Timestamp;
use crate::change::Change;
use crate::follow_up;
use crate::history::{Action, Handover, HistoryEntry, RenewalMethod};
use crate::ids::TokenId;
use crate::lifecycle::{self, NewTokenString};
use crate::limits;
use crate::mail::Notice;
use crate::refusal::InvalidReason;
use crate::rules::Rules;
use crate::secret::SecretHash;
use crate::source::{self, Requester};
use crate::token::{Redeemed, Token};

/// The outcome of presenting a request token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedemptionOutcome {
    /// A successor is created.
    NewSuccessor,
    /// It has been redeemed: the same successor's string is returned again.
    SameSuccessor(TokenId),
    /// It belongs to a test callback: the token's own string is returned.
    OwnString,
    /// It is no longer valid.
    Nothing(InvalidReason),
    /// The record doesn't know it: an earlier one, or one that was never issued.
    Unknown,
}

/// Evaluates a request token against the predecessor's record.
#[must_use]
pub fn evaluate(token: &Token, hash: &SecretHash, now: Timestamp) -> RedemptionOutcome {
    if let Some(pending) = token.pending.as_ref().filter(|pending| pending.hash == *hash) {
        if !pending.is_live(now) {
            RedemptionOutcome::Nothing(InvalidReason::WindowClosed(pending.redeem_by()))
        } else if token.is_active(now) {
            RedemptionOutcome::NewSuccessor
        } else {
            RedemptionOutcome::Nothing(InvalidReason::TokenEnded)
        }
    } else if let Some(redeemed) = token.redeemed_before().find(|redeemed| redeemed.hash == *hash) {
        match token.renewed {
            _ if redeemed.redeem_by <= now => {
                RedemptionOutcome::Nothing(InvalidReason::WindowClosed(redeemed.redeem_by))
            }
            Some(renewed) if token.is_active(now) => RedemptionOutcome::SameSuccessor(renewed.by),
            _ => RedemptionOutcome::Nothing(InvalidReason::TokenEnded),
        }
    } else if let Some(key) = token.test_request_token.as_ref().filter(|key| key.hash == *hash) {
        if key.redeem_by <= now {
            RedemptionOutcome::Nothing(InvalidReason::WindowClosed(key.redeem_by))
        } else if token.is_active(now) {
            RedemptionOutcome::OwnString
        } else {
            RedemptionOutcome::Nothing(InvalidReason::TokenEnded)
        }
    } else {
        RedemptionOutcome::Unknown
    }
}

/// Redeems the pending request token. Call it only if [`evaluate`] found [`RedemptionOutcome::NewSuccessor`].
#[must_use]
pub fn redeem(
    token: &Token,
    fresh: NewTokenString,
    rules: &Rules,
    by: impl Into<Requester>,
    now: Timestamp,
) -> Option<Change> {
    let by = by.into();
    let pending = token.pending.as_ref()?;
    let mut successor = lifecycle::successor(token, fresh, now);
    let end = now + limits::OVERLAP;
    #[cfg(feature = "mutations")]
    let end = if crate::mutations::Mutation::OverlapFromIssue.is_enabled() {
        pending.requested_at + limits::OVERLAP
    } else {
        end
    };
    let mut old = lifecycle::succeeded(token, (successor.id, RenewalMethod::Redemption), end, now);
    old.redeemed = Some(Redeemed { hash: pending.hash, redeem_by: pending.redeem_by() });
    old.follow_up = follow_up::after_redemption(token, pending.attempt, now);
    old.handover_addresses.extend(by.address);
    successor.sealed_until = (!rules.copyable).then(|| follow_up::last_handover(&old, now));
    let old_valid_until = old.expires_at.unwrap_or(now);
    let entry = HistoryEntry::about(&old, now, by.actor, Action::Renewed(RenewalMethod::Redemption))
        .mailing(token, Notice::RenewedByRedemption { old_valid_until });
    Some(Change::succession(token, old, successor, entry))
}

/// Records that the string of a successor that exists already was handed over. The record changes only for an address that is
/// new to it, so that any number of repeats at once do not conflict.
#[must_use]
pub fn handed_over(
    token: &Token,
    successor: TokenId,
    (how, repeat): (Handover, bool),
    by: impl Into<Requester>,
    now: Timestamp,
) -> Change {
    let by = by.into();
    let noted = source::note(token, by.address, how == Handover::Pull);
    let addresses = noted.as_ref().and_then(|noted| noted.two);
    let action = Action::HandedOver { how, repeat, elsewhere: addresses.is_some() };
    let mut entry = HistoryEntry::about(token, now, by.actor, action);
    if let Some(two) = addresses {
        entry = entry.mailing(token, Notice::TwoAddresses(two));
    }
    let entry = HistoryEntry { successor: Some(successor), addresses, ..entry };
    match noted {
        Some(noted) => Change::replacing(token, noted.token, Some(entry)),
        None => Change::noting(entry),
    }
}

/// Notes that the request token of a test callback was redeemed, for the token's own string.
#[must_use]
pub fn test_redeemed(
    token: &Token,
    hash: SecretHash,
    repeat: bool,
    by: impl Into<Requester>,
    now: Timestamp,
) -> Change {
    let action = Action::HandedOver { how: Handover::Test, repeat, elsewhere: false };
    Change::noting(HistoryEntry::about(token, now, by.into().actor, action).of_request_token(hash))
}
