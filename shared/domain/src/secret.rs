//! Strings that authenticate: their form, their hash, and types that keep them out of logs.
//!
//! A string is prefix, id (22 base62 digits), secret (43) and the CRC-32 of all before it (6): 75 characters. The
//! checksum lets a mistyped string be refused, and a secret scanner be sure, without asking a database.

use std::fmt;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::base62;
use crate::ids::{Malformed, TokenId};

const PREFIX: usize = 4;
const ID: usize = 22;
const SECRET: usize = 43;
const CHECKSUM: usize = 6;

/// What a string is for; it shows in the first four characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A token string, `kat_`.
    Token,
    /// A request token, `krt_`, holding the predecessor's id.
    Request,
}

impl Kind {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Token => "kat_",
            Self::Request => "krt_",
        }
    }
}

/// A token string or request token in the clear. It shows as `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretString {
    text: String,
    id: TokenId,
}

impl SecretString {
    /// Builds the string of a token from its id and 256 random bits.
    #[must_use]
    pub fn new(kind: Kind, id: TokenId, random: &[u8; 32]) -> Self {
        let mut text = String::with_capacity(PREFIX + ID + SECRET + CHECKSUM);
        text.push_str(kind.prefix());
        text.push_str(&base62::encode(id.uuid().as_bytes(), ID));
        text.push_str(&base62::encode(random, SECRET));
        text.push_str(&base62::encode(&crc32fast::hash(text.as_bytes()).to_be_bytes(), CHECKSUM));
        Self { text, id }
    }

    /// Reads a string that somebody sent. Says no more than "malformed", and reads no database.
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
        base62::decode::<32>(&body[PREFIX + ID..]).ok_or(Malformed)?;
        Ok(Self { text: text.to_owned(), id: TokenId::new(Uuid::from_bytes(id)) })
    }

    /// The id inside the string. It's no proof of anything until the hash has been compared.
    #[must_use]
    pub const fn id(&self) -> TokenId {
        self.id
    }

    /// The SHA-256 that is kept of it.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        SecretHash(Sha256::digest(self.text.as_bytes()).into())
    }

    /// The string itself, for the one answer, callback or seal that it is meant for.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }
}

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

/// A callback's signing secret in the clear, `whsec_` and base64 of 32 bytes. It shows as `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningSecret(String);

impl SigningSecret {
    /// Wraps a secret that was made at the edge or just unsealed.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The secret itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A secret after authenticated encryption, safe to store. Only the sealing adapter can open it.
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
    fn has_the_form_that_scanners_look_for() {
        let text = sample().expose().to_owned();
        assert_eq!(text.len(), 75);
        assert!(text.starts_with("kat_") && text[4..].bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }

    #[test]
    fn debug_shows_no_secret() {
        assert_eq!(format!("{:?} {:?}", sample(), SigningSecret::new("whsec_x".into())), "*** ***");
    }

    #[test]
    fn kinds_are_not_exchanged() {
        assert!(SecretString::parse(Kind::Request, sample().expose()).is_err());
    }

    proptest! {
        #[test]
        fn round_trip(id: u128, random: [u8; 32]) {
            let made = SecretString::new(Kind::Request, TokenId::new(Uuid::from_u128(id)), &random);
            prop_assert_eq!(SecretString::parse(Kind::Request, made.expose()), Ok(made));
        }

        #[test]
        fn one_wrong_character_is_noticed(position in 4_usize..75, other in "[0-9A-Za-z]") {
            let mut text = sample().expose().to_owned();
            prop_assume!(text[position..=position] != other);
            text.replace_range(position..=position, &other);
            prop_assert!(SecretString::parse(Kind::Token, &text).is_err());
        }

        #[test]
        fn any_text_is_answered(text: String) {
            let _ = SecretString::parse(Kind::Token, &text);
        }
    }
}
