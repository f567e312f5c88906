//! Renews a token by hand.

use keyturn_domain::credential::Credential;
use keyturn_domain::effect::{Actor, Change};
use keyturn_domain::fault::Faults;
use keyturn_domain::ids::TokenId;
use keyturn_domain::lifecycle;
use keyturn_domain::manual::{self, RenewalDraft};
use keyturn_domain::refusal::Refusal;
use keyturn_domain::rules::Rules;

use crate::change::ChangeToken;
use crate::create_token::RenderCreated;
use crate::failure::Failure;
use crate::idempotency::{Idempotency, RequestKey};
use crate::ports::PortError;
use crate::secret_vault::SecretVault;

/// Renews tokens of the caller's company.
pub struct RenewToken {
    /// Reads and commits.
    pub change: ChangeToken,
    /// Creates and opens secrets.
    pub vault: SecretVault,
    /// The deployment's parameters.
    pub rules: Rules,
}

impl RenewToken {
    /// Creates the successor, unless the request has been answered before. The answer is a body.
    pub async fn run(
        &self,
        caller: &Credential,
        id: TokenId,
        draft: &RenewalDraft,
        faults: &Faults,
        idempotency: (&Idempotency, Option<RequestKey>),
        render: &RenderCreated,
    ) -> Result<String, Failure> {
        let (idempotency, request) = idempotency;
        if let Some(answer) = idempotency.previous_answer(caller, request).await? {
            return Ok(answer);
        }
        let (string, fresh) = self.vault.token_string(&caller.company).await?;
        let answer = |change: &Change| match change.tokens.get(1) {
            Some(successor) => render(successor, &string, None),
            None => Err(PortError::bare("a renewal made no successor")),
        };
        let kept = idempotency.keep(caller, request, &answer);
        let decide = |token: &_, now| {
            lifecycle::renewable(token, now).map_err(Refusal::Conflict)?;
            let order = draft.parse(token, now, faults.clone()).map_err(Refusal::Invalid)?;
            let actor = Actor::Token(caller.id);
            manual::renew(token, order, fresh.clone(), &self.rules, actor, now)
                .map(Some)
                .map_err(Refusal::Conflict)
        };
        match self.change.commit(caller, id, &decide, kept.as_ref()).await {
            Ok(change) => Ok(answer(&change)?),
            // The same request may have been quicker elsewhere.
            Err(refused) => match idempotency.previous_answer(caller, request).await? {
                Some(answer) => Ok(answer),
                None => Err(refused),
            },
        }
    }
}
