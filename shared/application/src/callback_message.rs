//! The callback that carries a request token: its body and its signatures.

use keyturn_domain::Timestamp;
use keyturn_domain::delivery;
use keyturn_domain::secret::{SecretHash, SecretString};
use keyturn_domain::token::{Callback, RequestReason, Token};
use serde::Serialize;

use crate::context::Context;
use crate::ports::{Body, CallbackMessage, PortError};
use crate::secret_vault::SecretVault;

/// Writes callbacks.
#[derive(Clone)]
pub struct CallbackMessages {
    /// Opens the signing secrets.
    pub vault: SecretVault,
    /// The time.
    pub context: Context,
    /// The public address of this deployment's API, without a slash at its end.
    pub base_url: String,
}

/// The body of a callback. Fields may be added.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CallbackBody {
    /// What it is about: a renewal, or a rehearsal that changes nothing.
    #[cfg_attr(feature = "openapi", schemars(extend("enum" = [RENEWAL_REQUESTED, TEST])))]
    r#type: &'static str,
    /// When it was written.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    timestamp: String,
    /// What is needed to redeem.
    data: CallbackData,
}

/// What is needed to redeem a request token.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
struct CallbackData {
    /// The token that is being renewed.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "uuid")))]
    token_id: String,
    /// Its name.
    name: String,
    /// What is redeemed for the successor's token string.
    #[cfg_attr(feature = "openapi", schemars(extend("pattern" = "^krt_[0-9A-Za-z]{71}$")))]
    request_token: String,
    /// Where it is redeemed.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "uri")))]
    redeem_url: String,
    /// Until when it can be redeemed.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    redeem_by: String,
    /// Counts the request tokens of this renewal, from 1.
    attempt: u32,
    /// Why it is sent: the renewal is due, or the successor was handed over and never used, so that the answer may have been
    /// lost, or the token's string leaked and is being replaced. Words may be added.
    #[cfg_attr(feature = "openapi", schemars(extend("examples" = RequestReason::ALL.map(RequestReason::as_str))))]
    reason: &'static str,
}

/// The type of a callback that carries the request token of a renewal.
pub const RENEWAL_REQUESTED: &str = "apiAccessToken.renewalRequested";

/// The type of a callback that was sent to rehearse.
pub const TEST: &str = "apiAccessToken.test";

/// The reason for a callback.
pub(crate) struct Occasion {
    kind: &'static str,
    hash: SecretHash,
    redeem_by: Timestamp,
    attempt: u32,
    reason: RequestReason,
}

impl Occasion {
    /// A renewal with a request token that is being delivered.
    pub(crate) fn renewal(token: &Token) -> Option<Self> {
        let pending = token.in_delivery()?;
        // One that redeems to a successor that exists may end sooner, and so may one for a leaked string.
        let end = token.replacement().and(token.expires_at).unwrap_or(Timestamp::MAX_UTC);
        let redeemed = token.redeemed.as_ref().filter(|redeemed| redeemed.hash == pending.hash);
        Some(Self {
            kind: RENEWAL_REQUESTED,
            hash: pending.hash,
            redeem_by: redeemed.map_or(pending.redeem_by(), |redeemed| redeemed.redeem_by).min(end),
            attempt: pending.attempt,
            reason: pending.reason,
        })
    }

    /// A test.
    pub(crate) fn test(token: &Token) -> Option<Self> {
        token.test_request_token.as_ref().map(|key| Self {
            kind: TEST,
            hash: key.hash,
            redeem_by: key.redeem_by,
            attempt: 1,
            reason: RequestReason::default(),
        })
    }
}

impl CallbackMessages {
    /// The callback for an occasion, if the token has a receiver.
    pub(crate) async fn write(
        &self,
        token: &Token,
        request_token: &SecretString,
        occasion: &Occasion,
    ) -> Result<Option<CallbackMessage>, PortError> {
        self.write_to(token.callback(), token, request_token, occasion).await
    }

    /// The same to another receiver of the series.
    pub(crate) async fn write_to(
        &self,
        callback: Option<&Callback>,
        token: &Token,
        request_token: &SecretString,
        occasion: &Occasion,
    ) -> Result<Option<CallbackMessage>, PortError> {
        let Some(callback) = callback else { return Ok(None) };
        let time = |moment: Timestamp| moment.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let now = self.context.now();
        let body = CallbackBody {
            r#type: occasion.kind,
            timestamp: time(now),
            data: CallbackData {
                token_id: token.id.to_string(),
                name: token.name.as_str().to_owned(),
                request_token: request_token.expose().to_owned(),
                redeem_url: format!("{}/apiAccessTokens/requestRenewedToken", self.base_url),
                redeem_by: time(occasion.redeem_by),
                attempt: occasion.attempt,
                reason: occasion.reason.as_str(),
            },
        };
        let body = serde_json::to_string(&body)
            .map_err(|error| PortError::new("a callback can't be encoded", error))?;
        Ok(Some(CallbackMessage {
            company: token.company.clone(),
            url: callback.url.clone(),
            id: delivery::message_id(token.id, &occasion.hash),
            timestamp: now,
            secrets: self.vault.open_signing_secrets(token, callback).await?,
            body: Body(body),
        }))
    }
}
