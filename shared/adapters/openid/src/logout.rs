//! Logout tokens (OpenID Connect Back-Channel Logout 1.0), which the crate knows nothing about. The signature is verified with
//! its keys.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use keyturn_application::ports::{IdentityError, LogoutToken};
use keyturn_domain::provider::Provider;
use keyturn_domain::{Timestamp, limits};
use openidconnect::JsonWebKey as _;
use openidconnect::core::CoreJwsSigningAlgorithm;
use serde::Deserialize;
use serde_json::Value;

use crate::ALGORITHMS;
use crate::discovery::Discovered;
use crate::errors::refused;

/// The event that makes a token a logout token.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// How old a logout token may be. A provider sends it at once, and a replay later would end a session that began since.
const OLDEST: TimeDelta = TimeDelta::minutes(2);

/// Bytes of the longest logout token.
const LONGEST: usize = 16 * 1024;

#[derive(Deserialize)]
struct Header {
    alg: CoreJwsSigningAlgorithm,
    #[serde(default)]
    typ: Option<String>,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    crit: Option<Value>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Audience,
    iat: i64,
    exp: i64,
    #[serde(default)]
    sub: Option<String>,
    #[serde(default)]
    sid: Option<String>,
    events: serde_json::Map<String, Value>,
    #[serde(default)]
    nonce: Option<Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// The issuer in a token that nobody has verified.
pub(crate) fn claimed_issuer(token: &str) -> Option<String> {
    Some(parts(token)?.1.iss)
}

/// What a logout token says, if it holds. `None`: it names a key that the provider has not published.
pub(crate) fn verify(
    discovered: &Discovered,
    provider: &Provider,
    token: &str,
    now: Timestamp,
) -> Result<Option<LogoutToken>, IdentityError> {
    let (header, claims, input, signature) =
        parts(token).ok_or_else(|| refused("the logout token is malformed"))?;
    let kind = header.typ.as_deref().unwrap_or("JWT").to_ascii_lowercase();
    if !["jwt", "logout+jwt"].contains(&kind.as_str()) || header.crit.is_some() {
        return Err(refused("the logout token is of another type"));
    }
    if !ALGORITHMS.contains(&header.alg) {
        return Err(refused("the logout token's algorithm has no public key"));
    }
    let keys = discovered.keys();
    let named = |id: Option<&openidconnect::JsonWebKeyId>| match (&header.kid, id) {
        (Some(wanted), Some(id)) => id.as_str() == wanted,
        (Some(_), None) => false,
        (None, _) => true,
    };
    let mut candidates = keys.keys().iter().filter(|key| named(key.key_id())).peekable();
    if candidates.peek().is_none() {
        return Ok(None);
    }
    if !candidates.any(|key| key.verify_signature(&header.alg, input.as_bytes(), &signature).is_ok()) {
        return Err(refused("the logout token's signature is wrong"));
    }
    check(&claims, provider, now)?;
    Ok(Some(LogoutToken { subject: claims.sub, provider_session: claims.sid }))
}

/// The rules of the specification, section 2.6.
fn check(claims: &Claims, provider: &Provider, now: Timestamp) -> Result<(), IdentityError> {
    let is_ours = match &claims.aud {
        Audience::One(audience) => *audience == provider.client_id,
        Audience::Several(audiences) => audiences.contains(&provider.client_id),
    };
    if claims.iss != provider.issuer || !is_ours {
        return Err(refused("the logout token is from or for somebody else"));
    }
    let issued = Timestamp::from_timestamp(claims.iat, 0);
    let in_time = issued.is_some_and(|issued| {
        now - OLDEST - limits::CLOCK_SKEW <= issued && issued <= now + limits::CLOCK_SKEW
    });
    if !in_time || claims.exp <= (now - limits::CLOCK_SKEW).timestamp() {
        return Err(refused("the logout token is too old, or of the future"));
    }
    if !claims.events.get(EVENT).is_some_and(Value::is_object) || claims.nonce.is_some() {
        return Err(refused("the token is no logout token"));
    }
    if claims.sub.is_none() && claims.sid.is_none() {
        return Err(refused("the logout token names nobody"));
    }
    Ok(())
}

/// Header, claims, what was signed, and the signature.
fn parts(token: &str) -> Option<(Header, Claims, &str, Vec<u8>)> {
    if token.len() > LONGEST {
        return None;
    }
    let (input, signature) = token.rsplit_once('.')?;
    let (header, claims) = input.split_once('.')?;
    let decoded = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).ok();
    let header = serde_json::from_slice(&decoded(header)?).ok()?;
    let claims = serde_json::from_slice(&decoded(claims)?).ok()?;
    Some((header, claims, input, decoded(signature)?))
}
