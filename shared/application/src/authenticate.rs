//! Authenticates a token string, with one read and at most one write an hour, or a session, with one read and at most one write
//! a minute.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use keyturn_domain::Timestamp;
use keyturn_domain::access::{self, Denied};
use keyturn_domain::caller::{Caller, SignedIn};
use keyturn_domain::credential::Credential;
use keyturn_domain::ids::TokenId;
use keyturn_domain::leak::LastUse;
use keyturn_domain::refusal::Refusal;
use keyturn_domain::secret::{Kind, SecretString};
use keyturn_domain::session::{Session, SessionId};
use keyturn_domain::token::Token;
use tokio::time::timeout;
use uuid::Uuid;

use crate::context::Context;
use crate::failure::Failure;
use crate::named_token::NamedToken;
use crate::ports::{CredentialStore, PortError, SessionStore, TokenStore};

/// How long a start waits for the store: much longer than a connection takes, and much shorter than a failing call is tried.
/// The first request then opens the connection itself.
const WARM_UP: Duration = Duration::from_secs(1);

/// Why a token string was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The rules say no.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The store could not be read.
    #[error(transparent)]
    Unavailable(#[from] PortError),
}

impl From<VerifyError> for Failure {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Denied(denied) => Self::Refused(Refusal::from(denied)),
            VerifyError::Unavailable(error) => Self::Broken(error),
        }
    }
}

/// Resolves the credential for a token string that is used from this address, if its token is valid now. A string with a wrong
/// checksum costs no read.
///
/// A failure to record the use is only logged: it must not lock anybody out, and the next use tries again.
pub async fn verify(
    credentials: &dyn CredentialStore,
    string: Option<&str>,
    from: Option<IpAddr>,
    now: Timestamp,
) -> Result<Credential, VerifyError> {
    let string = parse(string)?;
    let stored = credentials.credential(string.id()).await?;
    admit(credentials, stored, &string, from, now).await
}

fn parse(string: Option<&str>) -> Result<SecretString, Denied> {
    string.and_then(|text| SecretString::parse(Kind::Token, text).ok()).ok_or(Denied::Unauthenticated)
}

/// The stored credential, if this string is its and valid. Records its use.
async fn admit(
    credentials: &dyn CredentialStore,
    stored: Option<Credential>,
    string: &SecretString,
    from: Option<IpAddr>,
    now: Timestamp,
) -> Result<Credential, VerifyError> {
    let mut credential = access::verify(stored, string, now)?;
    if credential.should_record_use(now) {
        match credentials.record_use(credential.id, LastUse { at: now, from }).await {
            Ok(()) => (credential.last_used_at, credential.last_used_from) = (Some(now), from),
            Err(error) => {
                tracing::warn!(token = %credential.id, error = &error as &dyn std::error::Error, "the use of a token was not recorded");
            }
        }
    }
    Ok(credential)
}

/// Reads an id that no token has, so that the connection to the store is open before the first request. It waits for one
/// second at most, and a failure is only logged: the first request will report it.
pub async fn warm_up(credentials: &dyn CredentialStore) {
    match timeout(WARM_UP, credentials.credential(TokenId::new(Uuid::nil()))).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "the store failed during start-up");
        }
        Err(_) => tracing::warn!("the store did not answer during start-up"),
    }
}

/// What a request presents to authenticate.
#[derive(Clone, Copy)]
pub enum Presented<'a> {
    /// Nothing.
    Nothing,
    /// A token string, which goes before a session.
    Token(&'a str),
    /// The string of a session's cookie. `own_origin`: whether the request is certain to come from the console's own pages.
    Session {
        /// The string.
        string: &'a str,
        /// Whether the browser says so, and the console's header is there.
        own_origin: bool,
    },
}

/// Authenticates callers.
#[derive(Clone)]
pub struct Authenticate {
    credentials: Arc<dyn CredentialStore>,
    /// Where sessions are, for functions that take them.
    sessions: Option<Arc<dyn SessionStore>>,
    context: Context,
}

impl Authenticate {
    /// Takes token strings only.
    #[must_use]
    pub fn new(credentials: Arc<dyn CredentialStore>, context: Context) -> Self {
        Self { credentials, sessions: None, context }
    }

    /// Takes token strings and sessions.
    #[must_use]
    pub fn with_sessions<S>(store: Arc<S>, context: Context) -> Self
    where
        S: CredentialStore + SessionStore + 'static,
    {
        Self { credentials: store.clone(), sessions: Some(store), context }
    }

    /// The caller, if what the request presents is valid. `from` is the source address, if it is known.
    pub async fn run(&self, presented: Presented<'_>, from: Option<IpAddr>) -> Result<Caller, Failure> {
        let now = self.context.now();
        let string = match (presented, &self.sessions) {
            (Presented::Session { string, own_origin }, Some(sessions)) => {
                // Before the session is looked up, so that another site learns nothing and prolongs nothing.
                if !own_origin {
                    return Err(Refusal::CrossSite.into());
                }
                return Ok(Caller::Person(signed_in(sessions.as_ref(), string, now).await?));
            }
            (Presented::Token(string), _) => Some(string),
            (Presented::Session { .. } | Presented::Nothing, _) => None,
        };
        Ok(Caller::Token(verify(self.credentials.as_ref(), string, from, now).await?))
    }

    /// The caller, by its token string, with the record of the token that it asks about, if it names one: both in one call of
    /// the store. `wanted` gets the id of the caller's own token.
    pub async fn run_with_token(
        &self,
        presented: Presented<'_>,
        tokens: &dyn TokenStore,
        from: Option<IpAddr>,
        wanted: impl FnOnce(TokenId) -> Option<TokenId> + Send,
    ) -> Result<(Caller, Option<Token>), Failure> {
        let Presented::Token(string) = presented else { return Err(Refusal::Unauthenticated.into()) };
        let now = self.context.now();
        let string = parse(Some(string)).map_err(VerifyError::from)?;
        let own = string.id();
        let (token, stored) = match wanted(own) {
            Some(wanted) => tokens.token_and_credential(wanted, own).await?,
            None => (None, self.credentials.credential(own).await?),
        };
        let credential = admit(self.credentials.as_ref(), stored, &string, from, now).await?;
        Ok((Caller::Token(credential), token))
    }

    /// The caller, and the token that its request names, if it presents a token string: both in one call of the store.
    pub async fn run_naming(
        &self,
        presented: Presented<'_>,
        from: Option<IpAddr>,
        named: Option<(&dyn TokenStore, TokenId)>,
    ) -> Result<(Caller, Option<NamedToken>), Failure> {
        let (Presented::Token(string), Some((tokens, id))) = (presented, named) else {
            return Ok((self.run(presented, from).await?, None));
        };
        let now = self.context.now();
        let string = parse(Some(string)).map_err(VerifyError::from)?;
        let ((token, mut credential), stored) = tokens.token_and_caller(id, string.id()).await?;
        let caller = admit(self.credentials.as_ref(), stored, &string, from, now).await?;
        if caller.id == id {
            // With the use that was recorded now.
            credential = Some(caller.clone());
        }
        Ok((Caller::Token(caller), Some(NamedToken::read(id, (token, credential)))))
    }

    /// Opens the connection to the store before the first request.
    pub async fn warm_up(&self) {
        warm_up(self.credentials.as_ref()).await;
    }
}

/// The person whose session's string this is, if the session is good. A failure to record the use is only logged.
async fn signed_in(sessions: &dyn SessionStore, string: &str, now: Timestamp) -> Result<SignedIn, Failure> {
    let session = live_session(sessions, string, now).await?;
    if session.should_record_use(now)
        && let Err(error) = sessions.record_session_use(session.id, now).await
    {
        tracing::warn!(session = %session.id, error = &error as &dyn std::error::Error, "the use of a session was not recorded");
    }
    Ok(SignedIn::of(&session, now))
}

/// The session of this string, if it is good.
pub(crate) async fn live_session(
    sessions: &dyn SessionStore,
    string: &str,
    now: Timestamp,
) -> Result<Session, Failure> {
    let string = SecretString::parse(Kind::Session, string).map_err(|_| Refusal::Unauthenticated)?;
    let stored = sessions.session(SessionId::new(string.id().uuid())).await?;
    Ok(stored.filter(|session| session.accepts(&string, now)).ok_or(Refusal::Unauthenticated)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A store that never answers.
    struct Hanging;

    #[async_trait::async_trait]
    impl CredentialStore for Hanging {
        async fn credential(&self, _: TokenId) -> Result<Option<Credential>, PortError> {
            std::future::pending().await
        }

        async fn record_use(&self, _: TokenId, _: LastUse) -> Result<(), PortError> {
            std::future::pending().await
        }
    }

    #[tokio::test(start_paused = true)]
    #[expect(
        clippy::disallowed_methods,
        reason = "measures how long the start waits, on tokio's paused clock"
    )]
    async fn a_start_waits_for_a_second_at_most() {
        let begin = tokio::time::Instant::now();
        warm_up(&Hanging).await;
        assert_eq!(begin.elapsed(), Duration::from_secs(1));
    }
}
