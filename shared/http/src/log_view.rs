//! Activities and callback log entries as JSON.

use keyturn_domain::delivery::Delivery;
use keyturn_domain::history::{Action, Actor, Handover, HistoryEntry, RenewalMethod};
use keyturn_domain::leak::FoundAt;
use serde::Serialize;
use uuid::Uuid;

use crate::session_view::PersonView;
use crate::view::{OwnerView, time};

/// Something that happened to a token. Fields may be added.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "Activity"))]
pub struct ActivityView<'a> {
    /// The activity's id.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "uuid")))]
    id: String,
    /// When it happened.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    at: String,
    /// The token that it happened to.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "uuid")))]
    token_id: String,
    /// Who did it.
    actor: ActorView,
    /// What was done, such as `CREATED`; `UNKNOWN` if only a later version has a word for it. Words may be added.
    action: &'static str,
    /// The token that a renewal created.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "String", extend("format" = "uuid")))]
    successor_id: Option<String>,
    /// Which request token of the renewal it is about, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "u32"))]
    attempt: Option<u32>,
    /// The settings that an edit changed, such as `autoRenewal.callback.url`. Names may be added.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schemars(default))]
    fields: Vec<&'static str>,
    /// The owner until an edit changed the owner, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "OwnerView"))]
    previous_owner: Option<OwnerView>,
    /// The owner since an edit changed the owner, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "OwnerView"))]
    new_owner: Option<OwnerView>,
    /// How a token string was given out: `REDEMPTION`, `PULL` or `TEST`. Words may be added.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "String"))]
    how: Option<&'static str>,
    /// Whether it had been given out the same way before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "bool"))]
    repeat: Option<bool>,
    /// Set if a token string was given out again to another source address than before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "bool"))]
    another_address: Option<bool>,
    /// Why a request token went out: `renewalDue`, `successorUnused` or `leaked`. Words may be added.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "String"))]
    reason: Option<&'static str>,
    /// What is known of a leak.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "LeakActivityView<'static>"))]
    leak: Option<LeakActivityView<'a>>,
}

/// A reported leak.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "ReportedLeak"))]
struct LeakActivityView<'a> {
    /// Which string: `TOKEN_STRING` or `REQUEST_TOKEN`. Words may be added.
    string: &'static str,
    /// What followed: `RENEW`, `DEACTIVATE` or `NOTIFY`. Words may be added.
    reaction: &'static str,
    /// Who reported it: `ANYBODY`, `GITHUB`, `GITLAB`, `HOLDER` or `PREDECESSOR`. Words may be added.
    reported_by: &'static str,
    /// Where it was found, as a verified report says.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "String", extend("format" = "uri")))]
    found_at: Option<&'a str>,
}

/// Who did something.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "Actor"))]
struct ActorView {
    /// A caller with a token, a person who signed in, the schedule, or the operator of the deployment. Words may be added.
    r#type: &'static str,
    /// The caller's token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "String", extend("format" = "uuid")))]
    token_id: Option<String>,
    /// The person.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "PersonView"))]
    person: Option<PersonView>,
}

impl PersonView {
    fn of_actor(actor: &Actor) -> Option<Self> {
        match actor {
            Actor::Person(person) => Some(Self::new(person)),
            _ => None,
        }
    }
}

impl<'a> ActivityView<'a> {
    /// An entry of a token's history.
    #[must_use]
    pub fn new(id: Uuid, entry: &'a HistoryEntry) -> Self {
        let (actor, token_id) = match &entry.actor {
            Actor::Token(id) => ("TOKEN", Some(id.to_string())),
            Actor::Person(_) => ("PERSON", None),
            Actor::Schedule => ("SCHEDULE", None),
            Actor::Operator => ("OPERATOR", None),
            Actor::Unknown => ("UNKNOWN", None),
        };
        let owners = match &entry.action {
            Action::Updated { owner, .. } => owner.as_ref(),
            _ => None,
        };
        Self {
            id: id.to_string(),
            at: time(entry.at),
            token_id: entry.token.to_string(),
            actor: ActorView { r#type: actor, token_id, person: PersonView::of_actor(&entry.actor) },
            action: word(&entry.action),
            successor_id: entry.successor.map(|id| id.to_string()),
            attempt: match entry.action {
                Action::RenewalRequested { attempt, .. } | Action::RenewalUnredeemed { attempt } => {
                    Some(attempt)
                }
                _ => None,
            },
            fields: match &entry.action {
                Action::Updated { fields, .. } => fields.iter().map(|field| field.path()).collect(),
                _ => Vec::new(),
            },
            previous_owner: owners.and_then(|change| change.before.as_ref()).map(OwnerView::from),
            new_owner: owners.and_then(|change| change.after.as_ref()).map(OwnerView::from),
            how: match entry.action {
                Action::HandedOver { how: Handover::Redemption, .. } => Some("REDEMPTION"),
                Action::HandedOver { how: Handover::Pull, .. } => Some("PULL"),
                Action::HandedOver { how: Handover::Test, .. } => Some("TEST"),
                _ => None,
            },
            repeat: match entry.action {
                Action::HandedOver { repeat, .. } => Some(repeat),
                _ => None,
            },
            another_address: match entry.action {
                Action::HandedOver { elsewhere: true, .. } => Some(true),
                _ => None,
            },
            reason: match entry.action {
                Action::RenewalRequested { reason, .. } => Some(reason.as_str()),
                _ => None,
            },
            leak: match &entry.action {
                Action::Leaked { what, reaction, source, found_at } => Some(LeakActivityView {
                    string: what.as_str(),
                    reaction: reaction.as_str(),
                    reported_by: source.as_str(),
                    found_at: found_at.as_ref().map(FoundAt::as_str),
                }),
                _ => None,
            },
        }
    }
}

const fn word(action: &Action) -> &'static str {
    match action {
        Action::Created => "CREATED",
        Action::Updated { .. } => "UPDATED",
        Action::Copied => "COPIED",
        Action::Deactivated => "DEACTIVATED",
        Action::Renewed(RenewalMethod::Redemption) => "RENEWED_BY_REDEMPTION",
        Action::Renewed(RenewalMethod::Pull) => "RENEWED_BY_PULL",
        Action::Renewed(RenewalMethod::Schedule) => "RENEWED_BY_SCHEDULE",
        Action::Renewed(RenewalMethod::Manual) => "RENEWED_BY_HAND",
        Action::RenewalRequested { .. } => "RENEWAL_REQUESTED",
        Action::RenewalUnredeemed { .. } => "RENEWAL_UNREDEEMED",
        Action::RenewalUnfetched { .. } => "RENEWAL_UNFETCHED",
        Action::CallbackTried(_) => "CALLBACK_TRIED",
        Action::TestRequested => "CALLBACK_TEST_REQUESTED",
        Action::CallbackTested(_) => "CALLBACK_TESTED",
        Action::HandedOver { .. } => "HANDED_OVER",
        Action::RenewalStarted => "RENEWAL_STARTED",
        Action::LeakSuspected => "LEAK_SUSPECTED",
        Action::Leaked { .. } => "LEAKED",
        Action::SecretRotated => "SIGNING_SECRET_ROTATED",
        Action::ExpiryAnnounced { .. } => "EXPIRY_ANNOUNCED",
        Action::Expired => "EXPIRED",
        Action::OverlapEnding => "OVERLAP_ENDING",
        Action::MailRefused => "MAIL_REFUSED",
        Action::MailOverLimit => "MAIL_OVER_LIMIT",
        Action::SignedIn { .. } => "SIGNED_IN",
        Action::SignInRefused { .. } => "SIGN_IN_REFUSED",
        Action::Unknown => "UNKNOWN",
    }
}

/// A delivery of a callback. Fields may be added.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "CallbackLogEntry"))]
pub struct DeliveryView {
    /// The entry's id.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "uuid")))]
    id: String,
    /// The token that the callback is about.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "uuid")))]
    token_id: String,
    /// When it was sent.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    at: String,
    /// Whether it was a rehearsal.
    test: bool,
    /// Which request token of the renewal it carried, from 1.
    attempt: u32,
    /// Which delivery of this request token it was, from 1.
    r#try: u32,
    /// Why the request token was issued: `renewalDue`, `successorUnused` or `leaked`. Words may be added.
    reason: &'static str,
    /// How long the receiver took, in milliseconds.
    duration_ms: u64,
    /// The receiver's status code, if it answered.
    status_code: Option<u16>,
    /// What went wrong, if something did. Words may be added.
    error_class: Option<&'static str>,
    /// Whether this request token is not sent again.
    last_try: bool,
    /// Whether the receiver took it.
    success: bool,
}

impl DeliveryView {
    /// An entry of the callback log; `None` for any other entry.
    #[must_use]
    pub fn new(id: Uuid, entry: &HistoryEntry) -> Option<Self> {
        let (test, delivery) = match &entry.action {
            Action::CallbackTried(delivery) => (false, delivery),
            Action::CallbackTested(delivery) => (true, delivery),
            _ => return None,
        };
        Some(Self::of(id, entry, delivery, test))
    }

    fn of(id: Uuid, entry: &HistoryEntry, delivery: &Delivery, test: bool) -> Self {
        Self {
            id: id.to_string(),
            token_id: entry.token.to_string(),
            at: time(delivery.at),
            test,
            attempt: delivery.attempt,
            r#try: delivery.try_number,
            reason: delivery.reason.as_str(),
            duration_ms: delivery.duration_ms,
            status_code: delivery.outcome.map_or_else(|failure| failure.status, Some),
            error_class: delivery.outcome.err().map(|failure| failure.class.as_str()),
            last_try: delivery.last_try,
            success: delivery.outcome.is_ok(),
        }
    }
}
