//! One delivery of a request token: sends the callback and records the result.

use keyturn_domain::delivery::{DeliveryReport, FailureClass};
use keyturn_domain::renewal;
use keyturn_domain::secret::SecretString;
use keyturn_domain::token::{PendingRenewal, Token};

use super::Sweep;
use super::fair_queue::Call;
use super::token::{Committed, Stepped};
use crate::callback_message::Occasion;
use crate::failure::Failure;
use crate::ports::{CallbackMessage, PortError};
use crate::retry::{Attempt, until_committed};

impl Sweep {
    /// Sends the request token that was just issued, or is due again, and records the result. `request_token` is the one just
    /// issued; without it, the sealed one is opened. One for a `successor` that exists goes to that one's receiver. If the
    /// process dies before the result is recorded, the lease on the delivery runs out and the same request token is sent
    /// again.
    pub(super) async fn send_callback(
        &self,
        token: Token,
        successor: Option<&Token>,
        request_token: Option<SecretString>,
        stepped: &mut Stepped,
    ) -> Result<(), Failure> {
        let Some(pending) = token.in_delivery() else { return Ok(()) };
        let Some(message) = self.message(&token, successor, request_token).await? else { return Ok(()) };
        let report = self.callbacks.send(&message).await;
        stepped.call = Some(call(&report));
        if report.outcome.is_ok() {
            stepped.summary.delivered += 1;
        } else {
            stepped.summary.undelivered += 1;
        }
        let [jitter] = self.context.random();
        let recorded = until_committed(|| self.record(&token, pending, report, jitter)).await?;
        if let Some(Committed { token, entry }) = recorded {
            stepped.entries.extend(entry);
            stepped.token = token;
        }
        Ok(())
    }

    async fn record(
        &self,
        token: &Token,
        tried: &PendingRenewal,
        report: DeliveryReport,
        jitter: u8,
    ) -> Result<Attempt<Option<Committed>>, Failure> {
        let Some(current) = self.tokens.token(token.id).await? else { return Ok(Attempt::Done(None)) };
        let change = renewal::record_delivery(&current, tried, report, jitter, self.context.now());
        Attempt::of(self.commit(change).await.map(Some))
    }

    async fn message(
        &self,
        token: &Token,
        successor: Option<&Token>,
        request_token: Option<SecretString>,
    ) -> Result<Option<CallbackMessage>, PortError> {
        let request_token = match request_token {
            Some(request_token) => Some(request_token),
            None => self.messages.vault.open_request_token(token).await?,
        };
        match request_token.zip(Occasion::renewal(token)) {
            Some((request_token, occasion)) => {
                let callback = successor.unwrap_or(token).callback();
                self.messages.write_to(callback, token, &request_token, &occasion).await
            }
            None => Ok(None),
        }
    }
}

/// Only a receiver that takes all its time holds up others.
fn call(report: &DeliveryReport) -> Call {
    match report.outcome {
        Err(failure) if failure.class == FailureClass::Timeout => Call::TimedOut,
        Ok(_) | Err(_) => Call::Answered,
    }
}
