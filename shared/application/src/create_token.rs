//! Creates a token.

use std::sync::Arc;

use keyturn_domain::caller::Caller;
use keyturn_domain::change::Change;
use keyturn_domain::draft::{Settings, TokenDraft};
use keyturn_domain::fault::Faults;
use keyturn_domain::history::Actor;
use keyturn_domain::ids::CompanyId;
use keyturn_domain::lifecycle;
use keyturn_domain::outliving;
use keyturn_domain::refusal::Refusal;
use keyturn_domain::rules::Rules;
use keyturn_domain::secret::{SecretString, SigningSecret};

use crate::context::Context;
use crate::created::{Created, Outcome};
use crate::failure::Failure;
use crate::idempotency::{Idempotency, Idempotent, RequestKey};
use crate::ports::{Commit, CommitError, CompanyCheck, PortError, TokenStore};
use crate::retry::{Attempt, until_committed};
use crate::secret_vault::SecretVault;

/// Creates tokens in the caller's company.
pub struct CreateToken {
    /// Where tokens are stored.
    pub tokens: Arc<dyn TokenStore>,
    /// Creates and opens secrets.
    pub vault: SecretVault,
    /// The deployment parameters.
    pub rules: Rules,
    /// Time and randomness.
    pub context: Context,
}

impl CreateToken {
    /// Creates a token, or replays the answer if the request is a repetition. `faults` are those of the request's form.
    pub async fn run(
        &self,
        caller: &Caller,
        draft: &TokenDraft,
        faults: &Faults,
        idempotency: (&Idempotency, Option<RequestKey>),
    ) -> Result<Outcome, Failure> {
        until_committed(|| self.attempt(caller, draft, faults, idempotency)).await
    }

    async fn attempt(
        &self,
        caller: &Caller,
        draft: &TokenDraft,
        faults: &Faults,
        (idempotency, key): (&Idempotency, Option<RequestKey>),
    ) -> Result<Attempt<Outcome>, Failure> {
        // Before validation: an input that was valid then, such as an expiry in the future, need not be valid now.
        if let Some(body) = idempotency.previous_answer(caller, key).await? {
            return Ok(Attempt::Done(Outcome::Replayed(body)));
        }
        let settings = draft
            .parse(&self.rules.of(caller.company()), self.context.now(), faults.clone())
            .map_err(Refusal::Invalid)?;
        caller.permit_creation(&settings.applications, self.context.now())?;
        outliving::permit_creation(caller, &settings)?;
        let Unsaved { change, string, signing_secret } =
            self.prepare(caller.company().clone(), settings, caller.actor()).await?;
        let created = |change: &Change| Created::of(change.tokens.first(), &string, signing_secret.as_ref());
        let outcome = Outcome::New(Box::new(created(&change)?));
        let kept = idempotency.keep(caller, key, &created);
        // A new id is never taken, so a conflict means that the same request was committed elsewhere.
        Attempt::of(self.commit(change, None, kept.as_ref()).await.map(|()| outcome))
    }

    /// Creates a token, if this holds for its company.
    pub(crate) async fn create(
        &self,
        company: CompanyId,
        settings: Settings,
        actor: Actor,
        check: CompanyCheck,
    ) -> Result<Created, CommitError> {
        let Unsaved { change, string, signing_secret } = self.prepare(company, settings, actor).await?;
        let created = Created::of(change.tokens.first(), &string, signing_secret.as_ref())?;
        self.commit(change, Some(check), None).await?;
        Ok(created)
    }

    async fn prepare(
        &self,
        company: CompanyId,
        settings: Settings,
        actor: Actor,
    ) -> Result<Unsaved, PortError> {
        let now = self.context.now();
        let (string, fresh) = self.vault.token_string(&company).await?;
        let wants_callback = settings.auto_renewal.as_ref().is_some_and(|renewal| renewal.callback.is_some());
        let secret =
            if wants_callback { Some(self.vault.signing_secret(&company, fresh.id).await?) } else { None };
        let (signing_secret, sealed_secret) = secret.unzip();
        let change = lifecycle::create(company, settings, fresh, sealed_secret, &self.rules, actor, now);
        Ok(Unsaved { change, string, signing_secret })
    }

    async fn commit(
        &self,
        change: Change,
        company: Option<CompanyCheck>,
        idempotent: Option<&Idempotent<'_>>,
    ) -> Result<(), CommitError> {
        let mut commit = Commit { company, ..Commit::new(change, &self.context) };
        if let Some(idempotent) = idempotent {
            commit.answer = Some(idempotent.answer_to(&commit.change).await?);
        }
        self.tokens.commit(&commit).await
    }
}

/// A token that is not stored yet.
struct Unsaved {
    change: Change,
    string: SecretString,
    signing_secret: Option<SigningSecret>,
}
