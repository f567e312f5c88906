//! Activities and callback log entries as JSON.

use keyturn_domain::delivery::Delivery;
use keyturn_domain::effect::{Action, Actor, Entry, RenewedHow};
use serde::Serialize;
use uuid::Uuid;

use crate::view::time;

/// Something that happened to a token.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ActivityView {
    id: String,
    at: String,
    token_id: String,
    actor: ActorView,
    action: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    successor_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ActorView {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_id: Option<String>,
}

impl ActivityView {
    /// An entry of a token's history.
    #[must_use]
    pub fn new(id: Uuid, entry: &Entry) -> Self {
        let (actor, token_id) = match entry.actor {
            Actor::Token(id) => ("TOKEN", Some(id.to_string())),
            Actor::Schedule => ("SCHEDULE", None),
            Actor::Operator => ("OPERATOR", None),
        };
        Self {
            id: id.to_string(),
            at: time(entry.at),
            token_id: entry.token.to_string(),
            actor: ActorView { r#type: actor, token_id },
            action: word(&entry.action),
            successor_id: entry.successor.map(|id| id.to_string()),
            attempt: match entry.action {
                Action::RenewalRequested { attempt, .. } | Action::RenewalUnredeemed { attempt } => {
                    Some(attempt)
                }
                _ => None,
            },
        }
    }
}

const fn word(action: &Action) -> &'static str {
    match action {
        Action::Created => "CREATED",
        Action::Updated => "UPDATED",
        Action::Copied => "COPIED",
        Action::Deactivated => "DEACTIVATED",
        Action::Renewed(RenewedHow::Redemption) => "RENEWED_BY_REDEMPTION",
        Action::Renewed(RenewedHow::Schedule) => "RENEWED_BY_SCHEDULE",
        Action::Renewed(RenewedHow::Hand) => "RENEWED_BY_HAND",
        Action::RenewalRequested { .. } => "RENEWAL_REQUESTED",
        Action::RenewalUnredeemed { .. } => "RENEWAL_UNREDEEMED",
        Action::CallbackTried(_) => "CALLBACK_TRIED",
        Action::TestRequested { .. } => "CALLBACK_TEST_REQUESTED",
        Action::CallbackTested(_) => "CALLBACK_TESTED",
        Action::RenewalStarted => "RENEWAL_STARTED",
        Action::SecretRotated => "SIGNING_SECRET_ROTATED",
        Action::ExpiryAnnounced { .. } => "EXPIRY_ANNOUNCED",
        Action::Expired => "EXPIRED",
        Action::OverlapEnding => "OVERLAP_ENDING",
    }
}

/// A delivery of a callback.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryView {
    id: String,
    token_id: String,
    at: String,
    test: bool,
    attempt: u32,
    r#try: u32,
    duration_ms: u64,
    status_code: Option<u16>,
    error_class: Option<&'static str>,
    last_try: bool,
    success: bool,
}

impl DeliveryView {
    /// An entry of the callback log; `None` for any other entry.
    #[must_use]
    pub fn new(id: Uuid, entry: &Entry) -> Option<Self> {
        let (test, delivery) = match &entry.action {
            Action::CallbackTried(delivery) => (false, delivery),
            Action::CallbackTested(delivery) => (true, delivery),
            _ => return None,
        };
        Some(Self::of(id, entry, delivery, test))
    }

    fn of(id: Uuid, entry: &Entry, delivery: &Delivery, test: bool) -> Self {
        Self {
            id: id.to_string(),
            token_id: entry.token.to_string(),
            at: time(delivery.at),
            test,
            attempt: delivery.attempt,
            r#try: delivery.try_number,
            duration_ms: delivery.duration_ms,
            status_code: delivery.outcome.map_or_else(|failure| failure.status, Some),
            error_class: delivery.outcome.err().map(|failure| failure.class.as_str()),
            last_try: delivery.last_try,
            success: delivery.outcome.is_ok(),
        }
    }
}
