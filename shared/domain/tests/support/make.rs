//! Records for tests, created by the domain.

use chrono::TimeDelta;
use keyturn_domain::Timestamp;
use keyturn_domain::change::Change;
use keyturn_domain::delivery::{DeliveryReport, Failure, FailureClass};
use keyturn_domain::draft::{AutoRenewalSettings, Settings};
use keyturn_domain::history::Actor;
use keyturn_domain::lifecycle::{self, NewTokenString};
use keyturn_domain::mail::Notice;
use keyturn_domain::renewal::{self, NewRequestToken};
use keyturn_domain::rules::Rules;
use keyturn_domain::secret::{Sealed, SecretHash};
use keyturn_domain::settings::{
    Applications, CallbackUrl, Catalogue, Description, MailAddress, Name, Rights,
};
use keyturn_domain::token::{PendingRenewal, Token};
use uuid::Uuid;

/// Every how many days the tokens here renew themselves, unless a test says otherwise.
pub(crate) const EVERY_DAYS: u16 = 30;

/// What a token is created with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) every_days: Option<u16>,
    pub(crate) callback: bool,
    pub(crate) pull: bool,
    pub(crate) recipient: bool,
    pub(crate) lives: Option<TimeDelta>,
}

/// Neither renews itself nor ends.
pub(crate) const PLAIN: Plan =
    Plan { every_days: None, callback: false, pull: false, recipient: false, lives: None };

/// Renews itself through a callback, with a mail recipient.
pub(crate) const CALLING: Plan =
    Plan { every_days: Some(EVERY_DAYS), callback: true, recipient: true, ..PLAIN };

/// Fetches its successor itself, with a mail recipient.
pub(crate) const PULLING: Plan = Plan { callback: false, pull: true, ..CALLING };

/// Fetches its successor itself, or is called: whichever comes first.
pub(crate) const BOTH: Plan = Plan { pull: true, ..CALLING };

/// Renews itself without a callback.
pub(crate) const MAILING: Plan = Plan { callback: false, ..CALLING };

/// Ends after 90 days, with a mail recipient.
pub(crate) const ENDING: Plan = Plan { recipient: true, lives: Some(TimeDelta::days(90)), ..PLAIN };

/// When the tokens here are created.
pub(crate) fn birth() -> Timestamp {
    at("2026-01-01T09:00:00Z")
}

/// When those that renew themselves do so.
pub(crate) fn renewal_due() -> Timestamp {
    birth() + TimeDelta::days(EVERY_DAYS.into())
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect("an RFC 3339 date-time")
}

pub(crate) fn rules() -> Rules {
    Rules::with_catalogue(Catalogue::parse("ORDERS").expect("a catalogue"))
}

pub(crate) fn id(number: u128) -> keyturn_domain::ids::TokenId {
    keyturn_domain::ids::TokenId::new(Uuid::from_u128(number))
}

fn hash(number: u128) -> SecretHash {
    let half = number.to_be_bytes();
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(&half);
    bytes[16..].copy_from_slice(&half);
    SecretHash::from_bytes(bytes)
}

fn sealed(number: u128) -> Sealed {
    Sealed::new(number.to_be_bytes().to_vec())
}

/// A token string that was never seen before, if the number is new.
pub(crate) fn string(number: u128) -> NewTokenString {
    NewTokenString { id: id(number), hash: hash(number), sealed: sealed(number) }
}

/// A request token that was never seen before, if the number is new.
pub(crate) fn key(number: u128) -> NewRequestToken {
    NewRequestToken { hash: hash(number), sealed: sealed(number) }
}

/// A token as it is created at that moment.
pub(crate) fn create(plan: Plan, number: u128, rules: &Rules, now: Timestamp) -> Change {
    let url = CallbackUrl::parse("https://example.com/renewals", &rules.callback_networks);
    let callback = plan.callback.then(|| url.expect("a URL"));
    let settings = Settings {
        name: Name::parse("partner").expect("a name"),
        description: Description::parse("for tests").expect("a description"),
        rights: Rights::ReadWrite,
        applications: Applications::parse(&["ORDERS".to_owned()], &rules.catalogue).expect("applications"),
        expires_at: plan.lives.map(|lives| now + lives),
        auto_renewal: plan.every_days.map(|every_days| AutoRenewalSettings {
            every_days,
            callback,
            pull: plan.pull,
        }),
        mail_recipient: plan.recipient.then(|| MailAddress::parse("ops@example.com").expect("an address")),
    };
    let company = "acme".parse().expect("a company id");
    let secret = plan.callback.then(|| sealed(number));
    lifecycle::create(company, settings, string(number), secret, rules, Actor::Operator, now)
}

/// A token born at [`birth`] under the default rules.
pub(crate) fn token(plan: Plan) -> Token {
    first(create(plan, 1, &rules(), birth()))
}

/// The same, its first request token out since the moment at which the renewal was due.
pub(crate) fn pending(plan: Plan) -> Token {
    first(renewal::issue(&token(plan), key(100), renewal_due()))
}

/// The request token that is out.
pub(crate) fn out(token: &Token) -> &PendingRenewal {
    token.pending.as_ref().expect("a request token")
}

/// What a change makes of the token that it is about.
pub(crate) fn first(change: Change) -> Token {
    change.tokens.into_iter().next().expect("a change that writes a record")
}

/// The successor that a change makes.
pub(crate) fn second(change: &Change) -> &Token {
    change.tokens.get(1).expect("a change that makes a successor")
}

/// The notice of a change's mail.
pub(crate) fn mailed(change: &Change) -> Option<Notice> {
    change.entry.as_ref()?.mail.as_ref().map(|mail| mail.notice)
}

/// A failed delivery.
pub(crate) fn failure(status: Option<u16>, retry_after: Option<TimeDelta>) -> Result<u16, Failure> {
    let class = if status.is_some() { FailureClass::Status } else { FailureClass::Timeout };
    Err(Failure { class, status, retry_after })
}

/// Notes the outcome of the delivery that was taken up last.
pub(crate) fn record(token: &Token, outcome: Result<u16, Failure>, jitter: u8, now: Timestamp) -> Change {
    renewal::record_delivery(
        token,
        out(token),
        DeliveryReport { at: now, duration_ms: 5, outcome },
        jitter,
        now,
    )
}

/// Notes the outcome of the delivery of a request token for a successor that exists.
pub(crate) fn record_for(token: &Token, outcome: Result<u16, Failure>, now: Timestamp) -> Change {
    let tried = token.in_delivery().expect("a request token").clone();
    renewal::record_delivery(token, &tried, DeliveryReport { at: now, duration_ms: 5, outcome }, 0, now)
}
