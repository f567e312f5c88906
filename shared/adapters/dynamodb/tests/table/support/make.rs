//! Records for tests, created by the domain.

use chrono::TimeDelta;
use keyturn_domain::Timestamp;
use keyturn_domain::change::Change;
use keyturn_domain::draft::{AutoRenewalSettings, Settings};
use keyturn_domain::history::{Action, Actor, HistoryEntry};
use keyturn_domain::ids::{CompanyId, TokenId};
use keyturn_domain::lifecycle::{self, NewTokenString};
use keyturn_domain::renewal::NewRequestToken;
use keyturn_domain::rules::Rules;
use keyturn_domain::secret::{Sealed, SecretHash};
use keyturn_domain::settings::{
    Applications, CallbackUrl, Catalogue, Description, MailAddress, Name, Rights,
};
use keyturn_domain::token::Token;
use uuid::Uuid;

/// When the tokens here are created.
pub(crate) fn birth() -> Timestamp {
    "2026-01-01T09:00:00Z".parse().unwrap()
}

pub(crate) fn hours(count: i64) -> TimeDelta {
    TimeDelta::hours(count)
}

pub(crate) fn rules() -> Rules {
    Rules::with_catalogue(Catalogue::parse("ORDERS").unwrap())
}

pub(crate) fn company() -> CompanyId {
    "acme".parse().unwrap()
}

pub(crate) fn id(number: u128) -> TokenId {
    TokenId::new(Uuid::from_u128(number))
}

pub(crate) fn hash(number: u128) -> SecretHash {
    let mut bytes = [0xff; 32];
    bytes[..16].copy_from_slice(&number.to_be_bytes());
    SecretHash::from_bytes(bytes)
}

pub(crate) fn string(number: u128) -> NewTokenString {
    NewTokenString { id: id(number), hash: hash(number), sealed: Sealed::new(number.to_be_bytes().to_vec()) }
}

pub(crate) fn key(number: u128) -> NewRequestToken {
    NewRequestToken { hash: hash(number), sealed: Sealed::new(number.to_be_bytes().to_vec()) }
}

/// Settings of a token that neither renews itself nor ends.
pub(crate) fn settings() -> Settings {
    Settings {
        name: Name::parse("partner").unwrap(),
        description: Description::parse("for tests").unwrap(),
        rights: Rights::ReadWrite,
        applications: Applications::parse(&["ORDERS".to_owned()], &rules().catalogue).unwrap(),
        expires_at: None,
        auto_renewal: None,
        mail_recipient: None,
    }
}

/// Settings of a token that renews itself after 30 days through a callback, with a mail recipient.
pub(crate) fn calling() -> Settings {
    let url = CallbackUrl::parse("https://example.com/renewals", &rules().callback_networks).unwrap();
    Settings {
        auto_renewal: Some(AutoRenewalSettings { every_days: 30, callback: Some(url), pull: false }),
        mail_recipient: Some(MailAddress::parse("ops@example.com").unwrap()),
        ..settings()
    }
}

/// Settings of a token that ends after 90 days, with a mail recipient.
pub(crate) fn ending() -> Settings {
    Settings { auto_renewal: None, expires_at: Some(birth() + TimeDelta::days(90)), ..calling() }
}

/// Creates a token.
pub(crate) fn create(settings: Settings, number: u128) -> Change {
    let secret = Sealed::new(number.to_le_bytes().to_vec());
    let (fresh, rules) = (string(number), rules());
    lifecycle::create(company(), settings, fresh, Some(secret), &rules, Actor::Operator, birth())
}

/// Deactivates a token.
pub(crate) fn deactivate(token: &Token, now: Timestamp) -> Change {
    lifecycle::deactivate(token, Actor::Operator, now).unwrap()
}

/// An entry about token 1 and its series.
pub(crate) fn entry(action: Action) -> HistoryEntry {
    let token = &create(settings(), 1).tokens[0];
    HistoryEntry::about(token, birth(), Actor::Schedule, action)
}
