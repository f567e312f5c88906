//! Records as JSON.

use keyturn_domain::Moment;
use keyturn_domain::secret::{SecretString, SigningSecret};
use keyturn_domain::token::{AgeLevel, AutoRenewal, PendingRenewal, Status, Token};
use serde::Serialize;

/// A moment as every answer writes it: RFC 3339 in UTC, whole seconds.
#[must_use]
pub fn time(moment: Moment) -> String {
    moment.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A token.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenView {
    id: String,
    company_id: String,
    series_id: String,
    name: String,
    description: String,
    rights: &'static str,
    applications: Vec<String>,
    status: &'static str,
    age_in_days: i64,
    age_level: &'static str,
    expires_at: Option<String>,
    auto_renewal: Option<AutoRenewalView>,
    renewal_mail_recipient: Option<String>,
    pending_renewal: Option<PendingRenewalView>,
    renewed_from: Option<String>,
    renewed_by: Option<String>,
    last_used_at: Option<String>,
    created_date: String,
    changed_date: String,
    version: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AutoRenewalView {
    every_days: u16,
    next_renewal_at: String,
    callback: Option<CallbackView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CallbackView {
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_secret: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PendingRenewalView {
    attempt: u32,
    requested_at: String,
    redeem_by: String,
    next_callback_at: String,
    last_delivery: Option<LastDeliveryView>,
}

#[derive(Serialize)]
struct LastDeliveryView {
    success: bool,
    at: String,
}

impl TokenView {
    /// A token as it stands now.
    #[must_use]
    pub fn new(token: &Token, last_used_at: Option<Moment>, now: Moment) -> Self {
        Self {
            id: token.id.to_string(),
            company_id: token.company.to_string(),
            series_id: token.series.to_string(),
            name: token.name.as_str().to_owned(),
            description: token.description.as_str().to_owned(),
            rights: token.rights.as_str(),
            applications: token.applications.names().map(str::to_owned).collect(),
            status: status(token.status(now)),
            age_in_days: token.age_in_days(now),
            age_level: age_level(token.age_level(now)),
            expires_at: token.expires_at.map(time),
            auto_renewal: token.auto_renewal.as_ref().map(AutoRenewalView::from),
            renewal_mail_recipient: token
                .mail_recipient
                .as_ref()
                .map(|recipient| recipient.as_str().to_owned()),
            pending_renewal: token.pending.as_ref().map(PendingRenewalView::from),
            renewed_from: token.renewed_from.map(|id| id.to_string()),
            renewed_by: token.renewed.map(|renewed| renewed.by.to_string()),
            last_used_at: last_used_at.map(time),
            created_date: time(token.created_at),
            changed_date: time(token.changed_at),
            version: token.version,
            token: None,
        }
    }

    /// The same with the token string, for the answer that creates it.
    #[must_use]
    pub fn with_string(mut self, string: &SecretString) -> Self {
        self.token = Some(string.expose().to_owned());
        self
    }

    /// The same with the callback's signing secret, for the answer that sets it.
    #[must_use]
    pub fn with_signing_secret(mut self, secret: Option<&SigningSecret>) -> Self {
        if let Some(callback) = self.auto_renewal.as_mut().and_then(|renewal| renewal.callback.as_mut()) {
            callback.signing_secret = secret.map(|secret| secret.expose().to_owned());
        }
        self
    }
}

impl From<&AutoRenewal> for AutoRenewalView {
    fn from(renewal: &AutoRenewal) -> Self {
        let callback = renewal.callback.as_ref();
        Self {
            every_days: renewal.every_days,
            next_renewal_at: time(renewal.next_renewal_at),
            callback: callback
                .map(|callback| CallbackView { url: callback.url.as_str().to_owned(), signing_secret: None }),
        }
    }
}

impl From<&PendingRenewal> for PendingRenewalView {
    fn from(pending: &PendingRenewal) -> Self {
        Self {
            attempt: pending.attempt,
            requested_at: time(pending.requested_at),
            redeem_by: time(pending.redeem_by()),
            next_callback_at: time(pending.next_callback_at()),
            last_delivery: pending
                .last_delivery
                .map(|last| LastDeliveryView { success: last.success, at: time(last.at) }),
        }
    }
}

const fn status(status: Status) -> &'static str {
    match status {
        Status::Active => "ACTIVE",
        Status::Expired => "EXPIRED",
        Status::Deactivated => "DEACTIVATED",
    }
}

const fn age_level(level: AgeLevel) -> &'static str {
    match level {
        AgeLevel::Normal => "NORMAL",
        AgeLevel::Orange => "ORANGE",
        AgeLevel::Red => "RED",
    }
}

/// A list.
#[derive(Serialize)]
pub struct ListView<T> {
    items: Vec<T>,
}

impl<T> ListView<T> {
    /// A page of a list.
    #[must_use]
    pub const fn new(items: Vec<T>) -> Self {
        Self { items }
    }
}

/// A signing secret that is given out.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SigningSecretView {
    signing_secret: String,
}

impl SigningSecretView {
    /// The secret, for the one answer that hands it over.
    #[must_use]
    pub fn new(secret: &SigningSecret) -> Self {
        Self { signing_secret: secret.expose().to_owned() }
    }
}

/// A token string that is given out.
#[derive(Serialize)]
pub struct TokenStringView {
    token: String,
}

impl TokenStringView {
    /// The string, for the one answer that hands it over.
    #[must_use]
    pub fn new(string: &SecretString) -> Self {
        Self { token: string.expose().to_owned() }
    }
}
