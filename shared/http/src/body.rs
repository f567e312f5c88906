//! Reads JSON bodies field by field, so that every fault is found and none stops the reading.

use keyturn_domain::edit::Patch;
use keyturn_domain::fault::{self, FaultCode, Faults, Violation};
use keyturn_domain::field::Field;
use keyturn_domain::refusal::Refusal;
use serde_json::{Map, Value};

use crate::call::ApiRequest;
use crate::field::{key, path};

/// The longest body that is read, in bytes.
pub(crate) const BODY_BYTES: usize = 64 * 1_024;

/// The fields of a JSON object that have not been read yet, and the faults found so far.
pub struct Fields {
    prefix: String,
    fields: Map<String, Value>,
    faults: Faults,
}

impl Fields {
    /// The fields of a request's body. Not an object, not JSON, not UTF-8: a fault of `body`.
    pub fn of(call: &ApiRequest) -> Result<Self, Refusal> {
        Self::beside(call, Faults::default())
    }

    /// The same beside faults that were found elsewhere in the request, so that all come back together.
    pub fn beside(call: &ApiRequest, mut faults: Faults) -> Result<Self, Refusal> {
        match serde_json::from_slice(call.body()) {
            Ok(Value::Object(fields)) => return Ok(Self { prefix: String::new(), fields, faults }),
            Ok(_) => faults.add("body", Violation::new(FaultCode::NotAnObject, "must be a JSON object")),
            // The position helps; the text of serde's errors can quote what was sent, which may be a secret.
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

    /// A text that must be there.
    pub fn required_text(&mut self, field: Field) -> Option<String> {
        if self.fields.get(key(field)).is_none_or(Value::is_null) {
            self.faults.add(field, Violation::required());
        }
        self.text(field)
    }

    /// A field of a merge patch: left alone if it's not there, removed by `null`, set by anything else.
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

    /// A whole number, also one that is written as `30.0`: JSON knows one kind of numbers, and JSON Schema calls it whole.
    pub fn integer(&mut self, field: Field) -> Option<i64> {
        match self.fields.remove(key(field))? {
            Value::Number(number) if number.is_i64() => number.as_i64(),
            Value::Number(number) if number.as_f64().is_some_and(is_whole) => {
                number.as_f64().map(|n| n as i64)
            }
            other => self.wrong(field, FaultCode::NotAnInteger, "must be a whole number", &other),
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

    /// An object. Its faults come back with [`Fields::absorb`].
    pub fn object(&mut self, field: Field) -> Option<Self> {
        match self.fields.remove(key(field))? {
            Value::Object(fields) => {
                Some(Self { prefix: format!("{}.", path(field)), fields, faults: Faults::default() })
            }
            other => self.wrong(field, FaultCode::NotAnObject, "must be an object", &other),
        }
    }

    /// Ends the reading of an inner object.
    pub fn absorb(&mut self, inner: Self) {
        self.faults.extend_new(inner.finish());
    }

    /// Ends the reading: fields that nobody asked for are faults too, also with `null`, which asks to remove them.
    #[must_use]
    pub fn finish(mut self) -> Faults {
        for name in std::mem::take(&mut self.fields).keys() {
            // People paste secrets anywhere.
            let path = self.prefix.clone() + fault::echoed(name).as_deref().unwrap_or("***");
            let violation = Violation::new(FaultCode::UnknownField, "is not a field of this request");
            self.faults.add(path, violation);
        }
        self.faults
    }

    /// Notes a wrong type. `null` is the same as leaving the field out.
    fn wrong<T>(&mut self, field: Field, code: FaultCode, error: &'static str, value: &Value) -> Option<T> {
        if !value.is_null() {
            self.faults.add_value(field, Violation::new(code, error), &value.to_string());
        }
        None
    }
}

/// Whether a number is whole, and small enough to be told from its neighbours.
fn is_whole(number: f64) -> bool {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    number.fract() == 0.0 && number.abs() < EXACT
}

#[cfg(test)]
mod tests {
    use super::*;
    use lambda_http::{Body, Request};

    #[test]
    fn a_whole_number_may_be_written_with_a_fraction_of_nothing() {
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
