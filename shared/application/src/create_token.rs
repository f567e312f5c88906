//! Creates a token.

use std::sync::Arc;

use keyturn_domain::credential::Credential;
use keyturn_domain::draft::Settings;
use keyturn_domain::effect::{Actor, Change};
use keyturn_domain::ids::CompanyId;
use keyturn_domain::lifecycle;
use keyturn_domain::rules::Rules;
use keyturn_domain::secret::{SecretString, SigningSecret};
use keyturn_domain::token::Token;

use crate::edge::Edge;
use crate::failure::Failure;
use crate::ports::{Commit, CommitError, PortError, TokenStore};
use crate::strings::Strings;

/// Creates tokens in the caller's company.
pub struct CreateToken {
    /// Where tokens are kept.
    pub tokens: Arc<dyn TokenStore>,
    /// Makes the strings.
    pub strings: Strings,
    /// The deployment's parameters.
    pub rules: Rules,
    /// Time and randomness.
    pub edge: Edge,
}

/// A token just created, and the only moment at which its secrets are at hand.
pub struct Created {
    /// The record.
    pub token: Token,
    /// Its token string.
    pub string: SecretString,
    /// Its callback's signing secret, if it has a callback.
    pub signing_secret: Option<SigningSecret>,
}

impl CreateToken {
    /// Creates a token with these settings.
    pub async fn run(&self, caller: &Credential, settings: Settings) -> Result<Created, Failure> {
        let company = caller.company.clone();
        self.create(company, settings, Actor::Token(caller.id), None).await.map_err(|error| match error {
            CommitError::Failed(error) => error.into(),
            CommitError::Conflict => PortError::bare("a fresh id was taken").into(),
        })
    }

    /// Creates a token, and the company with it if it's to be founded.
    pub(crate) async fn create(
        &self,
        company: CompanyId,
        settings: Settings,
        actor: Actor,
        founding: Option<CompanyId>,
    ) -> Result<Created, CommitError> {
        let now = self.edge.now();
        let (string, fresh) = self.strings.token_string(&company).await?;
        let wants_callback = settings.auto_renewal.as_ref().is_some_and(|renewal| renewal.callback.is_some());
        let secret =
            if wants_callback { Some(self.strings.signing_secret(&company, fresh.id).await?) } else { None };
        let (signing_secret, sealed_secret) = secret.unzip();
        let change = lifecycle::create(company, settings, fresh, sealed_secret, &self.rules, actor, now);
        let commit = Commit { change, entry_id: self.edge.fresh_id(), entry_due: now, founding };
        self.tokens.commit(&commit).await?;
        let Change { mut tokens, .. } = commit.change;
        let token = tokens.pop().ok_or(PortError::bare("a creation made no token"))?;
        Ok(Created { token, string, signing_secret })
    }
}
