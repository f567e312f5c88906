//! Records as JSON.

use keyturn_application::PortError;
use keyturn_application::ports::Bound;
use keyturn_domain::Timestamp;
use keyturn_domain::owner::Owner;
use keyturn_domain::secret::{SecretString, SigningSecret};
use keyturn_domain::summary::{LeakSummary, PendingSummary, RenewalSummary, TokenSummary};
use lambda_http::http::StatusCode;
use serde::Serialize;

use crate::response::ApiResponse;
#[cfg(feature = "openapi")]
use crate::words;
use crate::words::{age_level, status};

/// RFC 3339 in UTC with whole seconds, as every answer shows times.
#[must_use]
pub fn time(timestamp: Timestamp) -> String {
    timestamp.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A token. Fields may be added.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "Token"))]
pub struct TokenView {
    /// The token's id; the token string contains it in another form.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "uuid")))]
    id: String,
    /// The company that the token belongs to.
    company_id: String,
    /// The id of the series' first token, which no renewal changes: what an integration should key on.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "uuid")))]
    series_id: String,
    /// What people call it; need not be unique.
    name: String,
    /// What people say about it.
    description: String,
    /// What it may do.
    #[cfg_attr(feature = "openapi", schemars(extend("enum" = words::RIGHTS)))]
    rights: &'static str,
    /// What it may do it with.
    #[cfg_attr(feature = "openapi", schemars(with = "Vec<ApplicationView>"))]
    applications: Vec<String>,
    /// Whether it can be used. `EXPIRED` follows the clock.
    #[cfg_attr(feature = "openapi", schemars(extend("enum" = words::STATUSES)))]
    status: &'static str,
    /// Whole days since its creation.
    age_in_days: i64,
    /// `ORANGE` from 6 months, `RED` from a year.
    #[cfg_attr(feature = "openapi", schemars(extend("enum" = words::AGE_LEVELS)))]
    age_level: &'static str,
    /// From when on it's no longer valid; `null`: it does not expire.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    expires_at: Option<String>,
    /// How it renews itself; `null`: it does not.
    auto_renewal: Option<AutoRenewalView>,
    /// Who gets mails about it.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "email")))]
    renewal_mail_recipient: Option<String>,
    /// Who answers for it: the person who created it, unless that was changed; `null` if a program created it.
    owner: Option<OwnerView>,
    /// The request token that is out, if one is.
    pending_renewal: Option<PendingRenewalView>,
    /// What is known of a leak of its string; absent if nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "LeakView"))]
    leak: Option<LeakView>,
    /// The id of its predecessor.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "uuid")))]
    renewed_from: Option<String>,
    /// The id of its successor.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "uuid")))]
    renewed_by: Option<String>,
    /// When it was last used, exact to one hour.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    last_used_at: Option<String>,
    /// When it was created.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    created_date: String,
    /// When it was last changed.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    changed_date: String,
    /// The version of the record, also the `ETag`.
    version: u64,
    /// The token string, only in answers that create a token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "String", extend("pattern" = words::TOKEN_STRING)))]
    token: Option<String>,
}

/// The owner of a token.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "Owner"))]
pub(crate) struct OwnerView {
    /// The person's id.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "uuid")))]
    id: String,
    /// Their name when they became the owner.
    name: String,
}

impl From<&Owner> for OwnerView {
    fn from(owner: &Owner) -> Self {
        Self { id: owner.id.to_string(), name: owner.name.clone() }
    }
}

/// How a token renews itself.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "AutoRenewal"))]
struct AutoRenewalView {
    /// Days from creation to renewal.
    every_days: u16,
    /// When the renewal falls due.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    next_renewal_at: String,
    /// Where request tokens are sent; `null`: the token fetches its successor itself, or a mail announces it.
    callback: Option<CallbackView>,
    /// Whether the token fetches its successor itself, by `POST /apiAccessTokens/self/renew`.
    pull: bool,
}

/// Where request tokens are sent.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "Callback"))]
struct CallbackView {
    /// The receiver's address.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "uri")))]
    url: String,
    /// What callbacks are signed with, only in the answer that set or rotated it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "String", extend("pattern" = words::SIGNING_SECRET)))]
    signing_secret: Option<String>,
}

/// A request token that is out.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "PendingRenewal"))]
struct PendingRenewalView {
    /// Counts the request tokens of this renewal, from 1.
    attempt: u32,
    /// When it was issued.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    requested_at: String,
    /// Until when it can be redeemed.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    redeem_by: String,
    /// When the next one goes out, unless this one is redeemed.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    next_callback_at: String,
    /// What came of the last delivery.
    last_delivery: Option<LastDeliveryView>,
}

/// The leak of a token's string.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "Leak"))]
struct LeakView {
    /// When it was reported, or first suspected.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    reported_at: String,
    /// Who reported it: `ANYBODY`, `GITHUB`, `GITLAB`, `HOLDER`, `SUSPICION` or `PREDECESSOR`. Words may be added.
    reported_by: &'static str,
    /// Whether it is being replaced: `expiresAt` then is when it ends at the latest.
    being_replaced: bool,
    /// When the string had last been used when it was reported, exact to an hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "String", extend("format" = "date-time")))]
    last_used_at: Option<String>,
    /// The source address of that use.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "String"))]
    last_used_from: Option<String>,
}

/// What came of a delivery.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "LastDelivery"))]
struct LastDeliveryView {
    /// Whether the receiver took it.
    success: bool,
    /// When it was sent.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    at: String,
}

impl TokenView {
    /// A token as it stands now.
    #[must_use]
    pub fn new(token: impl Into<TokenSummary>, last_used_at: Option<Timestamp>, now: Timestamp) -> Self {
        let token: TokenSummary = token.into();
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
            owner: token.owner.as_ref().map(OwnerView::from),
            pending_renewal: token.pending.as_ref().map(PendingRenewalView::from),
            leak: token.leak.as_ref().map(LeakView::from),
            renewed_from: token.renewed_from.map(|id| id.to_string()),
            renewed_by: token.renewed_by.map(|id| id.to_string()),
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

    /// The answer that shows it, with its version as `ETag`.
    pub fn answer(&self) -> Result<ApiResponse, PortError> {
        Ok(ApiResponse::json(StatusCode::OK, self)?.with_version(self.version))
    }
}

impl From<&RenewalSummary> for AutoRenewalView {
    fn from(renewal: &RenewalSummary) -> Self {
        let callback = renewal.callback.as_ref();
        Self {
            every_days: renewal.every_days,
            next_renewal_at: time(renewal.next_renewal_at),
            callback: callback.map(|url| CallbackView { url: url.as_str().to_owned(), signing_secret: None }),
            pull: renewal.pull,
        }
    }
}

impl From<&LeakSummary> for LeakView {
    fn from(leak: &LeakSummary) -> Self {
        Self {
            reported_at: time(leak.reported_at),
            reported_by: leak.source.as_str(),
            being_replaced: leak.being_replaced,
            last_used_at: leak.last_use.map(|last| time(last.at)),
            last_used_from: leak.last_use.and_then(|last| last.from).map(|from| from.to_string()),
        }
    }
}

impl From<&PendingSummary> for PendingRenewalView {
    fn from(pending: &PendingSummary) -> Self {
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

/// A page of a list, or a whole one. Fields may be added.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "{T}List"))]
pub struct ListView<T> {
    /// What is on it, in the order that was asked for. There may be fewer items than asked for, even none, while more
    /// follow: a request reads a limited number of entries to find them.
    items: Vec<T>,
    /// The `startingAfter` of the next page; absent if nothing follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "String", extend("format" = "uuid")))]
    continue_after: Option<String>,
    /// Instead of `continueAfter` on a page that was asked for with `endingBefore`: the `endingBefore` of the page before it;
    /// absent if nothing precedes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "String", extend("format" = "uuid")))]
    continue_before: Option<String>,
}

impl<T> ListView<T> {
    /// A whole list.
    #[must_use]
    pub const fn new(items: Vec<T>) -> Self {
        Self { items, continue_after: None, continue_before: None }
    }

    /// A page of a list, and the bound of the next one if there may be one.
    #[must_use]
    pub fn page(items: Vec<T>, next: Option<Bound>) -> Self {
        let (continue_after, continue_before) = match next {
            Some(Bound::StartingAfter(id)) => (Some(id.to_string()), None),
            Some(Bound::EndingBefore(id)) => (None, Some(id.to_string())),
            None => (None, None),
        };
        Self { items, continue_after, continue_before }
    }
}

/// A signing secret that is given out.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "SigningSecret"))]
pub struct SigningSecretView {
    /// What callbacks are signed with from now on.
    #[cfg_attr(feature = "openapi", schemars(extend("pattern" = words::SIGNING_SECRET)))]
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
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "TokenString"))]
pub struct TokenStringView {
    /// What a client sends.
    #[cfg_attr(feature = "openapi", schemars(extend("pattern" = words::TOKEN_STRING)))]
    token: String,
}

impl TokenStringView {
    /// The string, for the one answer that hands it over.
    #[must_use]
    pub fn new(string: &SecretString) -> Self {
        Self { token: string.expose().to_owned() }
    }
}

/// The name of an application that tokens can be for.
#[derive(Serialize)]
#[serde(transparent)]
#[cfg_attr(
    feature = "openapi",
    derive(schemars::JsonSchema),
    schemars(rename = "Application", extend("pattern" = words::APPLICATION))
)]
pub struct ApplicationView<'a>(&'a str);

impl<'a> ApplicationView<'a> {
    /// A name of the catalogue.
    #[must_use]
    pub const fn new(name: &'a str) -> Self {
        Self(name)
    }
}
