//! Faults of an input, gathered so that an answer names all of them at once.

/// What is wrong with one field. `value` is what was sent, where it is no secret and helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The field as the caller wrote it, `autoRenewal.everyDays` for a nested one.
    pub field: String,
    /// A sentence that says what is allowed.
    pub error: String,
    /// What was sent, shortened.
    pub value: Option<String>,
}

/// All faults of one input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

/// Characters of a value that an answer repeats; more would only fill logs.
const ECHOED_CHARACTERS: usize = 100;

/// What an answer repeats of a text that was sent: its beginning, or nothing if it looks like one of our secrets.
#[must_use]
pub fn echoed(text: &str) -> Option<String> {
    let secret = ["kat_", "krt_", "whsec_"].iter().any(|prefix| text.contains(prefix));
    (!secret).then(|| text.chars().take(ECHOED_CHARACTERS).collect())
}

impl Faults {
    /// Adds a fault without its value.
    pub fn add(&mut self, field: &str, error: impl Into<String>) {
        self.0.push(Fault { field: field.to_owned(), error: error.into(), value: None });
    }

    /// Adds a fault with the value that was sent, unless it looks like one of our secrets.
    pub fn add_value(&mut self, field: &str, error: impl Into<String>, value: &str) {
        self.0.push(Fault { field: field.to_owned(), error: error.into(), value: echoed(value) });
    }

    /// Takes the value of a parsed field, or notes why there is none.
    pub fn take<T>(&mut self, field: &str, sent: &str, parsed: Result<T, String>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(error) => {
                self.add_value(field, error, sent);
                None
            }
        }
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether something is wrong with this field.
    #[must_use]
    pub fn blame(&self, field: &str) -> bool {
        self.0.iter().any(|fault| fault.field == field)
    }

    /// Adds the faults of fields that have none yet, so that one mistake is told once.
    pub fn extend_new(&mut self, others: Self) {
        let known: Vec<String> = self.0.iter().map(|fault| fault.field.clone()).collect();
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
    fn never_echoes_a_secret_nor_a_novel() {
        let mut faults = Faults::default();
        faults.add_value("name", "is wrong", "my kat_0 is");
        faults.add_value("name", "is wrong", &"x".repeat(500));
        let values: Vec<_> = faults.as_slice().iter().map(|fault| fault.value.clone()).collect();
        assert_eq!(values, [None, Some("x".repeat(100))]);
    }
}
