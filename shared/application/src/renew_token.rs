//! Renews a token manually.

use keyturn_domain::caller::Caller;
use keyturn_domain::change::Change;
use keyturn_domain::fault::Faults;
use keyturn_domain::ids::TokenId;
use keyturn_domain::lifecycle;
use keyturn_domain::manual::{self, RenewalDraft};
use keyturn_domain::outliving;
use keyturn_domain::refusal::Refusal;
use keyturn_domain::rules::Rules;

use crate::change::ChangeToken;
use crate::created::{Created, Outcome};
use crate::failure::Failure;
use crate::idempotency::{Idempotency, RequestKey};
use crate::secret_vault::SecretVault;

/// Renews tokens of the caller's company.
pub struct RenewToken {
    /// Reads and commits.
    pub change: ChangeToken,
    /// Creates and opens secrets.
    pub vault: SecretVault,
    /// The deployment parameters.
    pub rules: Rules,
}

impl RenewToken {
    /// Creates the successor, or replays the answer if the request is a repetition. `faults` are those of the request's
    /// form.
    pub async fn run(
        &self,
        caller: &Caller,
        id: TokenId,
        draft: &RenewalDraft,
        faults: &Faults,
        (idempotency, key): (&Idempotency, Option<RequestKey>),
    ) -> Result<Outcome, Failure> {
        if let Some(body) = idempotency.previous_answer(caller, key).await? {
            return Ok(Outcome::Replayed(body));
        }
        let (string, fresh) = self.vault.token_string(caller.company()).await?;
        let created = |change: &Change| Created::of(change.tokens.get(1), &string, None);
        let kept = idempotency.keep(caller, key, &created);
        let decide = |token: &_, now| {
            lifecycle::renewable(token, now).map_err(Refusal::Conflict)?;
            caller.permit_creation(&token.applications, now)?;
            outliving::permit_renewal(caller, token, now)?;
            let renewal = draft.parse(token, now, faults.clone()).map_err(Refusal::Invalid)?;
            let actor = caller.actor();
            manual::renew(token, renewal, fresh.clone(), &self.rules, actor, now)
                .map(Some)
                .map_err(Refusal::Conflict)
        };
        let token = self.change.read(caller, id).await?;
        match self.change.commit(caller, token, &decide, kept.as_ref()).await {
            Ok(change) => Ok(Outcome::New(Box::new(created(&change)?))),
            // The same request may have been committed elsewhere meanwhile.
            Err(refused) => match idempotency.previous_answer(caller, key).await? {
                Some(body) => Ok(Outcome::Replayed(body)),
                None => Err(refused),
            },
        }
    }
}
