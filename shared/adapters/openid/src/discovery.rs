//! What providers publish: their endpoints and keys.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::TimeDelta;
use keyturn_application::PortError;
use keyturn_application::ports::{IdentityError, ProviderClient};
use keyturn_domain::Timestamp;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreClaimName, CoreClaimType, CoreClientAuthMethod,
    CoreErrorResponseType, CoreGenderClaim, CoreGrantType, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm, CoreResponseMode, CoreResponseType,
    CoreRevocableToken, CoreRevocationErrorResponse, CoreSubjectIdentifierType,
    CoreTokenIntrospectionResponse,
};
use openidconnect::{
    AdditionalProviderMetadata, AuthType, Client, ClientId, ClientSecret, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, IssuerUrl, JsonWebKeySet, ProviderMetadata, RedirectUrl, StandardErrorResponse,
};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use crate::claims::{OtherClaims, TokenResponse};
use crate::errors::{self, unreadable};
use crate::http::{Http, HttpTo};

/// The algorithms that a token may be signed with: those with a public key. With a shared secret, whoever knows it could
/// forge tokens.
pub(crate) const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// How long a provider's metadata is kept.
const KEPT: TimeDelta = TimeDelta::hours(1);

/// How soon keys are read again for tokens with an unknown one. Anybody can send those to the back channel.
const AGAIN: TimeDelta = TimeDelta::seconds(30);

/// What discovery says beyond OpenID Connect Discovery 1.0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Extensions {
    /// RFC 9207
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for Extensions {}

type Metadata = ProviderMetadata<
    Extensions,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// A client with the endpoints that discovery gives.
pub(crate) type Configured = Client<
    OtherClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    TokenResponse,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Reads what providers publish, and keeps it.
#[derive(Default)]
pub(crate) struct Discovery {
    http: Http,
    known: Mutex<HashMap<String, Known>>,
}

#[derive(Clone)]
struct Known {
    discovered: Arc<Discovered>,
    read_at: Timestamp,
    /// When it was read for an unknown key.
    read_again_at: Option<Timestamp>,
}

/// What a provider publishes.
pub(crate) struct Discovered {
    metadata: Metadata,
}

impl Discovery {
    /// What this issuer publishes.
    pub(crate) async fn of(&self, issuer: &str, now: Timestamp) -> Result<Arc<Discovered>, IdentityError> {
        let mut known = self.known.lock().await;
        if let Some(found) = known.get(issuer).filter(|found| now < found.read_at + KEPT) {
            return Ok(Arc::clone(&found.discovered));
        }
        let discovered = Arc::new(self.read(issuer).await?);
        let fresh = Known { discovered: Arc::clone(&discovered), read_at: now, read_again_at: None };
        known.insert(issuer.to_owned(), fresh);
        Ok(discovered)
    }

    /// The same, read again unless that was done a moment ago.
    pub(crate) async fn again(&self, issuer: &str, now: Timestamp) -> Result<Arc<Discovered>, IdentityError> {
        let mut known = self.known.lock().await;
        if let Some(found) = known.get(issuer)
            && found.read_again_at.is_some_and(|at| now < at + AGAIN)
        {
            return Ok(Arc::clone(&found.discovered));
        }
        let discovered = Arc::new(self.read(issuer).await?);
        let fresh = Known { discovered: Arc::clone(&discovered), read_at: now, read_again_at: Some(now) };
        known.insert(issuer.to_owned(), fresh);
        Ok(discovered)
    }

    /// Requests to the provider with this issuer.
    pub(crate) fn http_to(&self, issuer: &str) -> HttpTo<'_> {
        HttpTo { http: &self.http, plain: issuer.starts_with("http://") }
    }

    async fn read(&self, issuer: &str) -> Result<Discovered, IdentityError> {
        let url = IssuerUrl::new(issuer.to_owned())
            .map_err(|error| unreadable("the provider's issuer is no URL", error))?;
        let http = self.http_to(issuer);
        let metadata = Metadata::discover_async(url, &http).await.map_err(errors::of_discovery)?;
        Ok(Discovered { metadata })
    }
}

impl Discovered {
    pub(crate) fn issuer(&self) -> IssuerUrl {
        self.metadata.issuer().clone()
    }

    pub(crate) fn keys(&self) -> JsonWebKeySet<CoreJsonWebKey> {
        self.metadata.jwks().clone()
    }

    /// Whether authorization responses name the issuer.
    pub(crate) fn names_itself(&self) -> bool {
        self.metadata.additional_metadata().authorization_response_iss_parameter_supported
    }

    pub(crate) fn has_user_info(&self) -> bool {
        self.metadata.userinfo_endpoint().is_some()
    }

    /// This deployment as a client.
    pub(crate) fn client(&self, client: &ProviderClient) -> Result<Configured, IdentityError> {
        let redirect_uri = RedirectUrl::new(client.redirect_uri.clone()).map_err(|error| {
            IdentityError::Unavailable(PortError::new("the redirect URI is no URL", error))
        })?;
        let id = ClientId::new(client.provider.client_id.clone());
        let secret = client.secret.as_ref().map(|secret| ClientSecret::new(secret.expose().to_owned()));
        let methods = self.metadata.token_endpoint_auth_methods_supported();
        // Basic is the default where the provider says nothing (OpenID Connect Discovery 1.0, section 3).
        let takes_basic =
            methods.is_none_or(|methods| methods.contains(&CoreClientAuthMethod::ClientSecretBasic));
        let auth_type = if takes_basic { AuthType::BasicAuth } else { AuthType::RequestBody };
        let configured = Configured::from_provider_metadata(self.metadata.clone(), id, secret);
        Ok(configured.set_redirect_uri(redirect_uri).set_auth_type(auth_type))
    }
}
