//! Copies a token string again.

use keyturn_domain::caller::Caller;
use keyturn_domain::ids::TokenId;
use keyturn_domain::lifecycle;
use keyturn_domain::manual;
use keyturn_domain::outliving;
use keyturn_domain::refusal::{Conflict, Refusal};
use keyturn_domain::rules::Rules;
use keyturn_domain::secret::SecretString;
use keyturn_domain::token::Token;

use crate::change::ChangeToken;
use crate::failure::Failure;
use crate::secret_vault::SecretVault;

/// Copies token strings of the caller's company.
pub struct CopyToken {
    /// Reads and commits.
    pub change: ChangeToken,
    /// Creates and opens secrets.
    pub vault: SecretVault,
    /// The deployment's parameters.
    pub rules: Rules,
}

impl CopyToken {
    /// The string. The copy is recorded before the string is returned.
    pub async fn run(&self, caller: &Caller, id: TokenId) -> Result<SecretString, Failure> {
        const NOT_COPYABLE: Refusal = Refusal::Conflict(Conflict::NotCopyable);
        let token = self.change.read(caller, id).await?;
        outliving::permit_string(caller, &token)?;
        caller.permit_copy(self.change.context.now())?;
        if !self.rules.copyable {
            return Err(NOT_COPYABLE.into());
        }
        let string = self.vault.open_token_string(&token).await?.ok_or(NOT_COPYABLE)?;
        let actor = caller.actor();
        let decide = |token: &Token, now| match lifecycle::usable(token, now) {
            Ok(()) => Ok(Some(manual::copied(token, actor.clone(), now))),
            Err(conflict) => Err(Refusal::Conflict(conflict)),
        };
        self.change.commit(caller, token, &decide, None).await?;
        Ok(string)
    }
}
