//! Edits a token.

use keyturn_domain::caller::Caller;
use keyturn_domain::edit::{Patch, TokenPatch};
use keyturn_domain::fault::Faults;
use keyturn_domain::outliving;
use keyturn_domain::refusal::Refusal;
use keyturn_domain::rules::Rules;
use keyturn_domain::secret::SigningSecret;

use crate::change::ChangeToken;
use crate::failure::Failure;
use crate::get_token::TokenWithUse;
use crate::named_token::NamedToken;
use crate::secret_vault::SecretVault;

/// Edits tokens of the caller's company.
pub struct UpdateToken {
    /// Reads and commits.
    pub change: ChangeToken,
    /// Creates signing secrets.
    pub vault: SecretVault,
    /// The deployment parameters.
    pub rules: Rules,
}

impl UpdateToken {
    /// The edited token, and the signing secret if the edit set up a callback or moved it to another host. `faults` are those of the request's form;
    /// `versions` are those that `If-Match` accepts, any without it.
    pub async fn run(
        &self,
        caller: &Caller,
        token: NamedToken,
        patch: &TokenPatch,
        faults: &Faults,
        versions: Option<&[u64]>,
    ) -> Result<(TokenWithUse, Option<SigningSecret>), Failure> {
        let (actor, read) = (caller.actor(), self.change.read_with_use(caller, token).await?);
        let before = &read.token;
        let rules = self.rules.of(&before.company);
        let wants_callback =
            matches!(&patch.auto_renewal, Patch::Set(renewal) if matches!(renewal.callback, Patch::Set(_)));
        let secret = if wants_callback {
            Some(self.vault.signing_secret(&before.company, before.series).await?)
        } else {
            None
        };
        let (secret, sealed) = secret.unzip();
        let seen = self
            .change
            .seen(caller, read, |token, now| {
                if versions.is_some_and(|versions| !versions.contains(&token.version)) {
                    return Err(Refusal::VersionMismatch);
                }
                patch.permit(token, now).map_err(Refusal::Conflict)?;
                let edit = patch.parse(token, &rules, now, faults.clone()).map_err(Refusal::Invalid)?;
                outliving::permit_edit(caller, token, &edit)?;
                let fresh = sealed.clone().filter(|_| edit.needs_signing_secret(token));
                Ok(edit.apply(token, fresh, actor.clone(), now))
            })
            .await?;
        let used = seen.token.callback().is_some_and(|callback| Some(&callback.secret) == sealed.as_ref());
        Ok((seen, secret.filter(|_| used)))
    }
}
