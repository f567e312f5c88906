//! Replaces the signing secret of a callback.

use keyturn_domain::caller::Caller;
use keyturn_domain::ids::TokenId;
use keyturn_domain::manual;
use keyturn_domain::refusal::Refusal;
use keyturn_domain::secret::SigningSecret;

use crate::change::ChangeToken;
use crate::failure::Failure;
use crate::secret_vault::SecretVault;

/// Rotates signing secrets of the caller's company.
pub struct RotateSecret {
    /// Reads and commits.
    pub change: ChangeToken,
    /// Creates the secrets.
    pub vault: SecretVault,
}

impl RotateSecret {
    /// The new secret. Earlier ones sign as well until their 24 h are over, unless they are revoked.
    pub async fn run(
        &self,
        caller: &Caller,
        id: TokenId,
        revoke_previous: bool,
    ) -> Result<SigningSecret, Failure> {
        let before = self.change.read(caller, id).await?;
        let (secret, sealed) = self.vault.signing_secret(&before.company, before.series).await?;
        let actor = caller.actor();
        let decide = |token: &_, now| {
            manual::rotate_secret(token, sealed.clone(), revoke_previous, actor.clone(), now)
                .map(Some)
                .map_err(Refusal::Conflict)
        };
        self.change.run(caller, before, decide).await?;
        Ok(secret)
    }
}
