//! Secrets in the clear: types that keep them out of logs and wipe them from memory.

use std::fmt;

use serde::{Deserialize, Deserializer, Serializer};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// What token strings, request tokens and signing secrets begin with.
const PREFIXES: [&str; 3] = ["kat_", "krt_", "whsec_"];

/// A token string, request token or signing secret. Its `Debug` is `***`, and it is wiped from memory on drop.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

/// The form of a token string: `kat_` and 71 letters and digits. The rest is opaque.
const TOKEN_PREFIX: &str = "kat_";
const TOKEN_LENGTH: usize = 75;

/// Identifies a string without revealing it: the beginning of its SHA-256. 256 random bits went into the string, so nobody
/// can guess it from this.
pub(crate) type Fingerprint = String;

impl Secret {
    /// Wraps any secret.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// A token string, with white space around it removed; `None` if the text has not the form of one.
    #[must_use]
    pub fn token(text: &str) -> Option<Self> {
        let text = text.trim();
        (text.len() == TOKEN_LENGTH && is_token(text)).then(|| Self::new(text.to_owned()))
    }

    /// The first token string inside a text, such as a configuration file that holds one.
    #[must_use]
    pub fn token_in(text: &str) -> Option<Self> {
        let found = text.match_indices(TOKEN_PREFIX).find_map(|(start, _)| {
            let candidate = text.get(start..start + TOKEN_LENGTH)?;
            is_token(candidate).then_some(candidate)
        });
        found.and_then(Self::token)
    }

    /// The secret itself, for the one request, file or pipe that it is meant for.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What stands for it in the state and in comparisons.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Sha256::digest(self.0.as_bytes())[..8].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn is_token(text: &str) -> bool {
    text.strip_prefix(TOKEN_PREFIX).is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Replaces everything in a text that looks like a secret: for texts of others, such as the error of a server, before they
/// are logged or stored.
#[must_use]
pub(crate) fn scrub(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((start, prefix)) =
        PREFIXES.iter().filter_map(|prefix| rest.find(prefix).map(|start| (start, prefix))).min()
    {
        clean.push_str(&rest[..start]);
        clean.push_str(prefix);
        clean.push('…');
        let secret = &rest[start + prefix.len()..];
        let end = secret.find(|it: char| !(it.is_ascii_alphanumeric() || "+/=_-".contains(it)));
        rest = &secret[end.unwrap_or(secret.len())..];
        // A text that was cleaned before stays as it is.
        rest = rest.strip_prefix('…').unwrap_or(rest);
    }
    clean + rest
}

/// Writes a secret into the state file: the one place where it is stored. For `#[serde(with = "…")]`.
pub(crate) mod stored {
    use super::{Deserialize as _, Deserializer, Secret, Serializer};

    pub(crate) fn serialize<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(secret.expose())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
        String::deserialize(deserializer).map(Secret::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_token_strings_only_and_finds_them_in_files() {
        let string = format!("kat_{}", "aZ09".repeat(18).split_at(71).0);
        assert!(Secret::token(&format!(" {string}\n")).is_some());
        for other in ["", "kat_", &string[..74], &format!("{string}0"), &string.replace("kat_", "krt_")] {
            assert!(Secret::token(other).is_none(), "{other}");
        }
        let found = Secret::token_in(&format!("# kat_old\nTOKEN=\"{string}\"\n")).unwrap();
        assert_eq!(found.expose(), string);
        assert!(Secret::token_in("kat_…").is_none());
    }

    #[test]
    fn shows_no_secret() {
        let secret = Secret::new("kat_secret".to_owned());
        assert_eq!(format!("{secret:?}"), "***");
        assert_eq!(secret.fingerprint().len(), 16);
        let text = scrub("PUT kat_abc123: refused krt_x, whsec_MfKQ9r8G+/=; kat_");
        assert_eq!(text, "PUT kat_…: refused krt_…, whsec_…; kat_…");
        assert_eq!(scrub(&text), text);
        assert_eq!(scrub("nothing"), "nothing");
    }
}
