//! Authenticated encryption of secrets. Each is bound to its company, token and purpose, so that swapped records do not
//! decrypt.
//!
//! A deployment uses AWS KMS, so that Keyturn never holds the key; without AWS a key file is used.

mod binding;
mod kms;
mod local;

use std::path::Path;
use std::sync::Arc;

use aws_sdk_kms::Client;
use keyturn_application::ports::Sealer;
use keyturn_environment::{ConfigurationError, Environment};

pub use kms::KmsSealer;
pub use local::{KeyFileError, LocalKeySealer};

/// Names a file of 32 random bytes.
const KEY_FILE: &str = "KEYTURN_SEALING_KEY_FILE";

/// Names a symmetric key of AWS KMS: its id, its ARN or an alias.
const KMS_KEY: &str = "KEYTURN_KMS_KEY_ID";

/// The sealer that the deployment parameters select.
pub fn from_environment(environment: &Environment) -> Result<Arc<dyn Sealer>, ConfigurationError> {
    match choose(environment.optional(KEY_FILE), environment.optional(KMS_KEY))? {
        Key::File(path) => Ok(Arc::new(local(&path)?)),
        Key::Kms(id) => Ok(Arc::new(KmsSealer::new(Client::new(environment.sdk()), id))),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Key {
    File(String),
    Kms(String),
}

/// Exactly one of the two must be set: if one took precedence, a left-over variable could select a key that nobody keeps.
fn choose(file: Option<String>, kms: Option<String>) -> Result<Key, ConfigurationError> {
    match (file, kms) {
        (Some(path), None) => Ok(Key::File(path)),
        (None, Some(id)) => Ok(Key::Kms(id)),
        (Some(_), Some(_)) => Err(ConfigurationError::new(
            KEY_FILE,
            format!("is set, and so is {KMS_KEY}: set one of them only"),
        )),
        (None, None) => Err(ConfigurationError::new(
            KMS_KEY,
            format!("is not set, and neither is {KEY_FILE}: set one of them"),
        )),
    }
}

fn local(path: &str) -> Result<LocalKeySealer, ConfigurationError> {
    LocalKeySealer::from_file(Path::new(path))
        .map_err(|error| ConfigurationError::new(KEY_FILE, format!("{path} {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn exactly_one_key_must_be_set() {
        assert_eq!(choose(text("/key"), None), Ok(Key::File("/key".into())));
        assert_eq!(choose(None, text("alias/keyturn")), Ok(Key::Kms("alias/keyturn".into())));
        for (file, kms) in [(None, None), (text("/key"), text("alias/keyturn"))] {
            let message = choose(file, kms).unwrap_err().to_string();
            assert!(message.contains(KEY_FILE) && message.contains(KMS_KEY), "{message}");
        }
    }

    #[test]
    fn an_invalid_key_file_is_reported_with_its_problem() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let path = path.to_str().unwrap();
        let problem = || local(path).err().unwrap().to_string();
        assert!(problem().starts_with(&format!("environment variable {KEY_FILE}: {path} cannot be read: ")));
        for (length, found) in [(0, "0"), (31, "31"), (33, "more"), (5_000, "more")] {
            std::fs::write(path, vec![7; length]).unwrap();
            let expected =
                format!("environment variable {KEY_FILE}: {path} must hold 32 bytes, but holds {found}");
            assert_eq!(problem(), expected);
        }
        std::fs::write(path, [7; 32]).unwrap();
        assert!(local(path).is_ok());
    }
}
