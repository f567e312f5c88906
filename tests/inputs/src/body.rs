//! JSON bodies with valid, invalid, `null`, missing and unknown fields.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::{choices::Choices, strings, values};

/// Valid and invalid values of a field.
pub(crate) struct Field {
    name: &'static str,
    pub(crate) valid: Vec<Value>,
    /// Invalid in every request, values of other types included.
    pub(crate) invalid: Vec<Value>,
}

impl Field {
    /// The field of this name in `values.json`.
    pub(crate) fn new(name: &'static str) -> Self {
        let list =
            |part: &str| values::list(&format!("/fields/{name}/{part}")).into_iter().cloned().collect();
        let (mut valid, mut invalid): (Vec<_>, Vec<_>) = (list("valid"), list("invalid"));
        if let Some(max) = values::number(&format!("/fields/{name}/maxLength")) {
            valid.push(json!("ä".repeat(max)));
            invalid.extend(["x", "ä"].map(|letter| json!(letter.repeat(max + 1))));
        }
        if valid.iter().all(Value::is_string) {
            invalid.extend(values::list("/notStrings").into_iter().cloned());
        }
        Self { name, valid, invalid }
    }

    /// A field with one valid string.
    pub(crate) fn string(name: &'static str, valid: &str) -> Self {
        let invalid = values::list("/notStrings").into_iter().cloned().collect();
        Self { name, valid: vec![json!(valid)], invalid }
    }

    pub(crate) fn with_times(mut self, valid: &[DateTime<Utc>], invalid: &[DateTime<Utc>]) -> Self {
        self.valid.extend(valid.iter().map(|time| json!(time.to_rfc3339())));
        self.invalid.extend(invalid.iter().map(|time| json!(time.to_rfc3339())));
        self
    }

    pub(crate) fn with_invalid(mut self, invalid: impl IntoIterator<Item = Value>) -> Self {
        self.invalid.extend(invalid);
        self
    }
}

/// A JSON object and the names of its fields with invalid values.
#[derive(Default)]
pub(crate) struct Body {
    json: Map<String, Value>,
    pub(crate) invalid: BTreeSet<String>,
    /// The path of a nested object, with a dot at its end.
    prefix: String,
}

impl Body {
    /// Adds a field: mostly valid, otherwise invalid, any string, `null` or missing.
    pub(crate) fn add(&mut self, choices: &mut Choices<'_>, field: &Field) {
        let value = match choices.below(24) {
            0..17 => field.valid[choices.below(field.valid.len())].clone(),
            17..20 => {
                self.invalid.insert(format!("{}{}", self.prefix, field.name));
                field.invalid[choices.below(field.invalid.len())].clone()
            }
            20 | 21 => json!(strings::any(choices)),
            22 => Value::Null,
            _ => return,
        };
        self.json.insert(field.name.to_owned(), value);
    }

    /// Adds a nested object: missing, `null`, of another type, or with the fields that `fill` adds.
    pub(crate) fn add_object(
        &mut self,
        choices: &mut Choices<'_>,
        name: &str,
        fill: impl FnOnce(&mut Choices<'_>, &mut Self),
    ) {
        let value = match choices.below(8) {
            0 => return,
            1 => Value::Null,
            2 => {
                self.invalid.insert(format!("{}{name}", self.prefix));
                choices.one(&values::list("/notObjects")).clone()
            }
            _ => {
                let mut nested = Self { prefix: format!("{}{name}.", self.prefix), ..Self::default() };
                fill(choices, &mut nested);
                self.invalid.extend(nested.invalid);
                Value::Object(nested.json)
            }
        };
        self.json.insert(name.to_owned(), value);
    }

    /// Occasionally adds unknown fields, which are invalid.
    pub(crate) fn add_unknown(&mut self, choices: &mut Choices<'_>) {
        while choices.once_in(12) {
            let value = [Value::Null, json!("x"), json!({"a": {}})][choices.below(3)].clone();
            if choices.once_in(2) {
                self.json.entry(strings::any(choices)).or_insert(value);
            } else {
                let name = choices.one(&values::strings("/unknownFields"));
                self.invalid.insert(format!("{}{name}", self.prefix));
                self.json.insert(name.to_owned(), value);
            }
        }
    }

    /// The bytes of the object: compact, indented or padded.
    pub(crate) fn bytes(&self, choices: &mut Choices<'_>) -> Vec<u8> {
        let json = Value::Object(self.json.clone());
        match choices.below(3) {
            0 => json.to_string().into_bytes(),
            1 => serde_json::to_vec_pretty(&json).unwrap_or_default(),
            _ => format!("\r\n\t {json} \n").into_bytes(),
        }
    }
}
