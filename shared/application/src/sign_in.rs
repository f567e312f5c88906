//! Signing in with an identity provider: the authorization code flow of OpenID Connect with PKCE.

use std::sync::Arc;

use keyturn_domain::attempt::{CONSOLE, SignInAttempt};
use keyturn_domain::history::{Action, HistoryEntry};
use keyturn_domain::ids::CompanyId;
use keyturn_domain::limits;
use keyturn_domain::person::KnownPerson;
use keyturn_domain::provider::{Grant, Identity, Provider, ProviderId, RefusedSignIn};
use keyturn_domain::refusal::Refusal;
use keyturn_domain::secret::SecretString;
use keyturn_domain::session::Session;
use zeroize::Zeroizing;

use crate::authenticate;
use crate::context::Context;
use crate::failure::Failure;
use crate::ports::{
    AuthorizationRequest, BeginSession, CodeExchange, CommitError, IdentityError, IdentityProvider,
    PersonStore, PortError, ProviderClient, ProviderSecret, ProviderStore, Vouched,
};
use crate::providers::{Providers, client_without_secret};
use crate::secret_vault::SecretVault;

/// Sends people to their identity provider.
pub struct BeginSignIn {
    /// Where providers are.
    pub providers: Arc<dyn ProviderStore>,
    /// Speaks to providers.
    pub identity: Arc<dyn IdentityProvider>,
    /// Time and randomness.
    pub context: Context,
}

/// Signs people in when they come back.
pub struct SignIn {
    /// Where their providers are.
    pub providers: Providers,
    /// Speaks to providers.
    pub identity: Arc<dyn IdentityProvider>,
    /// Where sessions are.
    pub people: Arc<dyn PersonStore>,
    /// Creates session strings and seals refresh tokens.
    pub vault: SecretVault,
    /// Time and randomness.
    pub context: Context,
}

/// Where the browser goes to sign in, and the attempt that it keeps.
pub struct Begun {
    /// The provider's URL.
    pub location: String,
    /// The attempt.
    pub attempt: SignInAttempt,
}

/// What a provider sent the browser back with.
#[derive(Clone, Copy, Default)]
pub struct Answer<'a> {
    /// `code`
    pub code: Option<&'a str>,
    /// `state`
    pub state: Option<&'a str>,
    /// `iss` (RFC 9207)
    pub issuer: Option<&'a str>,
    /// `error`
    pub error: Option<&'a str>,
}

/// Somebody is signed in.
pub struct Done {
    /// The string for the cookie.
    pub string: SecretString,
    /// The session.
    pub session: Session,
    /// Where in the console to go on.
    pub return_to: String,
}

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum NotSignedIn {
    /// The answer fits no attempt of this browser: a stale tab, or somebody else's answer.
    #[error("the answer fits no sign-in of this browser")]
    NotStarted,
    /// There is no such provider any more.
    #[error("there is no such provider")]
    UnknownProvider,
    /// The provider says no, or its answer does not hold.
    #[error("the provider refused, or its answer does not hold")]
    Provider(#[source] PortError),
    /// The person had to prove anew who they are, and the provider does not say that they did.
    #[error("the provider does not say that the person has just signed in")]
    NotFresh,
    /// The person may not sign in.
    #[error(transparent)]
    Refused(#[from] RefusedSignIn),
    /// The provider, or something that this depends on, does not answer.
    #[error("something does not answer")]
    Unavailable(#[source] PortError),
}

impl NotSignedIn {
    /// The reason as a code for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotStarted => "NOT_STARTED",
            Self::UnknownProvider => "UNKNOWN_PROVIDER",
            Self::Provider(_) => "PROVIDER_REFUSED",
            Self::NotFresh => "NOT_FRESH",
            Self::Refused(reason) => reason.as_str(),
            Self::Unavailable(_) => "PROVIDER_UNAVAILABLE",
        }
    }
}

impl From<PortError> for NotSignedIn {
    fn from(error: PortError) -> Self {
        Self::Unavailable(error)
    }
}

impl From<IdentityError> for NotSignedIn {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::Unavailable(error) => Self::Unavailable(error),
            IdentityError::Refused(error) => Self::Provider(error),
        }
    }
}

impl BeginSignIn {
    /// Begins a sign-in.
    pub async fn run(
        &self,
        provider: &str,
        fresh: bool,
        return_to: Option<&str>,
        base_url: &str,
    ) -> Result<Begun, NotSignedIn> {
        let provider = match provider.parse() {
            Ok(id) => self.providers.provider(&id).await?,
            Err(_) => None,
        };
        let client = client_without_secret(provider.ok_or(NotSignedIn::UnknownProvider)?, base_url);
        let (now, random) = (self.context.now(), Zeroizing::new(self.context.random()));
        let attempt = SignInAttempt::begin(&random, client.provider.id.clone(), fresh, return_to, now);
        let request = AuthorizationRequest {
            state: attempt.state(),
            nonce: attempt.nonce(),
            verifier: ProviderSecret::new(attempt.verifier()),
            fresh,
        };
        let location = self.identity.authorization_url(&client, &request, now).await?;
        Ok(Begun { location, attempt })
    }
}

impl SignIn {
    /// Ends a sign-in. `cookie` is that of the attempt, `before` the string of the session that the browser has, which ends.
    pub async fn complete(
        &self,
        provider: &str,
        answer: Answer<'_>,
        cookie: Option<&str>,
        before: Option<&str>,
        base_url: &str,
    ) -> Result<Done, NotSignedIn> {
        let id: ProviderId = provider.parse().map_err(|_| NotSignedIn::UnknownProvider)?;
        let now = self.context.now();
        let attempt = cookie
            .and_then(SignInAttempt::parse)
            .filter(|attempt| answer.state.is_some_and(|state| attempt.is_answered_by(state, &id, now)))
            .ok_or(NotSignedIn::NotStarted)?;
        let client = self.providers.client(&id, base_url).await?.ok_or(NotSignedIn::UnknownProvider)?;
        let vouched = self.vouched(&client, &attempt, answer).await?;
        if attempt.fresh && !was_fresh(&vouched.identity, &attempt) {
            return Err(NotSignedIn::NotFresh);
        }
        let grant = self.grant(&client.provider, &vouched.identity).await?;
        let (string, session) = self.begin_session(&id, grant, &vouched).await?;
        if let Some(before) = before {
            self.end_previous(before).await;
        }
        Ok(Done { string, session, return_to: attempt.return_to })
    }

    async fn vouched(
        &self,
        client: &ProviderClient,
        attempt: &SignInAttempt,
        answer: Answer<'_>,
    ) -> Result<Vouched, NotSignedIn> {
        let refused = |why| NotSignedIn::Provider(PortError::bare(why));
        if answer.error.is_some() {
            return Err(refused("the provider answered with an error"));
        }
        let code = answer.code.ok_or_else(|| refused("the answer has no code"))?;
        let exchange = CodeExchange {
            code: ProviderSecret::new(code.to_owned()),
            verifier: ProviderSecret::new(attempt.verifier()),
            nonce: attempt.nonce(),
            issuer: answer.issuer.map(str::to_owned),
        };
        Ok(self.identity.exchange(client, &exchange, self.context.now()).await?)
    }

    /// Company and role, unless the person may not sign in, which is noted.
    async fn grant(&self, provider: &Provider, identity: &Identity) -> Result<Grant, NotSignedIn> {
        let refused = match permitted(self.people.as_ref(), provider, identity).await? {
            Ok(grant) => return Ok(grant),
            Err(refused) => refused,
        };
        note_refusal(self.people.as_ref(), &self.context, provider, identity, refused).await?;
        Err(refused.into())
    }

    async fn begin_session(
        &self,
        provider: &ProviderId,
        grant: Grant,
        vouched: &Vouched,
    ) -> Result<(SecretString, Session), NotSignedIn> {
        let now = self.context.now();
        let (string, id) = self.vault.session_string();
        let mut session =
            Session::begin((id, string.hash()), provider.clone(), grant, &vouched.identity, now);
        let refresh_token = match &vouched.refresh_token {
            Some(token) => self.vault.seal_refresh_token(&session, token).await?,
            None => None,
        };
        session.renewable = refresh_token.is_some();
        let action = Action::SignedIn { role: session.role };
        let (company, person) = (session.company.clone(), &session.person);
        let entry = HistoryEntry::about_sign_in(id.uuid(), company, person, now, action);
        let begin = BeginSession { session, refresh_token, entry_id: self.context.fresh_id(), entry };
        self.people.begin_session(&begin).await.map_err(|error| match error {
            CommitError::Conflict => {
                PortError::bare("the person was barred meanwhile, or the id of the new session is in use")
            }
            CommitError::Failed(error) => error,
        })?;
        Ok((string, begin.session))
    }

    /// Ends the session that the browser had. A failure is only logged: the new session doesn't depend on it.
    async fn end_previous(&self, string: &str) {
        let found = authenticate::live_session(self.people.as_ref(), string, self.context.now()).await;
        if let Ok(session) = found
            && let Err(error) = self.people.end_session(&session).await
        {
            tracing::warn!(session = %session.id, error = &error as &dyn std::error::Error, "a replaced session was not ended");
        }
    }
}

/// Whether the provider says that the person has proved who they are since the attempt began.
fn was_fresh(identity: &Identity, attempt: &SignInAttempt) -> bool {
    identity.authenticated_at.is_some_and(|at| attempt.started_at - limits::CLOCK_SKEW <= at)
}

/// Company and role of a person whom a provider vouches for, unless an administrator has barred them.
pub(crate) async fn permitted(
    people: &dyn PersonStore,
    provider: &Provider,
    identity: &Identity,
) -> Result<Result<Grant, RefusedSignIn>, PortError> {
    let grant = match provider.decide(identity) {
        Ok(grant) => grant,
        Err(refused) => return Ok(Err(refused)),
    };
    let known = people.known_person(&grant.company, grant.person.id()).await?;
    let barred = known.is_some_and(|known| known.barred_at.is_some());
    Ok(if barred { Err(RefusedSignIn::Barred) } else { Ok(grant) })
}

/// Notes that somebody was not let in: in the log, as an event of the company, and with the person.
pub(crate) async fn note_refusal(
    people: &dyn PersonStore,
    context: &Context,
    provider: &Provider,
    identity: &Identity,
    refused: RefusedSignIn,
) -> Result<(), PortError> {
    let (id, person, now) = (context.fresh_id(), identity.person(), context.now());
    tracing::warn!(provider = %provider.id, person = %person.id(), reason = refused.as_str(), "a sign-in was refused");
    let companies = provider.company.companies();
    let company: CompanyId = match (provider.company_of(identity), companies.as_slice()) {
        (Ok(company), _) => company,
        (Err(_), [only]) => (*only).clone(),
        // Which of several companies it would be about is not known: the log has it.
        (Err(_), _) => return Ok(()),
    };
    let known = match (refused, people.known_person(&company, person.id()).await?) {
        (RefusedSignIn::NoRole, Some(known)) => {
            Some(KnownPerson { role: None, person: person.clone(), ..known })
        }
        _ => None,
    };
    let action = Action::SignInRefused { reason: refused };
    let entry = HistoryEntry::about_sign_in(id, company, &person, now, action);
    people.note_refused_sign_in(known.as_ref(), context.fresh_id(), &entry).await
}

/// Where a browser goes after a sign-in that failed: the console, which says why.
#[must_use]
pub fn failed_location(error: &NotSignedIn) -> String {
    format!("{CONSOLE}?signIn={}", error.code())
}

impl From<NotSignedIn> for Failure {
    fn from(error: NotSignedIn) -> Self {
        match error {
            NotSignedIn::Unavailable(error) => Self::Broken(error),
            _ => Self::Refused(Refusal::Unauthenticated),
        }
    }
}
