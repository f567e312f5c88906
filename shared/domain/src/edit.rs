//! Edits: a merge patch (RFC 7386) of the editable fields.

use chrono::TimeDelta;

use crate::Timestamp;
use crate::change::Change;
use crate::draft::AutoRenewalSettings;
use crate::edited_field::EditedField;
use crate::fault::Faults;
use crate::field::Field;
use crate::history::{Action, Actor, HistoryEntry};
use crate::lifecycle;
use crate::mail::Notice;
use crate::owner::{Owner, OwnerChange};
use crate::refusal::Conflict;
use crate::requested_renewal::{Facts, RequestedCallback, RequestedRenewal};
use crate::rules::Rules;
use crate::secret::Sealed;
use crate::settings::{Description, MailAddress};
use crate::token::{AutoRenewal, Callback, Token};

/// A field of a patch: kept, removed by `null`, or set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// Not in the patch.
    #[default]
    Keep,
    /// `null`.
    Remove,
    /// A value.
    Set(T),
}

impl<T> Patch<T> {
    /// The field after the patch.
    const fn merge(&self, before: Option<T>) -> Option<T>
    where
        T: Copy,
    {
        match self {
            Self::Keep => before,
            Self::Remove => None,
            Self::Set(value) => Some(*value),
        }
    }
}

/// A requested patch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenPatch {
    /// `description`
    pub description: Patch<String>,
    /// `autoRenewal`
    pub auto_renewal: Patch<AutoRenewalPatch>,
    /// `renewalMailRecipient`
    pub mail_recipient: Patch<String>,
    /// `owner`, who is known to the company
    pub owner: Patch<Owner>,
}

/// `autoRenewal` in a patch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AutoRenewalPatch {
    /// `everyDays`
    pub every_days: Patch<i64>,
    /// `callback`, which holds `url`
    pub callback: Patch<Patch<String>>,
    /// `pull`
    pub pull: Patch<bool>,
}

/// A validated edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    description: Description,
    auto_renewal: Option<AutoRenewalSettings>,
    mail_recipient: Option<MailAddress>,
    owner: Option<Owner>,
}

impl TokenPatch {
    /// Refuses to switch auto renewal on for a token that has ended or been renewed.
    pub fn permit(&self, token: &Token, now: Timestamp) -> Result<(), Conflict> {
        if matches!(self.auto_renewal, Patch::Set(_)) { lifecycle::renewable(token, now) } else { Ok(()) }
    }

    /// Merges the patch into a token and applies the contract's rules to the result.
    pub fn parse(
        &self,
        token: &Token,
        rules: &Rules,
        now: Timestamp,
        mut faults: Faults,
    ) -> Result<Edit, Faults> {
        let mut found = Faults::default();
        let description = match &self.description {
            Patch::Keep => Some(token.description.clone()),
            Patch::Remove => Some(Description::empty()),
            Patch::Set(text) => found.take(Field::Description, text, Description::parse(text)),
        };
        let mail_recipient = match &self.mail_recipient {
            Patch::Keep => token.mail_recipient.clone(),
            Patch::Remove => None,
            Patch::Set(text) => found.take(Field::MailRecipient, text, MailAddress::parse(text)),
        };
        let facts = Facts {
            created_at: token.created_at,
            earliest: now,
            expires_at: token.agreed_expiry(),
            has_recipient: mail_recipient.is_some()
                || matches!(self.mail_recipient, Patch::Set(_))
                || faults.contain(Field::MailRecipient),
            callback_is_unreadable: faults.contain(Field::Callback),
            pull_is_unreadable: faults.contain(Field::Pull),
        };
        let auto_renewal = if self.touches_renewal() {
            self.parse_renewal(token, facts, rules, &mut found)
        } else {
            token.auto_renewal.as_ref().map(AutoRenewalSettings::of)
        };
        faults.extend_new(found);
        match description {
            Some(description) if faults.is_empty() => {
                let owner = self.merged_owner(token);
                Ok(Edit { description, auto_renewal, mail_recipient, owner })
            }
            _ => Err(faults),
        }
    }

    /// The owner after the patch. The same person stays as they are, whatever they are called by now.
    fn merged_owner(&self, token: &Token) -> Option<Owner> {
        match &self.owner {
            Patch::Remove => None,
            Patch::Set(owner) if token.owner.as_ref().is_none_or(|before| before.id != owner.id) => {
                Some(owner.clone())
            }
            Patch::Keep | Patch::Set(_) => token.owner.clone(),
        }
    }

    /// Whether to apply the rules of auto renewal. They are not applied to untouched settings, since the deployment's
    /// parameters may have changed since those were accepted.
    fn touches_renewal(&self) -> bool {
        self.auto_renewal != Patch::Keep || self.mail_recipient == Patch::Remove
    }

    fn parse_renewal(
        &self,
        token: &Token,
        facts: Facts,
        rules: &Rules,
        faults: &mut Faults,
    ) -> Option<AutoRenewalSettings> {
        let requested = self.merged_renewal(token)?;
        let settings = requested.parse(rules, faults);
        let unmoved = token
            .auto_renewal
            .as_ref()
            .is_some_and(|before| requested.every_days == Some(before.every_days.into()));
        let earliest = if unmoved { token.created_at } else { facts.earliest };
        requested.check(rules, Facts { earliest, ..facts }, faults);
        settings
    }

    fn merged_renewal<'a>(&'a self, token: &'a Token) -> Option<RequestedRenewal<'a>> {
        let before = token.auto_renewal.as_ref();
        let (days, url, pull) = (
            before.map(|renewal| i64::from(renewal.every_days)),
            token.callback().map(|callback| RequestedCallback::Kept(&callback.url)),
            token.pulls(),
        );
        match &self.auto_renewal {
            Patch::Keep => before.map(|_| RequestedRenewal { every_days: days, callback: url, pull }),
            Patch::Remove => None,
            Patch::Set(patch) => {
                let callback = match &patch.callback {
                    Patch::Keep => url,
                    Patch::Remove => None,
                    Patch::Set(Patch::Keep) => Some(url.unwrap_or(RequestedCallback::WithoutUrl)),
                    Patch::Set(Patch::Remove) => Some(RequestedCallback::WithoutUrl),
                    Patch::Set(Patch::Set(url)) => Some(RequestedCallback::Sent(url)),
                };
                let pull = patch.pull.merge(Some(pull)) == Some(true);
                Some(RequestedRenewal { every_days: patch.every_days.merge(days), callback, pull })
            }
        }
    }
}

impl AutoRenewalSettings {
    /// The settings of a token.
    fn of(renewal: &AutoRenewal) -> Self {
        let callback = renewal.callback.as_ref().map(|callback| callback.url.clone());
        Self { every_days: renewal.every_days, callback, pull: renewal.pull }
    }
}

impl Edit {
    /// Whether the edit sets up a callback or moves it to another host, which needs a new signing secret: the old host
    /// knows the old one.
    #[must_use]
    pub fn needs_signing_secret(&self, token: &Token) -> bool {
        let wanted = self.auto_renewal.as_ref().and_then(|renewal| renewal.callback.as_ref());
        wanted.is_some_and(|url| token.callback().is_none_or(|before| !before.url.has_host_of(url)))
    }

    /// Whether the token renews itself after the edit, in another way than before.
    #[must_use]
    pub fn changes_renewal(&self, token: &Token) -> bool {
        self.auto_renewal.is_some()
            && self.auto_renewal != token.auto_renewal.as_ref().map(AutoRenewalSettings::of)
    }

    /// Applies the edit; `None` if nothing changes. `signing_secret` is a new one, sealed, if the edit needs it. A mail about
    /// another callback goes to the recipient before the edit, who would otherwise not learn of it.
    #[must_use]
    pub fn apply(
        self,
        token: &Token,
        signing_secret: Option<Sealed>,
        actor: Actor,
        now: Timestamp,
    ) -> Option<Change> {
        let mut after = token.changed(now);
        after.description = self.description;
        after.mail_recipient = self.mail_recipient;
        after.owner = self.owner;
        after.auto_renewal = self.auto_renewal.map(|chosen| renewal(token, chosen, signing_secret, now));
        if !still_due(&after, now) {
            after.pending = None;
        }
        let unchanged =
            Token { version: token.version, changed_at: token.changed_at, ..after.clone() } == *token;
        let fields = EditedField::changed(token, &after);
        let is_called_elsewhere = fields.contains(&EditedField::CallbackUrl) && after.callback().is_some();
        let owner = OwnerChange::between(token.owner.as_ref(), after.owner.as_ref());
        let mut entry = HistoryEntry::about(&after, now, actor, Action::Updated { fields, owner });
        if is_called_elsewhere {
            let addressee = if token.mail_recipient.is_some() { token } else { &after };
            entry = entry.mailing(addressee, Notice::CallbackChanged);
        }
        (!unchanged).then(|| Change::replacing(token, after, Some(entry)))
    }
}

fn renewal(
    token: &Token,
    chosen: AutoRenewalSettings,
    secret: Option<Sealed>,
    now: Timestamp,
) -> AutoRenewal {
    let AutoRenewalSettings { every_days, callback, pull } = chosen;
    let before = token.auto_renewal.as_ref();
    let (next_renewal_at, unfetched_days) = match before {
        Some(before) if before.every_days == every_days => (before.next_renewal_at, before.unfetched_days),
        _ => ((token.created_at + TimeDelta::days(every_days.into())).max(now), 0),
    };
    let callback = callback.and_then(|url| match (secret, token.callback()) {
        (Some(secret), _) => Some(Callback { url, secret, previous: Vec::new() }),
        (None, before) => before.map(|callback| Callback { url, ..callback.clone() }),
    });
    AutoRenewal { every_days, next_renewal_at, callback, pull, unfetched_days }
}

/// Whether a pending request token is still needed.
fn still_due(token: &Token, now: Timestamp) -> bool {
    token
        .auto_renewal
        .as_ref()
        .is_some_and(|renewal| renewal.callback.is_some() && renewal.next_renewal_at <= now)
}
