//! JSON bodies of which is known what is wrong with them: each field in order, faulty, of another type, `null` or left out.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::choices::Choices;
use crate::texts;

/// A JSON object under construction, and the faulty fields in it.
#[derive(Default)]
pub(crate) struct Body {
    pub(crate) json: Map<String, Value>,
    pub(crate) faulty: BTreeSet<String>,
    prefix: String,
}

/// What can be sent for a field.
pub(crate) struct Kind {
    pub(crate) good: Vec<Value>,
    pub(crate) bad: Vec<Value>,
    /// Of types that the field isn't.
    pub(crate) wrong: Vec<Value>,
    /// Whether any text is in order.
    pub(crate) judge: Box<dyn Fn(&str) -> bool>,
}

/// What was sent for a field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Sent {
    Nothing,
    Null,
    WrongType,
    Bad,
    Good(Value),
}

impl Sent {
    pub(crate) fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing | Self::Null)
    }

    pub(crate) fn good(&self) -> Option<&Value> {
        match self {
            Self::Good(value) => Some(value),
            _ => None,
        }
    }
}

/// Values that are no text.
pub(crate) fn no_texts() -> Vec<Value> {
    vec![json!(7), json!(true), json!([]), json!({}), json!([{"a": ["b"]}]), json!(1.5), json!(["text"])]
}

impl Body {
    /// The body of an inner object.
    pub(crate) fn inside(&self, name: &str) -> Self {
        Self { prefix: format!("{}{name}.", self.prefix), ..Self::default() }
    }

    /// Takes an inner object in, with its faults.
    pub(crate) fn absorb(&mut self, name: &str, inner: Self) {
        self.json.insert(name.to_owned(), Value::Object(inner.json));
        self.faulty.extend(inner.faulty);
    }

    /// Notes that a field is faulty.
    pub(crate) fn blame(&mut self, name: &str) {
        self.faulty.insert(format!("{}{name}", self.prefix));
    }

    /// Sends something for a field, and blames it for what is faulty by itself.
    pub(crate) fn send(&mut self, choices: &mut Choices<'_>, name: &str, kind: &Kind) -> Sent {
        let pick = |choices: &mut Choices<'_>, of: &[Value]| of[choices.below(of.len())].clone();
        let (value, sent) = match choices.below(24) {
            0..16 => {
                let value = pick(choices, &kind.good);
                (value.clone(), Sent::Good(value))
            }
            16 | 17 if !kind.bad.is_empty() => (pick(choices, &kind.bad), Sent::Bad),
            18 | 19 => (pick(choices, &kind.wrong), Sent::WrongType),
            20 => (Value::Null, Sent::Null),
            21 | 22 => return Sent::Nothing,
            _ => {
                let text = texts::any(choices);
                let is_text = !kind.wrong.iter().any(Value::is_string);
                let sent = match (is_text, (kind.judge)(&text)) {
                    (false, _) => Sent::WrongType,
                    (true, false) => Sent::Bad,
                    (true, true) => Sent::Good(json!(text)),
                };
                (json!(text), sent)
            }
        };
        self.json.insert(name.to_owned(), value);
        if matches!(sent, Sent::WrongType | Sent::Bad) {
            self.blame(name);
        }
        sent
    }

    /// The same for a field that must be there.
    pub(crate) fn send_required(&mut self, choices: &mut Choices<'_>, name: &str, kind: &Kind) -> Sent {
        let sent = self.send(choices, name, kind);
        if sent.is_nothing() {
            self.blame(name);
        }
        sent
    }

    /// Adds fields that nobody asked for, once in a while.
    pub(crate) fn send_unknown(&mut self, choices: &mut Choices<'_>, known: &[&str]) {
        const NAMES: [&str; 10] = [
            "id",
            "token",
            "Name",
            "expires_at",
            "a.b",
            "__proto__",
            "signingSecret",
            "version",
            "status",
            "série",
        ];
        while choices.once_in(12) {
            let name = if choices.once_in(2) { texts::any(choices) } else { choices.one(&NAMES).to_owned() };
            if known.contains(&name.as_str()) || self.json.contains_key(&name) {
                continue;
            }
            let value = [Value::Null, json!("x"), json!({"a": {}})][choices.below(3)].clone();
            let looks_secret = ["kat_", "krt_", "whsec_"].iter().any(|prefix| name.contains(prefix));
            let shown: String = name.chars().take(100).collect();
            self.blame(if looks_secret { "***" } else { &shown });
            self.json.insert(name, value);
        }
    }

    /// The object as bytes, written in one of the ways that JSON leaves open.
    pub(crate) fn written(&self, choices: &mut Choices<'_>) -> Vec<u8> {
        match choices.below(4) {
            0 => Value::Object(self.json.clone()).to_string().into_bytes(),
            1 => serde_json::to_vec_pretty(&self.json).unwrap_or_default(),
            2 => format!("\r\n\t {} \n", Value::Object(self.json.clone())).into_bytes(),
            _ => escaped(&Value::Object(self.json.clone()).to_string()).into_bytes(),
        }
    }
}

/// The same JSON with everything escaped inside its texts that may be.
fn escaped(json: &str) -> String {
    let (mut inside, mut written) = (false, String::new());
    let mut characters = json.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                let escape = characters.next().unwrap_or_default();
                written.extend([character, escape]);
                let digits = if escape == 'u' { 4 } else { 0 };
                written.extend(characters.by_ref().take(digits));
            }
            '"' => {
                inside = !inside;
                written.push(character);
            }
            _ if inside => {
                let mut units = [0; 2];
                let units = character.encode_utf16(&mut units).iter();
                written.extend(units.map(|unit| format!("\\u{unit:04x}")));
            }
            _ => written.push(character),
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaping_changes_nothing() {
        let json = json!({"a\"\\\u{0}": ["é\u{1f4e6}\n", {"b": 1.5}], "": null});
        let written = escaped(&json.to_string());
        assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), json);
        assert!(!written.contains('a') && written.is_ascii(), "{written}");
    }
}
