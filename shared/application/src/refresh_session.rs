//! Refreshes what a session may do: asks the provider whether its person is still who they are, and what they may do now.

use std::sync::Arc;

use keyturn_domain::caller::SignedIn;
use keyturn_domain::limits;
use keyturn_domain::refusal::Refusal;
use keyturn_domain::session::Session;

use crate::context::Context;
use crate::failure::Failure;
use crate::ports::{IdentityError, IdentityProvider, PersonStore, PortError, Refreshed, Vouched};
use crate::providers::Providers;
use crate::secret_vault::SecretVault;
use crate::sign_in;

/// Refreshes sessions.
pub struct RefreshSession {
    /// Where providers are.
    pub providers: Providers,
    /// Speaks to providers.
    pub identity: Arc<dyn IdentityProvider>,
    /// Where sessions are.
    pub people: Arc<dyn PersonStore>,
    /// Opens and seals refresh tokens.
    pub vault: SecretVault,
    /// Time and randomness.
    pub context: Context,
}

impl RefreshSession {
    /// The caller's session, refreshed if its role is old enough for that. While the provider does not answer, the session
    /// stays as it is, and gives no more than `VIEWER` once its role is too old. If the provider refuses, the session ends.
    pub async fn run(&self, caller: &SignedIn, base_url: &str) -> Result<Session, Failure> {
        let session = self.people.session(caller.session).await?.ok_or(Refusal::Unauthenticated)?;
        let now = self.context.now();
        let is_due = session.refreshed_at + limits::ROLE_REFRESH <= now;
        if !is_due || !session.renewable {
            return Ok(session);
        }
        if !self.people.claim_refresh(session.id, now, now + limits::REFRESH_LEASE).await? {
            return Ok(session);
        }
        match self.refresh(&session, base_url).await {
            Ok(refreshed) => Ok(refreshed),
            Err(NotRefreshed::Unavailable(error)) => {
                tracing::warn!(session = %session.id, provider = %session.provider, error = &error as &dyn std::error::Error, "a role could not be refreshed");
                Ok(session)
            }
            Err(NotRefreshed::Ended(error)) => {
                tracing::warn!(session = %session.id, provider = %session.provider, error = &error as &dyn std::error::Error, "a session was ended by its provider");
                self.people.end_session(&session).await?;
                Err(Refusal::Unauthenticated.into())
            }
        }
    }

    async fn refresh(&self, session: &Session, base_url: &str) -> Result<Session, NotRefreshed> {
        let ended = |why| NotRefreshed::Ended(PortError::bare(why));
        let client = self.providers.client(&session.provider, base_url).await?;
        let client = client.ok_or_else(|| ended("the provider was removed"))?;
        if client.provider.issuer != session.person.issuer {
            return Err(ended("the provider has another issuer now"));
        }
        let sealed = self.people.refresh_token(session.id).await?;
        let sealed = sealed.ok_or_else(|| ended("the refresh token is gone"))?;
        let token = self.vault.open_refresh_token(session, &sealed).await?;
        let (subject, now) = (&session.person.subject, self.context.now());
        let Vouched { identity, refresh_token } =
            self.identity.refresh(&client, &token, subject, now).await.map_err(|error| match error {
                IdentityError::Unavailable(error) => NotRefreshed::Unavailable(error),
                IdentityError::Refused(error) => NotRefreshed::Ended(error),
            })?;
        let grant = match sign_in::permitted(self.people.as_ref(), &client.provider, &identity).await? {
            Ok(grant) => grant,
            Err(refused) => {
                sign_in::note_refusal(
                    self.people.as_ref(),
                    &self.context,
                    &client.provider,
                    &identity,
                    refused,
                )
                .await?;
                return Err(ended("the person may not sign in any more"));
            }
        };
        if grant.company != session.company {
            return Err(ended("the person belongs to another company now"));
        }
        let session = session.refreshed(grant.role, &identity, now);
        let refresh_token = match refresh_token {
            Some(token) => self.vault.seal_refresh_token(&session, &token).await?,
            None => None,
        };
        let refreshed = Refreshed { session, refresh_token };
        self.people.save_refresh(&refreshed).await?;
        Ok(refreshed.session)
    }
}

/// Why a session was not refreshed.
enum NotRefreshed {
    /// Nobody can say.
    Unavailable(PortError),
    /// It is over.
    Ended(PortError),
}

impl From<PortError> for NotRefreshed {
    fn from(error: PortError) -> Self {
        Self::Unavailable(error)
    }
}
