//! What a function answered, and what must be true of every answer.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

/// What a client may be told to have done wrong.
const REFUSALS: [u16; 9] = [400, 401, 403, 404, 409, 410, 412, 413, 422];

/// The forms of Keyturn's secrets.
static SECRET: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(kat|krt)_[0-9A-Za-z]{71}|whsec_[0-9A-Za-z+/]{43}=").expect("a regular expression")
});

/// An answer, as the gateway gets it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Map<String, Value>,
    pub(crate) text: String,
}

impl Answer {
    /// Reads what a function returned.
    pub(crate) fn of(value: &Value) -> Self {
        assert_eq!(value["isBase64Encoded"], false, "every body is text");
        Self {
            status: value["statusCode"].as_u64().and_then(|status| status.try_into().ok()).expect("a status"),
            headers: value["headers"].as_object().cloned().expect("headers"),
            text: value["body"].as_str().unwrap_or_default().to_owned(),
        }
    }

    pub(crate) fn is_success(&self) -> bool {
        (200..400).contains(&self.status)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.as_str()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// A text of a JSON answer that must be there.
    pub(crate) fn member(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap_or_else(|| panic!("no {name}: {}", self.status)).to_owned()
    }

    /// The fields that the answer finds fault with.
    pub(crate) fn faulty(&self) -> BTreeSet<String> {
        let errors = self.json()["validationErrors"].as_array().cloned().unwrap_or_default();
        errors.iter().filter_map(|error| error["field"].as_str().map(str::to_owned)).collect()
    }

    /// What every answer must be: a success, or a problem document that tells no secret.
    pub(crate) fn check(&self, secrets: &[String]) {
        if self.is_success() {
            return;
        }
        assert!(REFUSALS.contains(&self.status), "{}: {}", self.status, self.text);
        self.check_problem();
        let everything = format!("{} {}", Value::Object(self.headers.clone()), self.text);
        assert_no_secret("a refusal", &everything, secrets);
    }

    /// A problem document (RFC 9457) with the reference system's members and no others.
    fn check_problem(&self) {
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert_eq!(self.header("cache-control"), Some("no-store"));
        let Value::Object(mut problem) = self.json() else { panic!("no problem document: {}", self.text) };
        let mut take =
            |name: &str| problem.remove(name).unwrap_or_else(|| panic!("no {name}: {}", self.text));
        let text = |value: Value| value.as_str().filter(|text| !text.is_empty()).expect("a text").to_owned();
        assert_eq!(take("status"), self.status);
        let (kind, code) = (text(take("type")), text(take("errorCode")));
        assert_eq!(kind, format!("urn:keyturn:problem:{}", code.to_lowercase().replace('_', "-")));
        assert_eq!(text(take("detail")), text(take("errorMessage")));
        text(take("title"));
        if self.status == 400 {
            self.check_faults(take("validationErrors"));
        }
        assert!(problem.is_empty(), "more than a problem document holds: {problem:?}");
        assert_eq!(self.status == 401, self.header("www-authenticate").is_some());
    }

    fn check_faults(&self, faults: Value) {
        let Value::Array(faults) = faults else { panic!("no list of faults: {}", self.text) };
        assert!(!faults.is_empty());
        let mut seen = BTreeSet::new();
        for fault in &faults {
            let text =
                |name: &str| fault[name].as_str().unwrap_or_else(|| panic!("no {name}: {}", self.text));
            assert!(!text("error").is_empty() && !text("code").is_empty(), "{}", self.text);
            // Two names that are not shown, or not in full, can look the same.
            let is_whole = !text("field").ends_with("***") && text("field").chars().count() < 100;
            assert!(seen.insert((text("field"), text("error"))) || !is_whole, "told twice: {}", self.text);
            let members =
                fault.as_object().map(|fault| fault.len() - usize::from(fault.contains_key("value")));
            assert_eq!(members, Some(3), "{}", self.text);
            assert!(
                fault["value"].as_str().is_none_or(|value| value.chars().count() <= 100),
                "{}",
                self.text
            );
        }
    }
}

/// Fails if a text holds one of these secrets, or anything of a secret's form.
pub(crate) fn assert_no_secret(place: &str, text: &str, secrets: &[String]) {
    assert!(!secrets.iter().any(|secret| text.contains(secret.as_str())), "{place} holds a known secret");
    assert!(!SECRET.is_match(text), "{place} holds what looks like a secret");
}
