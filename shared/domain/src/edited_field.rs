//! The settings that an edit can change, as the history names them.

use crate::owner::OwnerChange;
use crate::settings::CallbackUrl;
use crate::token::Token;

/// A setting that an edit can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditedField {
    /// The description.
    Description,
    /// Auto renewal was switched on or off.
    AutoRenewal,
    /// Days from creation to renewal.
    EveryDays,
    /// Whether the token fetches its successor itself.
    Pull,
    /// The receiver's URL, set, replaced or removed.
    CallbackUrl,
    /// The recipient of mails.
    MailRecipient,
    /// The person who answers for the token.
    Owner,
}

impl EditedField {
    /// All of them, in the order in which a token shows them.
    pub const ALL: [Self; 7] = [
        Self::Description,
        Self::AutoRenewal,
        Self::EveryDays,
        Self::CallbackUrl,
        Self::Pull,
        Self::MailRecipient,
        Self::Owner,
    ];

    /// The path of the field in a token as JSON.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Description => "description",
            Self::AutoRenewal => "autoRenewal",
            Self::EveryDays => "autoRenewal.everyDays",
            Self::Pull => "autoRenewal.pull",
            Self::CallbackUrl => "autoRenewal.callback.url",
            Self::MailRecipient => "renewalMailRecipient",
            Self::Owner => "owner",
        }
    }

    /// The fields in which two states of a token differ.
    #[must_use]
    pub fn changed(before: &Token, after: &Token) -> Vec<Self> {
        Self::ALL.into_iter().filter(|field| field.differs(before, after)).collect()
    }

    fn differs(self, before: &Token, after: &Token) -> bool {
        let (old, new) = (before.auto_renewal.as_ref(), after.auto_renewal.as_ref());
        match self {
            Self::Description => before.description != after.description,
            Self::AutoRenewal => old.is_some() != new.is_some(),
            Self::EveryDays => old.zip(new).is_some_and(|(old, new)| old.every_days != new.every_days),
            Self::Pull => old.zip(new).is_some_and(|(old, new)| old.pull != new.pull),
            Self::CallbackUrl => url(before) != url(after),
            Self::MailRecipient => before.mail_recipient != after.mail_recipient,
            Self::Owner => OwnerChange::between(before.owner.as_ref(), after.owner.as_ref()).is_some(),
        }
    }
}

fn url(token: &Token) -> Option<&CallbackUrl> {
    token.callback().map(|callback| &callback.url)
}
