//! A public key of the curve P-256, as PEM has it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};

/// What comes before the point in the DER of every uncompressed key of this curve (RFC 5480): the lengths, and the object
/// identifiers of an elliptic curve key and of P-256. A key of any other kind begins otherwise.
const HEADER: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// Bytes of an uncompressed point.
const POINT: usize = 65;

/// A key.
#[derive(Clone)]
pub(crate) struct PublicKey(Vec<u8>);

impl PublicKey {
    /// Reads a PEM document; `None` for anything but a key of P-256.
    pub(crate) fn parse(pem: &str) -> Option<Self> {
        let body = pem.trim().strip_prefix("-----BEGIN PUBLIC KEY-----")?;
        let body = body.strip_suffix("-----END PUBLIC KEY-----")?;
        let text: String = body.split_whitespace().collect();
        let der = STANDARD.decode(text).ok()?;
        let point = der.strip_prefix(&HEADER)?;
        (point.len() == POINT).then(|| Self(point.to_vec()))
    }

    /// Whether this key signed the message.
    pub(crate) fn verifies(&self, signature: &[u8], message: &[u8]) -> bool {
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &self.0).verify(message, signature).is_ok()
    }
}
