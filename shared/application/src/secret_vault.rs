//! Creates secret strings, seals them for storage, and opens them for the one response or callback that needs them.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keyturn_domain::caller::Caller;
use keyturn_domain::ids::{CompanyId, TokenId};
use keyturn_domain::lifecycle::NewTokenString;
use keyturn_domain::provider::{Provider, ProviderId};
use keyturn_domain::renewal::NewRequestToken;
use keyturn_domain::secret::{Kind, Sealed, SecretString, SigningSecret};
use keyturn_domain::session::{Session, SessionId};
use keyturn_domain::token::{Callback, Token};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::context::Context;
use crate::ports::{PortError, ProviderSecret, Purpose, RefreshToken, SEALABLE_BYTES, SealContext, Sealer};

/// The only place where secrets are created, sealed and opened.
#[derive(Clone)]
pub struct SecretVault {
    sealer: Arc<dyn Sealer>,
    context: Context,
}

impl SecretVault {
    /// Joins the sealer with the random source.
    #[must_use]
    pub fn new(sealer: Arc<dyn Sealer>, context: Context) -> Self {
        Self { sealer, context }
    }

    /// A new token string with a new id.
    pub async fn token_string(
        &self,
        company: &CompanyId,
    ) -> Result<(SecretString, NewTokenString), PortError> {
        let id = TokenId::new(self.context.fresh_id());
        let string = SecretString::new(Kind::Token, id, &Zeroizing::new(self.context.random()));
        let sealed = self.sealer.seal(&context(company, id, Purpose::TokenString), string.expose()).await?;
        let fresh = NewTokenString { id, hash: string.hash(), sealed };
        Ok((string, fresh))
    }

    /// A new request token for a token that renews itself.
    pub async fn request_token(&self, token: &Token) -> Result<(SecretString, NewRequestToken), PortError> {
        let string = SecretString::new(Kind::Request, token.id, &Zeroizing::new(self.context.random()));
        let context = context(&token.company, token.id, Purpose::RequestToken);
        let sealed = self.sealer.seal(&context, string.expose()).await?;
        let fresh = NewRequestToken { hash: string.hash(), sealed };
        Ok((string, fresh))
    }

    /// A new signing secret for a series.
    pub async fn signing_secret(
        &self,
        company: &CompanyId,
        series: TokenId,
    ) -> Result<(SigningSecret, Sealed), PortError> {
        let random = Zeroizing::new(self.context.random::<32>());
        let encoded = Zeroizing::new(STANDARD.encode(random.as_slice()));
        let secret = SigningSecret::new(["whsec_", encoded.as_str()].concat());
        let context = context(company, series, Purpose::SigningSecret);
        let sealed = self.sealer.seal(&context, secret.expose()).await?;
        Ok((secret, sealed))
    }

    /// The string of a token, if it's still stored.
    pub async fn open_token_string(&self, token: &Token) -> Result<Option<SecretString>, PortError> {
        let Some(sealed) = &token.sealed else { return Ok(None) };
        let text = self.sealer.open(&context(&token.company, token.id, Purpose::TokenString), sealed).await?;
        parsed(Kind::Token, text).map(Some)
    }

    /// The request token that is being delivered, if it may have to be sent again.
    pub async fn open_request_token(&self, token: &Token) -> Result<Option<SecretString>, PortError> {
        let Some(sealed) = token.in_delivery().and_then(|pending| pending.sealed.as_ref()) else {
            return Ok(None);
        };
        let text =
            self.sealer.open(&context(&token.company, token.id, Purpose::RequestToken), sealed).await?;
        parsed(Kind::Request, text).map(Some)
    }

    /// Seals a response, or its secrets, for its caller.
    pub(crate) async fn seal_answer(&self, caller: &Caller, answer: &str) -> Result<Sealed, PortError> {
        self.sealer.seal(&context(caller.company(), caller.answers_id(), Purpose::SavedAnswer), answer).await
    }

    /// Opens what was sealed of a response for its caller.
    pub(crate) async fn open_answer(&self, caller: &Caller, sealed: &Sealed) -> Result<String, PortError> {
        self.sealer.open(&context(caller.company(), caller.answers_id(), Purpose::SavedAnswer), sealed).await
    }

    /// A new string for a session's cookie.
    #[must_use]
    pub fn session_string(&self) -> (SecretString, SessionId) {
        let id = self.context.fresh_id();
        let random = Zeroizing::new(self.context.random());
        (SecretString::new(Kind::Session, TokenId::new(id), &random), SessionId::new(id))
    }

    /// Seals a session's refresh token. One that is too long to be sealed is left out: the role is then not refreshed.
    pub(crate) async fn seal_refresh_token(
        &self,
        session: &Session,
        token: &RefreshToken,
    ) -> Result<Option<Sealed>, PortError> {
        if token.expose().len() > SEALABLE_BYTES {
            tracing::warn!(session = %session.id, "a refresh token is too long to be sealed");
            return Ok(None);
        }
        self.sealer.seal(&refresh_context(session), token.expose()).await.map(Some)
    }

    /// Opens a session's refresh token.
    pub(crate) async fn open_refresh_token(
        &self,
        session: &Session,
        sealed: &Sealed,
    ) -> Result<RefreshToken, PortError> {
        Ok(RefreshToken::new(self.sealer.open(&refresh_context(session), sealed).await?))
    }

    /// Seals the client secret of a provider.
    pub async fn seal_client_secret(&self, id: &ProviderId, secret: &str) -> Result<Sealed, PortError> {
        self.sealer.seal(&provider_context(id)?, secret).await
    }

    /// Opens the client secret of a provider.
    pub(crate) async fn open_client_secret(
        &self,
        provider: &Provider,
    ) -> Result<Option<ProviderSecret>, PortError> {
        let Some(sealed) = &provider.client_secret else { return Ok(None) };
        let text = self.sealer.open(&provider_context(&provider.id)?, sealed).await?;
        Ok(Some(ProviderSecret::new(text)))
    }

    /// The secrets that sign a callback now, the current one first.
    pub async fn open_signing_secrets(
        &self,
        token: &Token,
        callback: &Callback,
    ) -> Result<Vec<SigningSecret>, PortError> {
        let context = context(&token.company, token.series, Purpose::SigningSecret);
        let now = self.context.now();
        let previous = callback.previous.iter().filter(|(_, until)| now < *until).map(|(sealed, _)| sealed);
        let mut secrets = Vec::with_capacity(1 + callback.previous.len());
        for sealed in std::iter::once(&callback.secret).chain(previous) {
            secrets.push(SigningSecret::new(self.sealer.open(&context, sealed).await?));
        }
        Ok(secrets)
    }
}

fn context(company: &CompanyId, token: TokenId, purpose: Purpose) -> SealContext {
    SealContext { company: company.clone(), token, purpose }
}

fn refresh_context(session: &Session) -> SealContext {
    context(&session.company, TokenId::new(session.id.uuid()), Purpose::RefreshToken)
}

/// A provider belongs to no company: its id, which has the same form, stands in that place.
fn provider_context(id: &ProviderId) -> Result<SealContext, PortError> {
    let owner = id.as_str().parse().map_err(|error| PortError::new("a provider's id is malformed", error))?;
    Ok(context(&owner, TokenId::new(Uuid::nil()), Purpose::ClientSecret))
}

fn parsed(kind: Kind, text: String) -> Result<SecretString, PortError> {
    SecretString::parse(kind, &Zeroizing::new(text))
        .map_err(|error| PortError::new("a sealed string is not what was sealed", error))
}
