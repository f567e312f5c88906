//! Validation faults, collected so that an answer names all of them at once.

use std::borrow::Cow;

pub use crate::fault_code::FaultCode;
use crate::field::FieldPath;

/// A broken rule: a code for programs and a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct Violation {
    /// The rule.
    pub code: FaultCode,
    /// What is allowed, as the end of a sentence that begins with the field.
    pub error: Cow<'static, str>,
}

impl Violation {
    /// A broken rule and what it allows.
    #[must_use]
    pub fn new(code: FaultCode, error: impl Into<Cow<'static, str>>) -> Self {
        Self { code, error: error.into() }
    }

    /// Something mandatory is missing.
    #[must_use]
    pub const fn required() -> Self {
        Self { code: FaultCode::Required, error: Cow::Borrowed("is required") }
    }
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The field.
    pub field: FieldPath,
    /// The rule that is broken.
    pub code: FaultCode,
    /// What is allowed, in words.
    pub error: Cow<'static, str>,
    /// The beginning of what was sent, where it helps and holds no secret.
    pub value: Option<String>,
}

/// All faults of one input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

/// Characters of a value that an answer echoes; more would only fill logs.
const ECHOED_CHARACTERS: usize = 100;

/// The beginning of an input, as an answer may echo it; `None` if it may contain one of our secrets.
#[must_use]
pub fn echoed(text: &str) -> Option<String> {
    let secret = ["kat_", "krt_", "kss_", "whsec_"].iter().any(|prefix| text.contains(prefix));
    (!secret).then(|| text.chars().take(ECHOED_CHARACTERS).collect())
}

impl Faults {
    /// Adds a fault without its value.
    pub fn add(&mut self, field: impl Into<FieldPath>, violation: Violation) {
        self.push(field.into(), violation, None);
    }

    /// Adds a fault with the value that was sent, unless that may contain a secret.
    pub fn add_value(&mut self, field: impl Into<FieldPath>, violation: Violation, value: &str) {
        self.push(field.into(), violation, echoed(value));
    }

    fn push(&mut self, field: FieldPath, Violation { code, error }: Violation, value: Option<String>) {
        self.0.push(Fault { field, code, error, value });
    }

    /// The value of a parsed field; `None` and a fault if it was refused.
    pub fn take<T>(
        &mut self,
        field: impl Into<FieldPath>,
        sent: &str,
        parsed: Result<T, Violation>,
    ) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(violation) => {
                self.add_value(field, violation, sent);
                None
            }
        }
    }

    /// Whether there is no fault.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this field has a fault.
    #[must_use]
    pub fn contain(&self, field: impl Into<FieldPath>) -> bool {
        let field = field.into();
        self.0.iter().any(|fault| fault.field == field)
    }

    /// Adds the faults of fields that have none yet, so that one mistake is reported once.
    pub fn extend_new(&mut self, others: Self) {
        let known: Vec<FieldPath> = self.0.iter().map(|fault| fault.field.clone()).collect();
        self.0.extend(others.0.into_iter().filter(|fault| !known.contains(&fault.field)));
    }

    /// The faults in the order in which they were found.
    #[must_use]
    pub fn as_slice(&self) -> &[Fault] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_echoes_a_secret_nor_a_long_value() {
        let mut faults = Faults::default();
        faults.add_value("name", Violation::required(), "my kat_0 is");
        faults.add_value("name", Violation::required(), &"x".repeat(500));
        let values: Vec<_> = faults.as_slice().iter().map(|fault| fault.value.clone()).collect();
        assert_eq!(values, [None, Some("x".repeat(100))]);
    }
}
