//! The rules of auto renewal, for new tokens and edits alike.

use chrono::TimeDelta;

use crate::Timestamp;
use crate::draft::{AutoRenewalDraft, AutoRenewalSettings};
use crate::fault::{FaultCode, Faults, Violation};
use crate::field::Field;
use crate::limits;
use crate::rules::Rules;
use crate::settings::CallbackUrl;

/// What the rules of auto renewal depend on besides its own fields.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    /// When the token was created.
    pub(crate) created_at: Timestamp,
    /// The earliest possible renewal: a token that is older than its new `everyDays` is renewed now.
    pub(crate) earliest: Timestamp,
    /// When the token expires.
    pub(crate) expires_at: Option<Timestamp>,
    /// Whether there is a mail recipient, or an invalid one: one mistake is reported once.
    pub(crate) has_recipient: bool,
    /// Whether a callback was sent, but in the wrong form.
    pub(crate) callback_is_unreadable: bool,
    /// The same for `pull`.
    pub(crate) pull_is_unreadable: bool,
}

/// Auto renewal as a request leaves it, before the rules are applied.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestedRenewal<'a> {
    pub(crate) every_days: Option<i64>,
    pub(crate) callback: Option<RequestedCallback<'a>>,
    pub(crate) pull: bool,
}

/// A callback as a request leaves it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RequestedCallback<'a> {
    /// A callback without a URL.
    WithoutUrl,
    /// The request sets this URL.
    Sent(&'a str),
    /// The token has this URL already.
    Kept(&'a CallbackUrl),
}

impl<'a> From<&'a AutoRenewalDraft> for RequestedRenewal<'a> {
    fn from(draft: &'a AutoRenewalDraft) -> Self {
        let callback = draft.callback.as_ref().map(|url| match url {
            Some(url) => RequestedCallback::Sent(url),
            None => RequestedCallback::WithoutUrl,
        });
        Self { every_days: draft.every_days, callback, pull: draft.pull == Some(true) }
    }
}

impl RequestedCallback<'_> {
    fn parse(self, rules: &Rules, faults: &mut Faults) -> Option<CallbackUrl> {
        let networks = &rules.callback_networks;
        match self {
            Self::WithoutUrl => {
                faults.add(Field::CallbackUrl, Violation::required());
                None
            }
            Self::Sent(url) => faults.take(Field::CallbackUrl, url, CallbackUrl::parse(url, networks)),
            Self::Kept(url) => {
                let checked = url.check(networks).map(|()| url.clone());
                faults.take(Field::CallbackUrl, url.as_str(), checked)
            }
        }
    }
}

impl RequestedRenewal<'_> {
    /// Parses the fields one by one.
    pub(crate) fn parse(&self, rules: &Rules, faults: &mut Faults) -> Option<AutoRenewalSettings> {
        let every_days = self.parse_every_days(faults);
        let callback = self.callback.and_then(|callback| callback.parse(rules, faults));
        Some(AutoRenewalSettings { every_days: every_days?, callback, pull: self.pull })
    }

    fn parse_every_days(&self, faults: &mut Faults) -> Option<u16> {
        let (first, last) = (limits::EVERY_DAYS.start(), limits::EVERY_DAYS.end());
        match self.every_days {
            None if self.callback.is_some() => {
                let error = "is required: a callback works only together with auto renewal";
                let violation = Violation::new(FaultCode::RequiredWithCallback, error);
                faults.add(Field::EveryDays, violation);
                None
            }
            None if self.pull => {
                let error = "is required: pull works only together with auto renewal";
                faults.add(Field::EveryDays, Violation::new(FaultCode::RequiredWithPull, error));
                None
            }
            None => {
                faults.add(Field::EveryDays, Violation::required());
                None
            }
            Some(days) if limits::EVERY_DAYS.contains(&days) => u16::try_from(days).ok(),
            Some(days) => {
                let violation = Violation::new(FaultCode::OutOfRange, format!("must be {first} to {last}"));
                faults.add_value(Field::EveryDays, violation, &days.to_string());
                None
            }
        }
    }

    /// Checks the rules that combine auto renewal with other fields.
    pub(crate) fn check(&self, rules: &Rules, facts: Facts, faults: &mut Faults) {
        let has_callback = self.callback.is_some() || facts.callback_is_unreadable;
        let hands_over = has_callback || self.pull || facts.pull_is_unreadable;
        if !hands_over && !rules.copyable {
            let error = "is required unless pull is true: token strings can't be copied in this deployment";
            faults.add(Field::Callback, Violation::new(FaultCode::CallbackRequired, error));
        } else if !hands_over && !facts.has_recipient {
            let error =
                "needs callback.url, pull or renewalMailRecipient, or the renewed token would reach nobody";
            faults.add(Field::AutoRenewal, Violation::new(FaultCode::UnreachableRenewal, error));
        }
        let Some(days) = self.every_days.filter(|days| limits::EVERY_DAYS.contains(days)) else { return };
        let renewal = (facts.created_at + TimeDelta::days(days)).max(facts.earliest);
        if facts.expires_at.is_some_and(|end| renewal + limits::RENEWAL_BEFORE_EXPIRY > end) {
            let hours = limits::RENEWAL_BEFORE_EXPIRY.num_hours();
            let error = format!("must fall at least {hours} hours before expiresAt");
            let violation = Violation::new(FaultCode::RenewalTooLate, error);
            faults.add_value(Field::EveryDays, violation, &days.to_string());
        }
    }
}
