//! A function's response, and the checks that apply to every response.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Value, json};

/// The formats of Keyturn's secrets.
static SECRET: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(kat|krt)_[0-9A-Za-z]{71}|whsec_[0-9A-Za-z+/]{43}=").expect("a regular expression")
});

/// A response in the gateway's format.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u64,
    pub(crate) headers: String,
    pub(crate) body: String,
}

impl Response {
    pub(crate) fn parse(value: &Value) -> Self {
        Self {
            status: value["statusCode"].as_u64().expect("a status"),
            headers: value["headers"].to_string(),
            body: value["body"].as_str().unwrap_or_default().to_owned(),
        }
    }

    pub(crate) fn is_success(&self) -> bool {
        self.status < 400
    }

    pub(crate) fn field(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap_or_else(|| panic!("no {name}: {}", self.status)).to_owned()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The fields that a 400 names as invalid.
    pub(crate) fn invalid_fields(&self) -> BTreeSet<String> {
        let errors = self.json()["validationErrors"].as_array().cloned().unwrap_or_default();
        errors.iter().filter_map(|error| error["field"].as_str().map(str::to_owned)).collect()
    }

    /// No 5xx, and a 400 names at least one field and says what is wrong with each. The back channel of sign-in answers with a
    /// code of OAuth 2.0 (RFC 6749, section 5.2).
    pub(crate) fn assert_well_formed(&self) {
        assert!(self.status < 500, "{}: {}", self.status, self.body);
        if self.status == 400 && self.json() != json!({"error": "invalid_request"}) {
            let errors = self.json()["validationErrors"].as_array().cloned().unwrap_or_default();
            let is_text = |text: &Value| text.as_str().is_some_and(|text| !text.is_empty());
            // A field name is whatever the client sent, and so may be empty.
            let named = errors.iter().all(|error| {
                error["field"].is_string() && is_text(&error["error"]) && is_text(&error["code"])
            });
            assert!(named && !errors.is_empty(), "a 400 that names no field: {}", self.body);
        }
    }

    pub(crate) fn assert_no_secret(&self, secrets: &[String]) {
        assert_no_secret(&self.headers, secrets);
        assert_no_secret(&self.body, secrets);
    }
}

/// Fails if a text contains one of these secrets or anything in the format of a secret. The message must not show it.
pub(crate) fn assert_no_secret(text: &str, secrets: &[String]) {
    let known = secrets.iter().any(|secret| text.contains(secret.as_str()));
    assert!(!known, "a secret in a response or the log");
    assert!(!SECRET.is_match(text), "something in the format of a secret in a response or the log");
}
