//! Identity providers over OpenID Connect, with the crate `openidconnect`.
//!
//! What a provider publishes is read once and kept for an hour by a warm function. If a token names a key that is not among
//! those, they are read again once: the provider may have rotated its keys.

mod claims;
mod discovery;
mod errors;
mod http;
mod logout;

use std::time::Duration;

use async_trait::async_trait;
use keyturn_application::PortError;
use keyturn_application::ports::{
    AuthorizationRequest, CodeExchange, IdentityError, IdentityProvider, LogoutToken, ProviderClient,
    ProviderSecret, Vouched,
};
use keyturn_domain::provider::Identity;
use keyturn_domain::{Timestamp, limits};
use openidconnect::core::{CoreAuthPrompt, CoreAuthenticationFlow, CoreJsonWebKey};
use openidconnect::{
    AuthorizationCode, ClaimsVerificationError, ClientId, CsrfToken, IdTokenVerifier, Nonce, NonceVerifier,
    OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RefreshToken, Scope,
    SignatureVerificationError, SubjectIdentifier,
};

use claims::{Claims, IdToken, TokenResponse, UserInfo};
use discovery::{Discovered, Discovery};
use errors::{refused, unreadable};

pub(crate) use discovery::ALGORITHMS;

/// Speaks OpenID Connect.
#[derive(Default)]
pub struct OpenIdConnect {
    discovery: Discovery,
}

impl OpenIdConnect {
    /// One that knows no provider yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl IdentityProvider for OpenIdConnect {
    async fn authorization_url(
        &self,
        client: &ProviderClient,
        request: &AuthorizationRequest,
        now: Timestamp,
    ) -> Result<String, IdentityError> {
        let discovered = self.discovery.of(&client.provider.issuer, now).await?;
        let configured = discovered.client(client)?;
        let verifier = PkceCodeVerifier::new(request.verifier.expose().to_owned());
        let (state, nonce) = (request.state.clone(), request.nonce.clone());
        let mut url = configured
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(state),
                move || Nonce::new(nonce),
            )
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .add_scopes(client.provider.scopes.iter().cloned().map(Scope::new));
        if request.fresh {
            url = url.set_max_age(Duration::ZERO).add_prompt(CoreAuthPrompt::Login);
        }
        Ok(url.url().0.into())
    }

    async fn exchange(
        &self,
        client: &ProviderClient,
        exchange: &CodeExchange,
        now: Timestamp,
    ) -> Result<Vouched, IdentityError> {
        let discovered = self.discovery.of(&client.provider.issuer, now).await?;
        let named = exchange.issuer.as_deref();
        let is_named = named == Some(client.provider.issuer.as_str());
        if !is_named && (named.is_some() || discovered.names_itself()) {
            return Err(refused("the answer names another issuer, or none"));
        }
        let configured = discovered.client(client)?;
        let http = self.discovery.http_to(&client.provider.issuer);
        let request = configured
            .exchange_code(AuthorizationCode::new(exchange.code.expose().to_owned()))
            .map_err(|error| unreadable("the provider has no token endpoint", error))?
            .set_pkce_verifier(PkceCodeVerifier::new(exchange.verifier.expose().to_owned()));
        let response = request.request_async(&http).await.map_err(errors::of_exchange)?;
        let nonce = Nonce::new(exchange.nonce.clone());
        self.vouched(client, &discovered, &response, || &nonce, now).await
    }

    async fn refresh(
        &self,
        client: &ProviderClient,
        token: &ProviderSecret,
        subject: &str,
        now: Timestamp,
    ) -> Result<Vouched, IdentityError> {
        let discovered = self.discovery.of(&client.provider.issuer, now).await?;
        let configured = discovered.client(client)?;
        let http = self.discovery.http_to(&client.provider.issuer);
        let token = RefreshToken::new(token.expose().to_owned());
        let request = configured
            .exchange_refresh_token(&token)
            .map_err(|error| unreadable("the provider has no token endpoint", error))?;
        let response = request.request_async(&http).await.map_err(|error| errors::of_refresh(&error))?;
        // The nonce belongs to the browser's request; a refreshed ID token need not have it (OpenID Connect Core, section 12.2).
        let any = || |_: Option<&Nonce>| Ok(());
        let vouched = if response.extra_fields().id_token().is_some() {
            self.vouched(client, &discovered, &response, any, now).await?
        } else {
            self.vouched_by_user_info(client, &discovered, &response, subject).await?
        };
        if vouched.identity.subject == subject {
            Ok(vouched)
        } else {
            Err(refused("the refresh is about another person"))
        }
    }

    fn claimed_issuer(&self, token: &str) -> Option<String> {
        logout::claimed_issuer(token)
    }

    async fn verify_logout(
        &self,
        client: &ProviderClient,
        token: &str,
        now: Timestamp,
    ) -> Result<LogoutToken, IdentityError> {
        let issuer = &client.provider.issuer;
        let discovered = self.discovery.of(issuer, now).await?;
        if let Some(verified) = logout::verify(&discovered, &client.provider, token, now)? {
            return Ok(verified);
        }
        let discovered = self.discovery.again(issuer, now).await?;
        let verified = logout::verify(&discovered, &client.provider, token, now)?;
        verified.ok_or_else(|| refused("the logout token is signed by an unknown key"))
    }
}

impl OpenIdConnect {
    /// What the provider vouches for in a response with an ID token.
    async fn vouched<N: NonceVerifier>(
        &self,
        client: &ProviderClient,
        discovered: &Discovered,
        response: &TokenResponse,
        nonce: impl Fn() -> N,
        now: Timestamp,
    ) -> Result<Vouched, IdentityError> {
        let id_token =
            response.extra_fields().id_token().ok_or_else(|| refused("the response has no ID token"))?;
        let claims = match verified(discovered, client, id_token, nonce(), now) {
            Err(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey,
            )) => {
                let again = self.discovery.again(&client.provider.issuer, now).await?;
                verified(&again, client, id_token, nonce(), now)
            }
            first => first,
        };
        let claims = claims
            .map_err(|error| IdentityError::Refused(PortError::new("the ID token does not hold", error)))?;
        let mut identity = claims::identity(&claims);
        // Some providers say only there what a person belongs to.
        if !claims::says_enough(&identity, &client.provider) && discovered.has_user_info() {
            let info = self.user_info(client, discovered, response, &identity.subject).await?;
            claims::add_user_info(&mut identity, &info);
        }
        Ok(self.with_refresh_token(identity, response))
    }

    /// The same for a response to a refresh that has no ID token.
    async fn vouched_by_user_info(
        &self,
        client: &ProviderClient,
        discovered: &Discovered,
        response: &TokenResponse,
        subject: &str,
    ) -> Result<Vouched, IdentityError> {
        if !discovered.has_user_info() {
            return Err(refused("the refresh says nothing about the person"));
        }
        let info = self.user_info(client, discovered, response, subject).await?;
        let mut identity = claims::unknown(&client.provider.issuer, subject);
        claims::add_user_info(&mut identity, &info);
        Ok(self.with_refresh_token(identity, response))
    }

    async fn user_info(
        &self,
        client: &ProviderClient,
        discovered: &Discovered,
        response: &TokenResponse,
        subject: &str,
    ) -> Result<UserInfo, IdentityError> {
        let configured = discovered.client(client)?;
        let http = self.discovery.http_to(&client.provider.issuer);
        let subject = SubjectIdentifier::new(subject.to_owned());
        let request = configured
            .user_info(response.access_token().clone(), Some(subject))
            .map_err(|error| unreadable("the provider has no user info", error))?;
        request.request_async(&http).await.map_err(errors::of_user_info)
    }

    fn with_refresh_token(&self, mut identity: Identity, response: &TokenResponse) -> Vouched {
        let refresh_token = response.refresh_token().map(|token| ProviderSecret::new(token.secret().clone()));
        identity.renewable = refresh_token.is_some();
        Vouched { identity, refresh_token }
    }
}

/// The claims of an ID token, if everything about it holds.
fn verified<N: NonceVerifier>(
    discovered: &Discovered,
    client: &ProviderClient,
    token: &IdToken,
    nonce: N,
    now: Timestamp,
) -> Result<Claims, ClaimsVerificationError> {
    let client_id = ClientId::new(client.provider.client_id.clone());
    // As a public client, so that no secret counts as a key.
    let verifier: IdTokenVerifier<'_, CoreJsonWebKey> =
        IdTokenVerifier::new_public_client(client_id.clone(), discovered.issuer(), discovered.keys())
            .set_allowed_algs(ALGORITHMS)
            .set_time_fn(|| now)
            .set_issue_time_verifier_fn(|issued| {
                let age = now - issued;
                if -limits::CLOCK_SKEW <= age && age <= limits::SIGN_IN_TIME {
                    Ok(())
                } else {
                    Err("issued too long ago, or in the future".to_owned())
                }
            });
    let claims = token.claims(&verifier, nonce)?;
    match claims.authorized_party() {
        Some(party) if *party != client_id => {
            Err(ClaimsVerificationError::InvalidAudience("issued to another party".to_owned()))
        }
        _ => Ok(claims.clone()),
    }
}
