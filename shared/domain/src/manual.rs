//! Manual operations besides creation, edits and deactivation: renew, start the renewal, copy the token string, rotate the
//! signing secret.

use chrono::TimeDelta;

use crate::Timestamp;
use crate::change::Change;
use crate::fault::{FaultCode, Faults, Violation};
use crate::field::Field;
use crate::history::{Action, Actor, HistoryEntry, RenewalMethod};
use crate::leak::{Leak, LeakSource};
use crate::lifecycle::{self, NewTokenString};
use crate::limits;
use crate::mail::Notice;
use crate::refusal::Conflict;
use crate::rules::Rules;
use crate::secret::Sealed;
use crate::settings::{self, Description, Name};
use crate::token::{AutoRenewal, Token};

/// A requested manual renewal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RenewalDraft {
    /// `existingTokenExpiresAt`
    pub existing_token_expires_at: Option<String>,
    /// `name`
    pub name: Option<String>,
    /// `description`; the predecessor's if left out
    pub description: Option<String>,
}

/// A validated manual renewal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManualRenewal {
    end: Timestamp,
    name: Name,
    description: Option<Description>,
}

/// How far in the past "now" may be on arrival: clocks differ, and requests take time.
const NOW_TOLERANCE: TimeDelta = TimeDelta::seconds(60);

impl RenewalDraft {
    /// Applies the rules for the predecessor.
    pub fn parse(&self, token: &Token, now: Timestamp, mut faults: Faults) -> Result<ManualRenewal, Faults> {
        let mut found = Faults::default();
        let end = self.parse_end(token, now, &mut found);
        let name = match &self.name {
            Some(name) => found.take(Field::Name, name, Name::parse(name)),
            None => {
                found.add(Field::Name, Violation::required());
                None
            }
        };
        let description = self.description.as_ref();
        let description =
            description.and_then(|text| found.take(Field::Description, text, Description::parse(text)));
        faults.extend_new(found);
        match (end, name) {
            (Some(end), Some(name)) if faults.is_empty() => Ok(ManualRenewal { end, name, description }),
            _ => Err(faults),
        }
    }

    fn parse_end(&self, token: &Token, now: Timestamp, faults: &mut Faults) -> Option<Timestamp> {
        const FIELD: Field = Field::ExistingTokenExpiresAt;
        let Some(text) = &self.existing_token_expires_at else {
            faults.add(FIELD, Violation::required());
            return None;
        };
        let parsed = settings::parse_end(text).and_then(|end| {
            if end < now - NOW_TOLERANCE {
                Err(Violation::new(FaultCode::MustBeNowOrLater, "must be now or later"))
            } else if token.expires_at.is_some_and(|current| end > current) {
                let error = "must not be after the token's current expiry";
                Err(Violation::new(FaultCode::MustNotBeAfterExpiry, error))
            } else {
                Ok(end.max(now))
            }
        });
        faults.take(FIELD, text, parsed)
    }
}

/// Renews a token manually: the successor takes over auto renewal, the predecessor expires as requested.
pub fn renew(
    token: &Token,
    renewal: ManualRenewal,
    fresh: NewTokenString,
    rules: &Rules,
    actor: Actor,
    now: Timestamp,
) -> Result<Change, Conflict> {
    lifecycle::renewable(token, now)?;
    let mut successor = lifecycle::successor(token, fresh, now);
    successor.name = renewal.name;
    if let Some(description) = renewal.description {
        successor.description = description;
    }
    if !rules.copyable {
        successor.sealed = None;
    }
    let old = lifecycle::succeeded(token, (successor.id, RenewalMethod::Manual), renewal.end, now);
    let old_valid_until = old.expires_at.unwrap_or(now);
    let entry = HistoryEntry::about(&old, now, actor, Action::Renewed(RenewalMethod::Manual))
        .mailing(token, Notice::RenewedByHand { old_valid_until });
    Ok(Change::succession(token, old, successor, entry))
}

/// Makes the automatic renewal due now. `None` if a request token is pending and can be redeemed.
pub fn start_renewal(token: &Token, actor: Actor, now: Timestamp) -> Result<Option<Change>, Conflict> {
    startable(token, now)?;
    if has_live_request_token(token, now) {
        return Ok(None);
    }
    let after = started(token, now);
    let entry = HistoryEntry::about(&after, now, actor, Action::RenewalStarted);
    Ok(Some(Change::replacing(token, after, Some(entry))))
}

/// The same for a string that is suspected to have leaked: it never pulls again. `None` if that is known and a request token
/// can be redeemed.
pub fn suspect_leak(token: &Token, actor: Actor, now: Timestamp) -> Result<Option<Change>, Conflict> {
    let renewal = startable(token, now)?;
    if renewal.pull && renewal.callback.is_none() {
        // Its successor would reach nobody.
        return Err(Conflict::NoCallback);
    }
    let is_out = has_live_request_token(token, now);
    if token.leak.is_some() && is_out {
        return Ok(None);
    }
    let mut after = if is_out { token.changed(now) } else { started(token, now) };
    let suspicion =
        || Leak { reported_at: now, source: LeakSource::Suspicion, last_use: None, replacement: None };
    after.leak.get_or_insert_with(suspicion);
    let entry = HistoryEntry::about(&after, now, actor, Action::LeakSuspected);
    Ok(Some(Change::replacing(token, after, Some(entry))))
}

fn startable(token: &Token, now: Timestamp) -> Result<&AutoRenewal, Conflict> {
    lifecycle::renewable(token, now)?;
    token.auto_renewal.as_ref().ok_or(Conflict::NoAutoRenewal)
}

fn has_live_request_token(token: &Token, now: Timestamp) -> bool {
    token.pending.as_ref().is_some_and(|pending| pending.is_live(now))
}

fn started(token: &Token, now: Timestamp) -> Token {
    let mut after = token.changed(now);
    after.pending = None;
    if let Some(renewal) = &mut after.auto_renewal {
        renewal.next_renewal_at = now;
        renewal.unfetched_days = 0;
    }
    after
}

/// Records that the token string was copied. The token itself does not change.
#[must_use]
pub fn copied(token: &Token, actor: Actor, now: Timestamp) -> Change {
    let entry = HistoryEntry::about(token, now, actor, Action::Copied);
    Change { tokens: Vec::new(), replaced: Vec::new(), entry: Some(entry) }
}

/// Replaces the signing secret. Replaced ones still sign for 24 hours, or stop at once with `revoke_previous`, because
/// somebody else may know them.
pub fn rotate_secret(
    token: &Token,
    fresh: Sealed,
    revoke_previous: bool,
    actor: Actor,
    now: Timestamp,
) -> Result<Change, Conflict> {
    lifecycle::renewable(token, now)?;
    let mut after = token.changed(now);
    let callback = after.auto_renewal.as_mut().and_then(|renewal| renewal.callback.as_mut());
    let callback = callback.ok_or(Conflict::NoCallback)?;
    let before = std::mem::replace(&mut callback.secret, fresh);
    callback.previous.retain(|(_, until)| now < *until);
    callback.previous.insert(0, (before, now + limits::SECRET_ROTATION));
    callback.previous.truncate(limits::PREVIOUS_SECRETS);
    if revoke_previous {
        callback.previous.clear();
    }
    let entry = HistoryEntry::about(&after, now, actor, Action::SecretRotated);
    Ok(Change::replacing(token, after, Some(entry)))
}
