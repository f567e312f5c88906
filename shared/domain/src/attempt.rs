//! A sign-in that is under way: what the browser keeps between leaving for the provider and coming back.
//!
//! The browser's cookie holds one random secret with the facts of the attempt. `state`, `nonce` and the PKCE verifier are
//! hashes of all of it, so nothing has to be stored, and a cookie that was changed fits no answer.

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::Timestamp;
use crate::base62;
use crate::limits;
use crate::provider::ProviderId;

/// Digits of 256 bits.
const DIGITS: usize = 43;

/// Characters of `state` that name the cookie of an attempt, so that attempts in two tabs don't disturb each other.
const NAMED: usize = 16;

/// Characters of the longest address to return to.
const RETURN_TO: usize = 1_500;

/// Where people return to by default.
pub const CONSOLE: &str = "/console";

/// A sign-in that is under way.
#[derive(Clone, PartialEq, Eq)]
pub struct SignInAttempt {
    secret: String,
    /// Through which provider.
    pub provider: ProviderId,
    /// When it began.
    pub started_at: Timestamp,
    /// Whether the person must prove anew who they are.
    pub fresh: bool,
    /// Where in the console the person returns to.
    pub return_to: String,
}

impl SignInAttempt {
    /// An attempt that begins now. An address that is none of the console's is replaced by the console's first page.
    #[must_use]
    pub fn begin(
        random: &[u8; 32],
        provider: ProviderId,
        fresh: bool,
        return_to: Option<&str>,
        now: Timestamp,
    ) -> Self {
        let return_to = return_to.filter(|text| is_of_console(text)).unwrap_or(CONSOLE).to_owned();
        Self { secret: base62::encode(random, DIGITS), provider, started_at: now, fresh, return_to }
    }

    /// The attempt as its cookie holds it.
    #[must_use]
    pub fn cookie(&self) -> String {
        let Self { secret, provider, started_at, fresh, return_to } = self;
        format!("{secret}.{provider}.{}.{}.{return_to}", started_at.timestamp(), u8::from(*fresh))
    }

    /// Parses a cookie.
    #[must_use]
    pub fn parse(cookie: &str) -> Option<Self> {
        let mut parts = cookie.splitn(5, '.');
        let (secret, provider, started_at, fresh, return_to) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        base62::decode::<32>(secret)?;
        Some(Self {
            secret: secret.to_owned(),
            provider: provider.parse().ok()?,
            started_at: Timestamp::from_timestamp(started_at.parse().ok()?, 0)?,
            fresh: fresh == "1",
            return_to: Some(return_to).filter(|text| is_of_console(text))?.to_owned(),
        })
    }

    /// The name of the cookie of the attempt with this `state`, without its prefix.
    #[must_use]
    pub fn cookie_name(state: &str) -> Option<String> {
        let named =
            state.get(..NAMED).filter(|named| named.bytes().all(|byte| byte.is_ascii_alphanumeric()))?;
        Some(format!("keyturn-sign-in-{named}"))
    }

    /// Whether an answer with this `state` through this provider is the answer to this attempt, and in time.
    #[must_use]
    pub fn is_answered_by(&self, state: &str, provider: &ProviderId, now: Timestamp) -> bool {
        let same: bool = self.state().as_bytes().ct_eq(state.as_bytes()).into();
        same && self.provider == *provider
            && self.started_at <= now
            && now < self.started_at + limits::SIGN_IN_TIME
    }

    /// `state`
    #[must_use]
    pub fn state(&self) -> String {
        self.derived("state")
    }

    /// `nonce`
    #[must_use]
    pub fn nonce(&self) -> String {
        self.derived("nonce")
    }

    /// The PKCE verifier (RFC 7636): 43 characters.
    #[must_use]
    pub fn verifier(&self) -> String {
        self.derived("verifier")
    }

    fn derived(&self, purpose: &str) -> String {
        let digest: [u8; 32] = Sha256::digest(format!("{purpose}|{}", self.cookie())).into();
        base62::encode(&digest, DIGITS)
    }
}

impl std::fmt::Debug for SignInAttempt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "sign-in through {}", self.provider)
    }
}

/// Whether an address is a page of the console, on its own origin: a path that begins with it, and no character that a
/// browser reads in another way.
fn is_of_console(text: &str) -> bool {
    let Some(rest) = text.strip_prefix(CONSOLE) else { return false };
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/?#&=%+:@!".contains(&byte);
    (rest.is_empty() || rest.starts_with(['?', '#'])) && rest.bytes().all(allowed) && rest.len() <= RETURN_TO
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;

    fn attempt(return_to: Option<&str>) -> SignInAttempt {
        let provider = "corp".parse().unwrap();
        SignInAttempt::begin(&[7; 32], provider, true, return_to, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn returns_to_the_console_only() {
        for good in ["/console", "/console?status=ACTIVE&q=a%20b", "/console#/tokens/0199"] {
            assert_eq!(attempt(Some(good)).return_to, good);
        }
        for bad in [
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "/console.evil.example",
            "/console/../x",
            "/console@evil.example",
            "/console?a=\r\nSet-Cookie: x",
            "/apiAccessTokens",
            "javascript:alert(1)",
            "",
        ] {
            assert_eq!(attempt(Some(bad)).return_to, CONSOLE, "{bad}");
        }
    }

    #[test]
    fn answers_fit_in_time_and_through_their_provider_only() {
        let attempt = attempt(None);
        let (corp, other) = ("corp".parse().unwrap(), "other".parse().unwrap());
        let at = |minutes| Timestamp::UNIX_EPOCH + TimeDelta::minutes(minutes);
        assert!(attempt.is_answered_by(&attempt.state(), &corp, at(9)));
        assert!(!attempt.is_answered_by(&attempt.state(), &corp, at(10)));
        assert!(!attempt.is_answered_by(&attempt.state(), &corp, at(-1)));
        assert!(!attempt.is_answered_by(&attempt.state(), &other, at(1)));
        assert!(!attempt.is_answered_by(&attempt.nonce(), &corp, at(1)));
        assert!(!attempt.is_answered_by("", &corp, at(1)));
    }

    proptest! {
        #[test]
        fn a_changed_cookie_fits_no_answer(position in 0_usize..80, other in "[0-9a-z.]") {
            let attempt = attempt(Some("/console?status=ACTIVE"));
            let mut cookie = attempt.cookie();
            prop_assume!(position < cookie.len() && cookie[position..=position] != other);
            cookie.replace_range(position..=position, &other);
            let changed = SignInAttempt::parse(&cookie);
            prop_assert!(changed.is_none_or(|changed| changed.state() != attempt.state()));
        }

        #[test]
        fn round_trip_and_three_different_values(random: [u8; 32], fresh: bool, return_to in "/console[?#][a-z&=.]{0,20}") {
            let provider: ProviderId = "corp".parse().unwrap();
            let made = SignInAttempt::begin(&random, provider, fresh, Some(&return_to), Timestamp::UNIX_EPOCH);
            prop_assert_eq!(SignInAttempt::parse(&made.cookie()), Some(made.clone()));
            prop_assert!(made.state() != made.nonce() && made.nonce() != made.verifier());
            prop_assert_eq!(made.verifier().len(), 43);
        }

        #[test]
        fn never_panics(text: String) {
            let _ = SignInAttempt::parse(&text);
            let _ = SignInAttempt::cookie_name(&text);
        }
    }
}
