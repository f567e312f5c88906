//! Signs tokens with a key that exists in memory only: ES256 (RFC 7518, section 3.4).

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Map, Value, json};

/// A key with its id.
pub struct Signer {
    id: String,
    key: SigningKey,
}

impl Default for Signer {
    fn default() -> Self {
        Self::new()
    }
}

impl Signer {
    /// A new key.
    #[must_use]
    pub fn new() -> Self {
        loop {
            // Nearly every 32 bytes are a key.
            if let Ok(key) = SigningKey::from_slice(&random::<32>()) {
                return Self { id: token(), key };
            }
        }
    }

    /// The public key as a set of keys (RFC 7517).
    #[must_use]
    pub fn key_set(&self) -> Value {
        let point = self.key.verifying_key().to_sec1_point(false);
        let [x, y] = [point.x(), point.y()].map(|part| part.map(|part| BASE64_URL_SAFE_NO_PAD.encode(part)));
        json!({ "keys": [{ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.id, "x": x, "y": y }] })
    }

    /// A signed token of this type (`typ`).
    #[must_use]
    pub fn sign(&self, kind: &str, claims: &Map<String, Value>) -> String {
        self.sign_as(&json!({ "alg": "ES256", "typ": kind, "kid": self.id }), claims)
    }

    /// A signed token with this header, whatever that says.
    #[must_use]
    pub fn sign_as(&self, header: &Value, claims: &Map<String, Value>) -> String {
        let input = signing_input(header, claims);
        let signature: Signature = self.key.sign(input.as_bytes());
        format!("{input}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }

    /// The id of the key.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.id
    }
}

/// What a signature is made of.
#[must_use]
pub fn signing_input(header: &Value, claims: &Map<String, Value>) -> String {
    let encoded = |text: String| BASE64_URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}", encoded(header.to_string()), encoded(Value::Object(claims.clone()).to_string()))
}

/// A value that nobody can guess.
pub(crate) fn token() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(random::<32>())
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill(&mut bytes);
    bytes
}

#[expect(clippy::disallowed_methods, reason = "keys and codes of a stand-in, which no test repeats")]
fn fill(bytes: &mut [u8]) {
    use rand::Rng as _;
    rand::rng().fill_bytes(bytes);
}
