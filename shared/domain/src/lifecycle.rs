//! The lifecycle of a token: create, renew, deactivate, expire.

use chrono::TimeDelta;

use crate::Timestamp;
use crate::change::Change;
use crate::draft::Settings;
use crate::history::{Action, Actor, HistoryEntry, RenewalMethod};
use crate::ids::{CompanyId, TokenId};
use crate::limits;
use crate::mail::Notice;
use crate::owner::Owner;
use crate::refusal::Conflict;
use crate::rules::Rules;
use crate::secret::{Sealed, SecretHash};
use crate::token::{AutoRenewal, Callback, Noticed, Renewed, Status, Token};

/// A new token string as the record stores it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTokenString {
    /// The id inside the string.
    pub id: TokenId,
    /// Its SHA-256.
    pub hash: SecretHash,
    /// The string, sealed.
    pub sealed: Sealed,
}

/// Creates the first token of a series. `signing_secret` is a new one, sealed; required if a callback is set.
#[must_use]
pub fn create(
    company: CompanyId,
    settings: Settings,
    new: NewTokenString,
    signing_secret: Option<Sealed>,
    rules: &Rules,
    actor: Actor,
    now: Timestamp,
) -> Change {
    let auto_renewal = settings.auto_renewal.map(|chosen| AutoRenewal {
        every_days: chosen.every_days,
        next_renewal_at: now + TimeDelta::days(chosen.every_days.into()),
        callback: chosen.callback.zip(signing_secret).map(|(url, secret)| Callback {
            url,
            secret,
            previous: Vec::new(),
        }),
        pull: chosen.pull,
        unfetched_days: 0,
    });
    let token = Token {
        id: new.id,
        company,
        series: new.id,
        name: settings.name,
        description: settings.description,
        rights: settings.rights,
        applications: settings.applications,
        hash: new.hash,
        sealed: rules.copyable.then_some(new.sealed),
        sealed_until: None,
        created_at: now,
        changed_at: now,
        expires_at: settings.expires_at,
        deactivated_at: None,
        auto_renewal,
        mail_recipient: settings.mail_recipient,
        owner: Owner::of_new_token(&actor),
        pending: None,
        redeemed: None,
        follow_up: None,
        handover_addresses: Vec::new(),
        pulled: false,
        leak: None,
        test_request_token: None,
        renewed_from: None,
        renewed: None,
        renewed_how: None,
        mass_renewal: None,
        noticed: Noticed::default(),
        version: 1,
    };
    let entry = HistoryEntry::about(&token, now, actor, Action::Created);
    Change { tokens: vec![token], replaced: Vec::new(), entry: Some(entry) }
}

/// The successor of a token. Every field is named, so that a new one is inherited or not on purpose.
pub(crate) fn successor(predecessor: &Token, new: NewTokenString, now: Timestamp) -> Token {
    let Token {
        id: renewed_from,
        company,
        series,
        name,
        description,
        rights,
        applications,
        auto_renewal,
        mail_recipient,
        owner,
        hash: _,
        sealed: _,
        sealed_until: _,
        created_at: _,
        changed_at: _,
        expires_at: _,
        deactivated_at: _,
        pending: _,
        redeemed: _,
        follow_up: _,
        handover_addresses: _,
        pulled: _,
        leak: _,
        test_request_token: _,
        renewed_from: _,
        renewed: _,
        renewed_how: _,
        mass_renewal: _,
        noticed: _,
        version: _,
    } = predecessor;
    let auto_renewal = auto_renewal.as_ref().map(|renewal| {
        let AutoRenewal { every_days, next_renewal_at: _, callback, pull, unfetched_days: _ } = renewal;
        AutoRenewal {
            every_days: *every_days,
            next_renewal_at: now + TimeDelta::days((*every_days).into()),
            callback: callback.clone(),
            pull: *pull,
            unfetched_days: 0,
        }
    });
    Token {
        id: new.id,
        company: company.clone(),
        series: *series,
        name: name.clone(),
        description: description.clone(),
        rights: *rights,
        applications: applications.clone(),
        mail_recipient: mail_recipient.clone(),
        owner: owner.clone(),
        hash: new.hash,
        sealed: Some(new.sealed),
        sealed_until: None,
        created_at: now,
        changed_at: now,
        expires_at: predecessor.lifetime().map(|lifetime| now + lifetime),
        deactivated_at: None,
        auto_renewal,
        pending: None,
        redeemed: None,
        follow_up: None,
        handover_addresses: Vec::new(),
        pulled: false,
        leak: None,
        test_request_token: None,
        renewed_from: Some(*renewed_from),
        renewed: None,
        renewed_how: None,
        mass_renewal: None,
        noticed: Noticed::default(),
        version: 1,
    }
}

/// The predecessor once it has a successor: it no longer renews, and ends with the overlap or at its own expiry if sooner.
pub(crate) fn succeeded(
    predecessor: &Token,
    (by, how): (TokenId, RenewalMethod),
    end: Timestamp,
    now: Timestamp,
) -> Token {
    let mut old = predecessor.changed(now);
    old.pending = None;
    old.auto_renewal = None;
    old.renewed = Some(Renewed { by, at: now });
    old.renewed_how = Some(how);
    old.expires_at = Some(predecessor.expires_at.map_or(end, |sooner| sooner.min(end)));
    if let Some(replacement) = old.replacement_mut() {
        replacement.next_check = Some(now + limits::LEAK_CHECK);
    }
    old
}

/// Whether a token has not ended.
pub fn usable(token: &Token, now: Timestamp) -> Result<(), Conflict> {
    match token.status(now) {
        Status::Active => Ok(()),
        Status::Expired => Err(Conflict::Expired),
        Status::Deactivated => Err(Conflict::Deactivated),
    }
}

/// Whether a token can get a successor.
pub fn renewable(token: &Token, now: Timestamp) -> Result<(), Conflict> {
    match usable(token, now) {
        Ok(()) | Err(Conflict::Expired) if token.renewed.is_some() => Err(Conflict::AlreadyRenewed),
        outcome => outcome,
    }
}

/// Deactivates a token for good and invalidates a pending request token. `None` if it is deactivated already.
#[must_use]
pub fn deactivate(token: &Token, actor: Actor, now: Timestamp) -> Option<Change> {
    if token.deactivated_at.is_some() {
        return None;
    }
    let ended = deactivated(token, now);
    let entry = HistoryEntry::about(&ended, now, actor, Action::Deactivated);
    Some(Change::replacing(token, ended, Some(entry)))
}

/// The record of a token that is deactivated now.
pub(crate) fn deactivated(token: &Token, now: Timestamp) -> Token {
    let mut ended = token.changed(now);
    ended.deactivated_at = Some(now);
    ended.pending = None;
    ended.follow_up = None;
    ended.handover_addresses.clear();
    ended.end_replacement();
    #[cfg(feature = "mutations")]
    if crate::mutations::Mutation::RequestTokenKeptAtDeactivation.is_enabled() {
        ended.pending.clone_from(&token.pending);
    }
    ended.drop_temporary_string();
    ended
}

/// Records that a token has expired; its status follows from the clock alone.
#[must_use]
pub fn expire(token: &Token, end: Timestamp, now: Timestamp) -> Change {
    let mut ended = token.next_version();
    ended.noticed.expired = true;
    ended.pending = None;
    ended.follow_up = None;
    ended.handover_addresses.clear();
    ended.end_replacement();
    ended.drop_temporary_string();
    let mut entry = HistoryEntry::about(&ended, now, Actor::Schedule, Action::Expired)
        .mailing(token, Notice::Expired { at: end });
    entry.successor = token.renewed.map(|renewed| renewed.by);
    Change::replacing(token, ended, Some(entry))
}

/// Drops the sealed string of a token whose string can't be copied, once no redemption can return it any more.
#[must_use]
pub fn drop_string(token: &Token) -> Change {
    let mut after = token.next_version();
    after.drop_temporary_string();
    Change::replacing(token, after, None)
}
