//! The callback that carries a request token: its body, and what it is signed with.

use keyturn_domain::Moment;
use keyturn_domain::delivery;
use keyturn_domain::secret::{SecretHash, SecretString};
use keyturn_domain::token::Token;
use serde_json::json;

use crate::edge::Edge;
use crate::ports::{Body, CallbackMessage, PortError};
use crate::strings::Strings;

/// Writes callbacks.
#[derive(Clone)]
pub struct CallbackMessages {
    /// Opens the signing secrets.
    pub strings: Strings,
    /// The time.
    pub edge: Edge,
    /// The public address of this deployment's API, without a slash at its end.
    pub base_url: String,
}

/// Why a callback is sent.
pub(crate) struct Occasion {
    kind: &'static str,
    hash: SecretHash,
    redeem_by: Moment,
    attempt: u32,
}

impl Occasion {
    /// A renewal whose request token is out.
    pub(crate) fn renewal(token: &Token) -> Option<Self> {
        token.pending.as_ref().map(|pending| Self {
            kind: "apiAccessToken.renewalRequested",
            hash: pending.hash,
            redeem_by: pending.redeem_by(),
            attempt: pending.attempt,
        })
    }

    /// A rehearsal.
    pub(crate) fn test(token: &Token) -> Option<Self> {
        token.test_key.as_ref().map(|key| Self {
            kind: "apiAccessToken.test",
            hash: key.hash,
            redeem_by: key.redeem_by,
            attempt: 1,
        })
    }
}

impl CallbackMessages {
    /// The callback for an occasion, if the token has a receiver.
    pub(crate) async fn write(
        &self,
        token: &Token,
        key: &SecretString,
        occasion: &Occasion,
    ) -> Result<Option<CallbackMessage>, PortError> {
        let Some(callback) = token.callback() else { return Ok(None) };
        let time = |moment: Moment| moment.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let now = self.edge.now();
        let body = json!({
            "type": occasion.kind,
            "timestamp": time(now),
            "data": {
                "tokenId": token.id.to_string(),
                "name": token.name.as_str(),
                "requestToken": key.expose(),
                "redeemUrl": format!("{}/apiAccessTokens/requestRenewedToken", self.base_url),
                "redeemBy": time(occasion.redeem_by),
                "attempt": occasion.attempt,
            },
        });
        Ok(Some(CallbackMessage {
            url: callback.url.clone(),
            id: delivery::message_id(token.id, &occasion.hash),
            timestamp: now,
            secrets: self.strings.open_signing_secrets(token, callback).await?,
            body: Body(body.to_string()),
        }))
    }
}
