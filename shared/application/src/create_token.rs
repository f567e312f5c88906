//! Creates a token.

use std::sync::Arc;

use keyturn_domain::credential::Credential;
use keyturn_domain::draft::{Settings, TokenDraft};
use keyturn_domain::effect::{Actor, Change};
use keyturn_domain::fault::Faults;
use keyturn_domain::ids::CompanyId;
use keyturn_domain::lifecycle;
use keyturn_domain::refusal::Refusal;
use keyturn_domain::rules::Rules;
use keyturn_domain::secret::{SecretString, SigningSecret};
use keyturn_domain::token::Token;

use crate::context::Context;
use crate::failure::Failure;
use crate::idempotency::{Idempotency, Idempotent, RequestKey};
use crate::ports::{Commit, CommitError, PortError, TokenStore};
use crate::retry::{Attempt, until_committed};
use crate::secret_vault::SecretVault;

/// Creates tokens in the caller's company.
pub struct CreateToken {
    /// Where tokens are kept.
    pub tokens: Arc<dyn TokenStore>,
    /// Creates and opens secrets.
    pub vault: SecretVault,
    /// The deployment's parameters.
    pub rules: Rules,
    /// Time and randomness.
    pub context: Context,
}

/// A token just created, and the only moment at which its secrets are at hand.
pub struct Created {
    /// The record.
    pub token: Token,
    /// Its token string.
    pub string: SecretString,
    /// Its callback's signing secret, if that is new.
    pub signing_secret: Option<SigningSecret>,
}

/// Writes the answer that hands a new token over.
pub type RenderCreated =
    dyn Fn(&Token, &SecretString, Option<&SigningSecret>) -> Result<String, PortError> + Send + Sync;

impl CreateToken {
    /// Creates a token, unless the request has been answered before. The answer is a body. `faults` are those of the
    /// draft's form.
    pub async fn run(
        &self,
        caller: &Credential,
        draft: &TokenDraft,
        faults: &Faults,
        idempotency: (&Idempotency, Option<RequestKey>),
        render: &RenderCreated,
    ) -> Result<String, Failure> {
        until_committed(|| self.attempt(caller, draft, faults, idempotency, render)).await
    }

    async fn attempt(
        &self,
        caller: &Credential,
        draft: &TokenDraft,
        faults: &Faults,
        (idempotency, request): (&Idempotency, Option<RequestKey>),
        render: &RenderCreated,
    ) -> Result<Attempt<String>, Failure> {
        // First of all: what was in order then need not be now, such as an expiry that was in the future.
        if let Some(answer) = idempotency.previous_answer(caller, request).await? {
            return Ok(Attempt::Done(answer));
        }
        let settings =
            draft.parse(&self.rules, self.context.now(), faults.clone()).map_err(Refusal::Invalid)?;
        let made = self.make(caller.company.clone(), settings, Actor::Token(caller.id)).await?;
        let answer = render(&made.token()?, &made.string, made.signing_secret.as_ref())?;
        let same = |_: &Change| Ok(answer.clone());
        let kept = idempotency.keep(caller, request, &same);
        // A fresh id is never taken, so whoever loses the race lost it to the same request.
        Attempt::of(self.commit(made.change, None, kept.as_ref()).await.map(|()| answer))
    }

    /// Creates a token, and the company with it if it's to be founded.
    pub(crate) async fn create(
        &self,
        company: CompanyId,
        settings: Settings,
        actor: Actor,
        founding: Option<CompanyId>,
    ) -> Result<Created, CommitError> {
        let made = self.make(company, settings, actor).await?;
        let token = made.token()?;
        self.commit(made.change, founding, None).await?;
        Ok(Created { token, string: made.string, signing_secret: made.signing_secret })
    }

    async fn make(&self, company: CompanyId, settings: Settings, actor: Actor) -> Result<Made, PortError> {
        let now = self.context.now();
        let (string, fresh) = self.vault.token_string(&company).await?;
        let wants_callback = settings.auto_renewal.as_ref().is_some_and(|renewal| renewal.callback.is_some());
        let secret =
            if wants_callback { Some(self.vault.signing_secret(&company, fresh.id).await?) } else { None };
        let (signing_secret, sealed_secret) = secret.unzip();
        let change = lifecycle::create(company, settings, fresh, sealed_secret, &self.rules, actor, now);
        Ok(Made { change, string, signing_secret })
    }

    async fn commit(
        &self,
        change: Change,
        founding: Option<CompanyId>,
        idempotent: Option<&Idempotent<'_>>,
    ) -> Result<(), CommitError> {
        let mut commit = Commit { founding, ..Commit::new(change, &self.context) };
        if let Some(idempotent) = idempotent {
            commit.answer = Some(idempotent.answer_to(&commit.change).await?);
        }
        self.tokens.commit(&commit).await
    }
}

/// A token that is not written yet.
struct Made {
    change: Change,
    string: SecretString,
    signing_secret: Option<SigningSecret>,
}

impl Made {
    fn token(&self) -> Result<Token, PortError> {
        self.change.tokens.first().cloned().ok_or(PortError::bare("a creation made no token"))
    }
}
