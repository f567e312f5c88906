//! Strings that authenticate: their form, their hash, and types that keep them out of logs and wipe them from memory.
//!
//! A string is prefix, id (22 base62 digits), secret (43) and the CRC-32 of all before it (6): 75 characters. With the
//! checksum, a mistyped string is refused, and a secret scanner confirms a match, without a database read.

use std::fmt;

use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::base62;
use crate::ids::{Malformed, TokenId};

const PREFIX: usize = 4;
const ID: usize = 22;
const SECRET: usize = 43;
const CHECKSUM: usize = 6;

/// The kind of a string, told by its first four characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A token string, `kat_`.
    Token,
    /// A request token, `krt_`, holding the predecessor's id.
    Request,
    /// The string in a session's cookie, `kss_`, holding the session's id.
    Session,
}

impl Kind {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Token => "kat_",
            Self::Request => "krt_",
            Self::Session => "kss_",
        }
    }
}

/// A token string or request token in the clear. Its `Debug` is `***`, and it's wiped from memory on drop.
#[derive(Clone)]
pub struct SecretString {
    text: secrecy::SecretString,
    id: TokenId,
}

impl SecretString {
    /// Builds the string of a token from its id and 256 random bits.
    #[must_use]
    pub fn new(kind: Kind, id: TokenId, random: &[u8; 32]) -> Self {
        // Of exactly this capacity, so that no copy is left behind.
        let mut text = String::with_capacity(PREFIX + ID + SECRET + CHECKSUM);
        text.push_str(kind.prefix());
        text.push_str(&base62::encode(id.uuid().as_bytes(), ID));
        text.push_str(&Zeroizing::new(base62::encode(random, SECRET)));
        text.push_str(&base62::encode(&crc32fast::hash(text.as_bytes()).to_be_bytes(), CHECKSUM));
        Self { text: text.into(), id }
    }

    /// Parses a string of a request. The error says no more than "malformed".
    pub fn parse(kind: Kind, text: &str) -> Result<Self, Malformed> {
        if text.len() != PREFIX + ID + SECRET + CHECKSUM
            || !text.is_ascii()
            || !text.starts_with(kind.prefix())
        {
            return Err(Malformed);
        }
        let (body, checksum) = text.split_at(PREFIX + ID + SECRET);
        let expected = crc32fast::hash(body.as_bytes()).to_be_bytes();
        if base62::decode::<4>(checksum) != Some(expected) {
            return Err(Malformed);
        }
        let id = base62::decode::<16>(&body[PREFIX..PREFIX + ID]).ok_or(Malformed)?;
        base62::decode::<32>(&body[PREFIX + ID..]).map(Zeroizing::new).ok_or(Malformed)?;
        Ok(Self { text: text.into(), id: TokenId::new(Uuid::from_bytes(id)) })
    }

    /// The id inside the string. It proves nothing until the hash has been compared.
    #[must_use]
    pub const fn id(&self) -> TokenId {
        self.id
    }

    /// Its SHA-256, which is stored.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        SecretHash(Sha256::digest(self.expose().as_bytes()).into())
    }

    /// The string itself, for the one response, callback or seal that it is meant for.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.text.expose_secret()
    }
}

impl PartialEq for SecretString {
    /// Takes the same time wherever the two differ.
    fn eq(&self, other: &Self) -> bool {
        self.expose().as_bytes().ct_eq(other.expose().as_bytes()).into()
    }
}

impl Eq for SecretString {}

impl fmt::Debug for SecretString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// SHA-256 of a secret string. 256 random bits went in, so it needs no salt and no slow hash.
#[derive(Clone, Copy, Debug, Eq)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// Wraps a stored hash.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The hash as bytes, for the store.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for SecretHash {
    /// Takes the same time wherever the two differ.
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

/// A callback's signing secret in the clear, `whsec_` and base64 of 32 bytes. Its `Debug` is `***`, and it's wiped from
/// memory on drop.
#[derive(Clone)]
pub struct SigningSecret(secrecy::SecretString);

impl SigningSecret {
    /// Wraps a secret that was just created or opened.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text.into())
    }

    /// The secret itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl PartialEq for SigningSecret {
    /// Takes the same time wherever the two differ.
    fn eq(&self, other: &Self) -> bool {
        self.expose().as_bytes().ct_eq(other.expose().as_bytes()).into()
    }
}

impl Eq for SigningSecret {}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A secret after authenticated encryption, safe to store. Only the sealer can open it.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// Wraps ciphertext.
    #[must_use]
    pub const fn new(ciphertext: Vec<u8>) -> Self {
        Self(ciphertext)
    }

    /// The ciphertext.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sealed({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample() -> SecretString {
        SecretString::new(Kind::Token, TokenId::new(Uuid::from_u128(7)), &[9; 32])
    }

    #[test]
    fn has_the_form_that_secret_scanners_match() {
        let text = sample().expose().to_owned();
        assert_eq!(text.len(), 75);
        assert!(text.starts_with("kat_") && text[4..].bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }

    #[test]
    fn debug_shows_no_secret() {
        assert_eq!(format!("{:?} {:?}", sample(), SigningSecret::new("whsec_x".into())), "*** ***");
    }

    #[test]
    fn a_token_string_is_no_request_token() {
        assert!(SecretString::parse(Kind::Request, sample().expose()).is_err());
    }

    proptest! {
        #[test]
        fn round_trip(id: u128, random: [u8; 32]) {
            let made = SecretString::new(Kind::Request, TokenId::new(Uuid::from_u128(id)), &random);
            prop_assert_eq!(SecretString::parse(Kind::Request, made.expose()), Ok(made));
        }

        #[test]
        fn detects_one_wrong_character(position in 4_usize..75, other in "[0-9A-Za-z]") {
            let mut text = sample().expose().to_owned();
            prop_assume!(text[position..=position] != other);
            text.replace_range(position..=position, &other);
            prop_assert!(SecretString::parse(Kind::Token, &text).is_err());
        }

        #[test]
        fn never_panics(text: String) {
            let _ = SecretString::parse(Kind::Token, &text);
        }
    }
}
