//! Examples: answers made by the code that answers, about one token; strings that look like secrets and are none.

use std::str::FromStr as _;

use anyhow::{Context as _, Result};
use keyturn_domain::Timestamp;
use keyturn_domain::delivery::Delivery;
use keyturn_domain::draft::TokenDraft;
use keyturn_domain::fault::Faults;
use keyturn_domain::history::{Action, Actor, HistoryEntry};
use keyturn_domain::ids::{CompanyId, TokenId};
use keyturn_domain::lifecycle::{self, NewTokenString};
use keyturn_domain::manual;
use keyturn_domain::mass_renewal::{MassRenewal, MassRenewalId, Order, Selection, StartedBy, Turn};
use keyturn_domain::overview::Overview;
use keyturn_domain::person::{KnownPerson, Person, Role};
use keyturn_domain::rules::{DEFAULT_CATALOGUE, Rules};
use keyturn_domain::secret::{Sealed, SecretHash};
use keyturn_domain::session::{Session, SessionId};
use keyturn_domain::settings::Catalogue;
use keyturn_domain::summary::TokenSummary;
use keyturn_domain::token::{RequestReason, Token};
use keyturn_http::log_view::{ActivityView, DeliveryView};
use keyturn_http::mass_renewal_view::MassRenewalView;
use keyturn_http::overview_view::OverviewView;
use keyturn_http::session_view::{KnownPersonView, SessionView};
use keyturn_http::view::TokenView;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) const ID: Uuid = uuid::uuid!("0199a3c4-5b6d-7e8f-9012-3456789abcde");

const PREDECESSOR: Uuid = uuid::uuid!("01990aa1-37c2-7d05-8a44-6f1c2b9e0d13");

pub(crate) fn now() -> Timestamp {
    Timestamp::from_timestamp(1_785_000_000, 0).unwrap_or_default()
}

/// A string of the right form but with an invalid checksum, so that no scanner takes it for a secret.
pub(crate) fn string(prefix: &str) -> String {
    format!("{prefix}{:0<71}", "EXAMPLE")
}

/// The same for a signing secret.
pub(crate) fn signing_secret() -> String {
    format!("whsec_{:A<43}=", "EXAMPLE")
}

pub(crate) fn settings() -> Value {
    json!({
        "name": "partner", "description": "the nightly export", "rights": "READ", "applications": ["ORDERS"],
        "autoRenewal": {"everyDays": 30, "callback": {"url": "https://partner.example/renewals"}},
        "renewalMailRecipient": "ops@example.com",
    })
}

fn token() -> Result<Token> {
    let rules = Rules::with_catalogue(Catalogue::parse(DEFAULT_CATALOGUE).map_err(anyhow::Error::msg)?);
    let draft = TokenDraft {
        name: Some("partner".to_owned()),
        description: Some("the nightly export".to_owned()),
        rights: Some("READ".to_owned()),
        applications: Some(vec!["ORDERS".to_owned()]),
        expires_at: None,
        auto_renewal: Some(keyturn_domain::draft::AutoRenewalDraft {
            every_days: Some(30),
            callback: Some(Some("https://partner.example/renewals".to_owned())),
            pull: None,
        }),
        mail_recipient: Some("ops@example.com".to_owned()),
    };
    let settings = draft
        .parse(&rules, now(), Faults::default())
        .map_err(|faults| anyhow::anyhow!("the example is faulty: {:?}", faults.as_slice()))?;
    let fresh = NewTokenString {
        id: TokenId::new(ID),
        hash: SecretHash::from_bytes([0; 32]),
        sealed: Sealed::new(Vec::new()),
    };
    let company = CompanyId::from_str("acme")?;
    let secret = Some(Sealed::new(Vec::new()));
    let created = lifecycle::create(company, settings, fresh, secret, &rules, Actor::Operator, now());
    created.tokens.into_iter().next().context("nothing is created")
}

pub(crate) fn shown() -> Result<Value> {
    value(&TokenView::new(&token()?, None, now()))
}

pub(crate) fn created() -> Result<Value> {
    let mut shown = shown()?;
    shown["token"] = json!(string("kat_"));
    shown["autoRenewal"]["callback"]["signingSecret"] = json!(signing_secret());
    Ok(shown)
}

pub(crate) fn deactivated() -> Result<Value> {
    let change = lifecycle::deactivate(&token()?, Actor::Operator, now());
    let token =
        change.and_then(|change| change.tokens.into_iter().next()).context("nothing is deactivated")?;
    value(&TokenView::new(&token, None, now()))
}

pub(crate) fn due() -> Result<Value> {
    let change = manual::start_renewal(&token()?, Actor::Operator, now())?;
    let token = change.and_then(|change| change.tokens.into_iter().next()).context("nothing is due")?;
    value(&TokenView::new(&token, None, now()))
}

pub(crate) fn successor() -> Result<Value> {
    let mut shown = shown()?;
    shown["token"] = json!(string("kat_"));
    shown["name"] = json!("partner, renewed");
    shown["renewedFrom"] = json!(PREDECESSOR);
    shown["seriesId"] = json!(PREDECESSOR);
    Ok(shown)
}

pub(crate) fn overview() -> Result<Value> {
    let mut failing = token()?;
    if let Some(renewal) = &mut failing.auto_renewal {
        renewal.next_renewal_at = now() + chrono::TimeDelta::days(3);
    }
    failing.created_at = now() - chrono::TimeDelta::days(200);
    let mut overview = Overview::default();
    overview.add(&TokenSummary::from(&failing), None, now());
    value(&OverviewView::new(&overview, None))
}

pub(crate) fn mass_renewal() -> Result<Value> {
    let selection = Selection::Matching { application: None, search: None, older_than_days: Some(90) };
    let ids = (MassRenewalId::new(ID), TokenId::new(ID));
    let by = StartedBy { actor: Actor::Operator, expires_at: None, administers: true };
    let order = Order { selection, over_hours: 4 };
    let mass = MassRenewal::new(ids, CompanyId::from_str("acme")?, by, order, now());
    let mass = mass.counted(120, 3, None, now()).turned(&[Turn::Started; 40], Some(TokenId::new(ID)), now());
    value(&MassRenewalView::new(&mass))
}

pub(crate) fn activity() -> Result<Value> {
    let entry = HistoryEntry::about(&token()?, now(), Actor::Operator, Action::Created);
    value(&ActivityView::new(ID, &entry))
}

pub(crate) fn delivery() -> Result<Value> {
    let delivery = Delivery {
        at: now(),
        attempt: 1,
        try_number: 1,
        reason: RequestReason::RenewalDue,
        duration_ms: 84,
        outcome: Ok(204),
        last_try: true,
    };
    let entry = HistoryEntry::about(&token()?, now(), Actor::Schedule, Action::CallbackTried(delivery));
    value(&DeliveryView::new(ID, &entry).context("no delivery")?)
}

pub(crate) fn test_delivery() -> Result<Value> {
    let mut delivery = delivery()?;
    delivery["test"] = json!(true);
    Ok(delivery)
}

/// Somebody of the company.
pub(crate) fn known_person() -> Result<Value> {
    let known =
        KnownPerson { person: person(), role: Some(Role::Admin), signed_in_at: Some(now()), barred_at: None };
    value(&KnownPersonView::new(&known))
}

fn person() -> Person {
    Person {
        issuer: "https://login.example.com".to_owned(),
        subject: "ada".to_owned(),
        name: "Ada Admin".to_owned(),
        mail: Some("ada@example.com".to_owned()),
    }
}

/// A session.
pub(crate) fn session() -> Result<Value> {
    let session = Session {
        id: SessionId::new(ID),
        hash: SecretHash::from_bytes([0; 32]),
        person: person(),
        company: "acme".parse()?,
        role: Role::Admin,
        provider: "corp".parse()?,
        provider_session: None,
        created_at: now(),
        authenticated_at: Some(now()),
        refreshed_at: now(),
        seen_at: None,
        ends_at: now() + keyturn_domain::limits::SESSION_LIFETIME,
        renewable: true,
    };
    value(&SessionView::new(&session, None, now()))
}

fn value(shown: &impl Serialize) -> Result<Value> {
    Ok(serde_json::to_value(shown)?)
}
