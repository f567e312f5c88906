//! Request tokens for a successor that exists: whether one goes out is judged on the successor as it is at that moment, by
//! strongly consistent reads.

use keyturn_domain::Timestamp;
use keyturn_domain::credential::Credential;
use keyturn_domain::follow_up::{self, SuccessorNow};
use keyturn_domain::token::Token;

use super::Sweep;
use super::token::Decision;
use crate::ports::PortError;

/// A successor as it was read.
pub(super) struct Successor {
    token: Option<Token>,
    credential: Option<Credential>,
}

impl Successor {
    pub(super) const fn token(&self) -> Option<&Token> {
        self.token.as_ref()
    }

    pub(super) const fn now(&self) -> SuccessorNow<'_> {
        SuccessorNow { token: self.token.as_ref(), credential: self.credential.as_ref() }
    }
}

impl Sweep {
    /// Issues a request token for the successor if it needs one.
    pub(super) async fn decide_follow_up(
        &self,
        token: &Token,
        now: Timestamp,
    ) -> Result<Decision, PortError> {
        let successor = self.successor_of(token).await?;
        if !follow_up::needs_request(token, successor.now(), now) {
            let change = follow_up::skip(token, successor.now(), now);
            return Ok(Decision { change, ..Decision::default() });
        }
        let (request_token, new) = self.vault.request_token(token).await?;
        let change = follow_up::issue(token, successor.now(), new, now);
        Ok(Decision { change, request_token: Some(request_token), successor: Some(successor) })
    }

    /// Starts the next delivery if the successor still needs it.
    pub(super) async fn decide_follow_up_try(
        &self,
        token: &Token,
        now: Timestamp,
    ) -> Result<Decision, PortError> {
        let successor = self.successor_of(token).await?;
        let change = follow_up::take_up_try(token, successor.now(), now);
        Ok(Decision { change, successor: Some(successor), ..Decision::default() })
    }

    pub(super) async fn successor_of(&self, token: &Token) -> Result<Successor, PortError> {
        let Some(renewed) = token.renewed else { return Ok(Successor { token: None, credential: None }) };
        let (token, credential) =
            futures::try_join!(self.tokens.token(renewed.by), self.credentials.credential(renewed.by))?;
        Ok(Successor { token, credential })
    }
}
