//! Parses JSON bodies field by field; reports all faults at once.

use keyturn_domain::edit::Patch;
use keyturn_domain::fault::{self, FaultCode, Faults, Violation};
use keyturn_domain::field::Field;
use keyturn_domain::refusal::Refusal;
use serde_json::{Map, Value};

use crate::field::{key, path};
use crate::request::ApiRequest;

/// The longest body, in bytes.
pub const BODY_BYTES: usize = 64 * 1_024;

/// The fields of a JSON object that have not been read yet, and the faults so far.
pub struct Fields {
    prefix: String,
    fields: Map<String, Value>,
    faults: Faults,
}

impl Fields {
    /// The fields of a request's body. A body that is not a JSON object in UTF-8 is a fault of `body`.
    pub fn of(request: &ApiRequest) -> Result<Self, Refusal> {
        Self::beside(request, Faults::default())
    }

    /// The same with faults found elsewhere in the request, so that all are reported together.
    pub fn beside(request: &ApiRequest, mut faults: Faults) -> Result<Self, Refusal> {
        match serde_json::from_slice(request.body()) {
            Ok(Value::Object(fields)) => return Ok(Self { prefix: String::new(), fields, faults }),
            Ok(_) => faults.add("body", Violation::new(FaultCode::NotAnObject, "must be a JSON object")),
            // Only the position: the text of serde's errors can quote the input, which may be a secret.
            Err(error) => {
                let (line, column) = (error.line(), error.column());
                let error = format!("is not JSON in UTF-8 (line {line}, column {column})");
                faults.add("body", Violation::new(FaultCode::InvalidJson, error));
            }
        }
        Err(Refusal::Invalid(faults))
    }

    /// A text.
    pub fn text(&mut self, field: Field) -> Option<String> {
        match self.fields.remove(key(field))? {
            Value::String(text) => Some(text),
            other => self.wrong(field, FaultCode::NotAString, "must be a text", &other),
        }
    }

    /// A mandatory text.
    pub fn required_text(&mut self, field: Field) -> Option<String> {
        if self.fields.get(key(field)).is_none_or(Value::is_null) {
            self.faults.add(field, Violation::required());
        }
        self.text(field)
    }

    /// A field of a merge patch: kept if missing, removed by `null`, otherwise set.
    pub fn patch<T>(&mut self, field: Field, read: impl FnOnce(&mut Self, Field) -> Option<T>) -> Patch<T> {
        match self.fields.get(key(field)) {
            None => Patch::Keep,
            Some(Value::Null) => {
                self.fields.remove(key(field));
                Patch::Remove
            }
            Some(_) => read(self, field).map_or(Patch::Keep, Patch::Set),
        }
    }

    /// A whole number, also written as `30.0`, which JSON Schema calls an integer.
    pub fn integer(&mut self, field: Field) -> Option<i64> {
        match self.fields.remove(key(field))? {
            Value::Number(number) if number.is_i64() => number.as_i64(),
            Value::Number(number) if number.as_f64().is_some_and(is_whole) => {
                number.as_f64().map(|n| n as i64)
            }
            other => self.wrong(field, FaultCode::NotAnInteger, "must be a whole number", &other),
        }
    }

    /// `true` or `false`.
    pub fn boolean(&mut self, field: Field) -> Option<bool> {
        match self.fields.remove(key(field))? {
            Value::Bool(value) => Some(value),
            other => self.wrong(field, FaultCode::NotABoolean, "must be true or false", &other),
        }
    }

    /// A list of texts.
    pub fn texts(&mut self, field: Field) -> Option<Vec<String>> {
        let value = self.fields.remove(key(field))?;
        let texts = value.as_array().and_then(|items| {
            items.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
        });
        match texts {
            Some(texts) => Some(texts),
            None => self.wrong(field, FaultCode::NotAStringList, "must be a list of texts", &value),
        }
    }

    /// An object. [`Fields::absorb`] returns its faults.
    pub fn object(&mut self, field: Field) -> Option<Self> {
        match self.fields.remove(key(field))? {
            Value::Object(fields) => {
                Some(Self { prefix: format!("{}.", path(field)), fields, faults: Faults::default() })
            }
            other => self.wrong(field, FaultCode::NotAnObject, "must be an object", &other),
        }
    }

    /// Finishes an inner object.
    pub fn absorb(&mut self, inner: Self) {
        self.faults.extend_new(inner.finish());
    }

    /// Finishes parsing. Unknown fields are faults too, also with `null`.
    #[must_use]
    pub fn finish(mut self) -> Faults {
        for name in std::mem::take(&mut self.fields).keys() {
            // A secret may have been pasted as a name.
            let path = self.prefix.clone() + fault::echoed(name).as_deref().unwrap_or("***");
            let violation = Violation::new(FaultCode::UnknownField, "is not a field of this request");
            self.faults.add(path, violation);
        }
        self.faults
    }

    /// Adds a fault of a wrong type. `null` counts as missing.
    fn wrong<T>(&mut self, field: Field, code: FaultCode, error: &'static str, value: &Value) -> Option<T> {
        if !value.is_null() {
            self.faults.add_value(field, Violation::new(code, error), &value.to_string());
        }
        None
    }
}

/// Whether a number is whole and exactly representable.
fn is_whole(number: f64) -> bool {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    number.fract() == 0.0 && number.abs() < EXACT
}

#[cfg(test)]
mod tests {
    use super::*;
    use lambda_http::{Body, Request};

    #[test]
    fn whole_numbers_may_have_a_zero_fraction() {
        for (text, expected) in [
            ("30", Some(30)),
            ("30.0", Some(30)),
            ("3e1", Some(30)),
            ("-0.0", Some(0)),
            ("30.5", None),
            ("1e300", None),
            ("9223372036854775808", None),
            ("\"30\"", None),
        ] {
            let body = Body::Text(format!("{{\"everyDays\": {text}}}"));
            let mut fields = Fields::of(&ApiRequest::new(Request::new(body))).unwrap();
            assert_eq!(fields.integer(Field::EveryDays), expected, "{text}");
            assert_eq!(fields.finish().is_empty(), expected.is_some(), "{text}");
        }
    }
}
