//! AES-256-GCM with a key file: for the local stack, and wherever there is no KMS.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use aes_gcm::aead::{Aead as _, Generate as _, Nonce, Payload};
use aes_gcm::{Aes256Gcm, KeyInit as _};
use async_trait::async_trait;
use keyturn_application::ports::{PortError, SEALABLE_BYTES, SealContext, Sealer};
use keyturn_domain::secret::Sealed;
use zeroize::{Zeroize as _, Zeroizing};

use crate::binding::additional_data;

/// The format of a sealed secret: this byte, the nonce, the ciphertext with its tag.
const VERSION: u8 = 1;

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;

/// Seals with a local key. With random nonces one key is safe for 2^32 secrets (NIST SP 800-38D, section 8.3).
pub struct LocalKeySealer(Aes256Gcm);

/// An invalid key file.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// Too short; the number of its bytes.
    #[error("must hold {KEY_BYTES} bytes, but holds {0}")]
    TooShort(usize),
    /// Too long: perhaps the key is encoded as text.
    #[error("must hold {KEY_BYTES} bytes, but holds more")]
    TooLong,
}

impl LocalKeySealer {
    /// Seals with this key.
    #[must_use]
    pub fn new(key: &[u8; KEY_BYTES]) -> Self {
        Self(Aes256Gcm::new(key.into()))
    }

    /// Seals with the key that is the whole of a file.
    pub fn from_file(path: &Path) -> Result<Self, KeyFileError> {
        let mut file = File::open(path)?;
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        let mut length = 0;
        while length < KEY_BYTES {
            match file.read(&mut key[length..])? {
                0 => return Err(KeyFileError::TooShort(length)),
                more => length += more,
            }
        }
        if file.read(&mut [0])? > 0 {
            return Err(KeyFileError::TooLong);
        }
        Ok(Self::new(&key))
    }
}

#[async_trait]
impl Sealer for LocalKeySealer {
    async fn seal(&self, context: &SealContext, text: &str) -> Result<Sealed, PortError> {
        // So that nothing that KMS refuses goes unnoticed where this takes its place.
        if !(1..=SEALABLE_BYTES).contains(&text.len()) {
            return Err(PortError::bare("a secret is empty, or longer than what KMS seals"));
        }
        let nonce = Nonce::<Aes256Gcm>::try_generate()
            .map_err(|error| PortError::new("the system provides no random bytes", error))?;
        let payload = Payload { msg: text.as_bytes(), aad: &additional_data(VERSION, context) };
        let ciphertext = self
            .0
            .encrypt(&nonce, payload)
            .map_err(|error| PortError::new("a secret could not be sealed", error))?;
        Ok(Sealed::new([&[VERSION], nonce.as_slice(), &ciphertext].concat()))
    }

    async fn open(&self, context: &SealContext, sealed: &Sealed) -> Result<String, PortError> {
        let [VERSION, rest @ ..] = sealed.as_bytes() else {
            return Err(PortError::bare("a sealed secret has an unknown format version"));
        };
        let (nonce, ciphertext) =
            rest.split_first_chunk::<NONCE_BYTES>().ok_or(PortError::bare("a sealed secret is too short"))?;
        let payload = Payload { msg: ciphertext, aad: &additional_data(VERSION, context) };
        let bytes = self.0.decrypt(&Nonce::<Aes256Gcm>::from(*nonce), payload).map_err(|error| {
            PortError::new("a sealed secret does not decrypt with this context and key", error)
        })?;
        text(bytes)
    }
}

/// The secret as text. The standard library's error would contain the bytes.
pub(crate) fn text(bytes: Vec<u8>) -> Result<String, PortError> {
    String::from_utf8(bytes).map_err(|error| {
        error.into_bytes().zeroize();
        PortError::bare("a sealed secret is not UTF-8")
    })
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;
    use crate::binding::tests::contexts;

    const TEXT: &str = "kat_not-really-but-long-enough";

    fn sealer() -> LocalKeySealer {
        LocalKeySealer::new(&[7; KEY_BYTES])
    }

    #[tokio::test]
    async fn opens_for_its_context_only() {
        let (own, others) = contexts();
        let sealed = sealer().seal(&own, TEXT).await.unwrap();
        assert_eq!(sealer().open(&own, &sealed).await.unwrap(), TEXT);
        for other in others {
            assert!(sealer().open(&other, &sealed).await.is_err(), "{other:?}");
        }
    }

    #[tokio::test]
    async fn opens_with_its_key_only() {
        let (own, _) = contexts();
        let sealed = sealer().seal(&own, TEXT).await.unwrap();
        assert!(LocalKeySealer::new(&[8; KEY_BYTES]).open(&own, &sealed).await.is_err());
    }

    #[tokio::test]
    async fn refuses_any_changed_added_or_missing_byte() {
        let (own, _) = contexts();
        let sealed = sealer().seal(&own, TEXT).await.unwrap();
        let bytes = sealed.as_bytes();
        for index in 0..bytes.len() {
            let mut changed = bytes.to_vec();
            changed[index] ^= 1;
            assert!(sealer().open(&own, &Sealed::new(changed)).await.is_err(), "byte {index}");
            let shorter = bytes[..index].to_vec();
            assert!(sealer().open(&own, &Sealed::new(shorter)).await.is_err(), "{index} bytes");
        }
        let longer = [bytes, &[0]].concat();
        assert!(sealer().open(&own, &Sealed::new(longer)).await.is_err());
    }

    #[tokio::test]
    async fn ciphertexts_differ_and_hide_the_text() {
        let (own, _) = contexts();
        let one = sealer().seal(&own, TEXT).await.unwrap();
        let two = sealer().seal(&own, TEXT).await.unwrap();
        assert_ne!(one, two);
        assert_ne!(one.as_bytes()[1..13], two.as_bytes()[1..13]);
        for sealed in [one, two] {
            assert_eq!(sealed.as_bytes().len(), 1 + NONCE_BYTES + TEXT.len() + 16);
            assert!(
                !sealed
                    .as_bytes()
                    .windows(4)
                    .any(|window| TEXT.as_bytes().windows(4).any(|part| part == window))
            );
        }
    }

    #[tokio::test]
    async fn opens_what_earlier_versions_sealed() {
        const SEALED: &str =
            "AWsQnhFhN2GHAByRuAZdspOlnlSRxuAGyEJ867X9vkreEG29r+iZnieMzLhsaiKBfI8cq4mGehAizcE=";
        let (own, _) = contexts();
        let sealed = Sealed::new(STANDARD.decode(SEALED).unwrap());
        assert_eq!(sealer().open(&own, &sealed).await.unwrap(), TEXT);
    }

    #[tokio::test]
    async fn refuses_the_lengths_that_kms_refuses() {
        crate::binding::tests::assert_kms_lengths(&sealer()).await;
    }

    #[tokio::test]
    async fn errors_contain_no_secret() {
        let (own, others) = contexts();
        let sealed = sealer().seal(&own, TEXT).await.unwrap();
        let error = format!("{:?}", sealer().open(&others[0], &sealed).await.unwrap_err());
        assert!(!error.contains("kat_"), "{error}");
        let error = format!("{:?}", text(vec![b'k', b'a', 0xff]).unwrap_err());
        assert!(error.contains("not UTF-8") && !error.contains("107"), "{error}");
    }

    proptest! {
        #[test]
        fn every_text_survives_a_round_trip(text in ".{1,100}") {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let (own, _) = contexts();
            let opened = runtime.block_on(async {
                let sealed = sealer().seal(&own, &text).await.unwrap();
                sealer().open(&own, &sealed).await.unwrap()
            });
            prop_assert_eq!(opened, text);
        }
    }
}
