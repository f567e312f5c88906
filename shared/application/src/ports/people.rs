//! The ports of people: sessions, people, identity providers.

use std::fmt;

use async_trait::async_trait;
use keyturn_domain::Timestamp;
use keyturn_domain::history::HistoryEntry;
use keyturn_domain::ids::CompanyId;
use keyturn_domain::person::{KnownPerson, PersonId};
use keyturn_domain::provider::{Identity, Provider, ProviderId};
use keyturn_domain::secret::Sealed;
use keyturn_domain::session::{Session, SessionId};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{CommitError, Page, Paging, PortError};

/// Reads sessions: all that authentication needs.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// One strongly consistent read.
    async fn session(&self, id: SessionId) -> Result<Option<Session>, PortError>;

    /// Records a use, unless a later one is recorded or the session has ended.
    async fn record_session_use(&self, id: SessionId, at: Timestamp) -> Result<(), PortError>;
}

/// What one transaction writes when a person signs in.
#[derive(Debug)]
pub struct BeginSession {
    /// The session.
    pub session: Session,
    /// Its refresh token, if the provider gave one.
    pub refresh_token: Option<Sealed>,
    /// The id of the entry.
    pub entry_id: Uuid,
    /// What happened, for the event.
    pub entry: HistoryEntry,
}

/// The outcome of a refresh, for the store.
#[derive(Debug)]
pub struct Refreshed {
    /// The session with its new role.
    pub session: Session,
    /// The new refresh token, if the provider replaced it.
    pub refresh_token: Option<Sealed>,
}

/// Reads and writes sessions and the people of a company.
#[async_trait]
pub trait PersonStore: SessionStore {
    /// Writes a session with what finds it, what is known of its person, and the entry.
    async fn begin_session(&self, begin: &BeginSession) -> Result<(), CommitError>;

    /// The refresh token of a session.
    async fn refresh_token(&self, id: SessionId) -> Result<Option<Sealed>, PortError>;

    /// Takes up the refresh of a session for this process until then. Whether it did: not if another process is at it, nor if
    /// the session has ended.
    async fn claim_refresh(&self, id: SessionId, now: Timestamp, until: Timestamp)
    -> Result<bool, PortError>;

    /// Writes the outcome of a refresh, unless the session has ended.
    async fn save_refresh(&self, refreshed: &Refreshed) -> Result<(), PortError>;

    /// Ends a session: it is gone. One that is gone already is no error.
    async fn end_session(&self, session: &Session) -> Result<(), PortError>;

    /// A page of a company's sessions.
    async fn sessions(&self, company: &CompanyId, paging: Paging) -> Result<Page<Session>, PortError>;

    /// All sessions of a person in a company.
    async fn sessions_of(&self, company: &CompanyId, person: PersonId) -> Result<Vec<Session>, PortError>;

    /// The sessions that began in this session of an issuer (`sid`).
    async fn sessions_of_provider_session(&self, issuer: &str, sid: &str) -> Result<Vec<Session>, PortError>;

    /// What is known of a person in a company.
    async fn known_person(
        &self,
        company: &CompanyId,
        person: PersonId,
    ) -> Result<Option<KnownPerson>, PortError>;

    /// The people of a company, by id.
    async fn known_people(
        &self,
        company: &CompanyId,
        after: Option<PersonId>,
        size: usize,
    ) -> Result<Vec<KnownPerson>, PortError>;

    /// Notes that a person was not let in, with the entry for the event.
    async fn note_refused_sign_in(
        &self,
        person: Option<&KnownPerson>,
        entry_id: Uuid,
        entry: &HistoryEntry,
    ) -> Result<(), PortError>;

    /// Bars a person, or lets them in again. Whether this person is known. Who is barred is known until they are let in again.
    async fn set_barred(
        &self,
        company: &CompanyId,
        person: PersonId,
        barred: bool,
        now: Timestamp,
    ) -> Result<bool, PortError>;
}

/// Reads and writes the records of identity providers.
#[async_trait]
pub trait ProviderStore: Send + Sync {
    /// The provider with this id.
    async fn provider(&self, id: &ProviderId) -> Result<Option<Provider>, PortError>;

    /// All providers, by id.
    async fn providers(&self) -> Result<Vec<Provider>, PortError>;

    /// Writes a provider over the one with the same id.
    async fn save_provider(&self, provider: &Provider) -> Result<(), PortError>;

    /// Removes a provider.
    async fn remove_provider(&self, id: &ProviderId) -> Result<(), PortError>;
}

/// A secret of the exchange with a provider: a client secret or a refresh token. Its `Debug` is `***`, and it's wiped from
/// memory on drop.
#[derive(Clone)]
pub struct ProviderSecret(Zeroizing<String>);

/// A refresh token.
pub type RefreshToken = ProviderSecret;

impl ProviderSecret {
    /// Wraps a secret.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The secret itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ProviderSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// This deployment as a client of a provider.
#[derive(Clone, Debug)]
pub struct ProviderClient {
    /// The provider.
    pub provider: Provider,
    /// The client secret, opened.
    pub secret: Option<ProviderSecret>,
    /// The redirect URI, which differs for each provider.
    pub redirect_uri: String,
}

/// What the browser is sent to the provider with.
#[derive(Clone, Debug)]
pub struct AuthorizationRequest {
    /// `state`.
    pub state: String,
    /// `nonce`.
    pub nonce: String,
    /// The PKCE verifier, of which only the challenge is sent.
    pub verifier: ProviderSecret,
    /// Whether the person must prove anew who they are (`max_age`, `prompt`).
    pub fresh: bool,
}

/// An authorization code with what the exchange needs.
#[derive(Clone, Debug)]
pub struct CodeExchange {
    /// The code.
    pub code: ProviderSecret,
    /// The PKCE verifier.
    pub verifier: ProviderSecret,
    /// The nonce that the ID token must have.
    pub nonce: String,
    /// `iss` of the authorization response (RFC 9207).
    pub issuer: Option<String>,
}

/// Why nobody was identified.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The provider cannot be reached, or answers nothing of use.
    #[error("the identity provider does not answer")]
    Unavailable(#[source] PortError),
    /// The provider refused, or what it sent does not hold.
    #[error("the identity provider's answer does not hold")]
    Refused(#[source] PortError),
}

/// An identity that a provider vouched for, and the refresh token.
#[derive(Clone, Debug)]
pub struct Vouched {
    /// The identity.
    pub identity: Identity,
    /// The refresh token.
    pub refresh_token: Option<RefreshToken>,
}

/// A verified logout token (OpenID Connect Back-Channel Logout 1.0).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutToken {
    /// `sub`
    pub subject: Option<String>,
    /// `sid`
    pub provider_session: Option<String>,
}

/// Identity providers over OpenID Connect.
#[async_trait]
pub trait IdentityProvider: Send + Sync {
    /// The URL at the provider that the browser is sent to.
    async fn authorization_url(
        &self,
        client: &ProviderClient,
        request: &AuthorizationRequest,
        now: Timestamp,
    ) -> Result<String, IdentityError>;

    /// Redeems an authorization code and verifies the ID token.
    async fn exchange(
        &self,
        client: &ProviderClient,
        exchange: &CodeExchange,
        now: Timestamp,
    ) -> Result<Vouched, IdentityError>;

    /// Uses a refresh token. The identity is that of the given subject.
    async fn refresh(
        &self,
        client: &ProviderClient,
        token: &RefreshToken,
        subject: &str,
        now: Timestamp,
    ) -> Result<Vouched, IdentityError>;

    /// The issuer that a logout token names. It proves nothing.
    fn claimed_issuer(&self, token: &str) -> Option<String>;

    /// Verifies a logout token.
    async fn verify_logout(
        &self,
        client: &ProviderClient,
        token: &str,
        now: Timestamp,
    ) -> Result<LogoutToken, IdentityError>;
}
