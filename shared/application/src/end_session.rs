//! Ends sessions: by signing out, by an administrator, and when a provider says so.

use std::sync::Arc;

use keyturn_domain::caller::{Caller, SignedIn};
use keyturn_domain::person::PersonId;
use keyturn_domain::provider::Provider;
use keyturn_domain::refusal::Refusal;
use keyturn_domain::session::{Session, SessionId};

use crate::context::Context;
use crate::failure::Failure;
use crate::ports::{IdentityError, IdentityProvider, LogoutToken, PersonStore, PortError, ProviderStore};
use crate::providers::client_without_secret;

/// Ends the caller's own session.
pub async fn sign_out(people: &dyn PersonStore, caller: &SignedIn) -> Result<(), Failure> {
    if let Some(session) = people.session(caller.session).await? {
        people.end_session(&session).await?;
    }
    Ok(())
}

/// Ends a session of the caller's company. The session that was ended.
pub async fn end(people: &dyn PersonStore, caller: &Caller, id: SessionId) -> Result<Session, Failure> {
    let found = people.session(id).await?.filter(|session| session.company == *caller.company());
    let session = found.ok_or(Refusal::NotFound("session"))?;
    people.end_session(&session).await?;
    tracing::info!(session = %id, "an administrator ended a session");
    Ok(session)
}

/// Ends sessions when a provider says so (OpenID Connect Back-Channel Logout 1.0).
pub struct BackChannelLogout {
    /// Where providers are.
    pub providers: Arc<dyn ProviderStore>,
    /// Verifies logout tokens.
    pub identity: Arc<dyn IdentityProvider>,
    /// Where sessions are.
    pub people: Arc<dyn PersonStore>,
    /// The time.
    pub context: Context,
}

/// Why a logout token ended nothing.
#[derive(Debug, thiserror::Error)]
pub enum NotLoggedOut {
    /// It is none of a known provider's, or it does not hold.
    #[error("the logout token does not hold")]
    Refused,
    /// Something does not answer.
    #[error("something does not answer")]
    Unavailable(#[source] PortError),
}

impl From<PortError> for NotLoggedOut {
    fn from(error: PortError) -> Self {
        Self::Unavailable(error)
    }
}

impl BackChannelLogout {
    /// Ends the sessions that the token names. How many.
    pub async fn run(&self, token: &str) -> Result<usize, NotLoggedOut> {
        let issuer = self.identity.claimed_issuer(token).ok_or(NotLoggedOut::Refused)?;
        let providers = self.providers.providers().await?;
        for provider in providers.into_iter().filter(|provider| provider.issuer == issuer) {
            let client = client_without_secret(provider, "");
            match self.identity.verify_logout(&client, token, self.context.now()).await {
                Ok(logout) => return self.end(&client.provider, &logout).await,
                Err(IdentityError::Unavailable(error)) => return Err(error.into()),
                Err(IdentityError::Refused(error)) => {
                    tracing::warn!(provider = %client.provider.id, error = &error as &dyn std::error::Error, "a logout token was refused");
                }
            }
        }
        Err(NotLoggedOut::Refused)
    }

    async fn end(&self, provider: &Provider, logout: &LogoutToken) -> Result<usize, NotLoggedOut> {
        let mut found = match (&logout.provider_session, &logout.subject) {
            (Some(sid), _) => self.people.sessions_of_provider_session(&provider.issuer, sid).await?,
            (None, Some(subject)) => {
                let person = PersonId::of(&provider.issuer, subject);
                let mut all = Vec::new();
                for company in provider.company.companies() {
                    all.extend(self.people.sessions_of(company, person).await?);
                }
                all
            }
            (None, None) => Vec::new(),
        };
        found.retain(|session| {
            session.provider == provider.id
                && logout.subject.as_ref().is_none_or(|subject| *subject == session.person.subject)
        });
        for session in &found {
            self.people.end_session(session).await?;
        }
        Ok(found.len())
    }
}
