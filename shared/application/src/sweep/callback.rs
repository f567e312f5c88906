//! One delivery of a request token: the callback, and what came of it.

use keyturn_domain::delivery;
use keyturn_domain::token::{PendingRenewal, Token};
use serde_json::json;

use super::{Summary, Sweep};
use crate::failure::Failure;
use crate::ports::{Body, CallbackMessage, CommitError, PortError};
use crate::retry::{Attempt, until_committed};

impl Sweep {
    /// Sends the request token that was just issued or taken up, and notes the outcome. Should the process die before
    /// the note, the lease on the try runs out and the same request token goes out again.
    pub(super) async fn call_back(&self, token: &Token, summary: &mut Summary) -> Result<(), Failure> {
        let Some(pending) = &token.pending else { return Ok(()) };
        let Some(message) = self.message(token, pending).await? else { return Ok(()) };
        let report = self.callbacks.send(&message).await;
        if report.outcome.is_ok() {
            summary.delivered += 1;
        } else {
            summary.undelivered += 1;
        }
        let [jitter] = self.edge.random();
        let owed = until_committed(|| async {
            let Some(current) = self.tokens.token(token.id).await? else { return Ok(Attempt::Done(None)) };
            let change = delivery::record(&current, pending, report, jitter, self.edge.now());
            match self.commit(change).await {
                Ok(committed) => Ok(Attempt::Done(committed.owed)),
                Err(CommitError::Conflict) => Ok(Attempt::LostRace),
                Err(CommitError::Failed(error)) => Err(Failure::Broken(error)),
            }
        })
        .await?;
        match owed {
            Some(owed) => self.deliver_owed(owed, summary).await,
            None => Ok(()),
        }
    }

    async fn message(
        &self,
        token: &Token,
        pending: &PendingRenewal,
    ) -> Result<Option<CallbackMessage>, PortError> {
        let Some(callback) = token.callback() else { return Ok(None) };
        let Some(key) = self.strings.open_request_token(token).await? else { return Ok(None) };
        let time = |moment: keyturn_domain::Moment| moment.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let now = self.edge.now();
        let body = json!({
            "type": "apiAccessToken.renewalRequested",
            "timestamp": time(now),
            "data": {
                "tokenId": token.id.to_string(),
                "name": token.name.as_str(),
                "requestToken": key.expose(),
                "redeemUrl": format!("{}/apiAccessTokens/requestRenewedToken", self.base_url),
                "redeemBy": time(pending.redeem_by()),
                "attempt": pending.attempt,
            },
        });
        Ok(Some(CallbackMessage {
            url: callback.url.clone(),
            id: delivery::message_id(token, pending),
            timestamp: now,
            secrets: self.strings.open_signing_secrets(token, callback).await?,
            body: Body(body.to_string()),
        }))
    }
}
