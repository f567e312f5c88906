//! The forms of a report: `{"leaks": [{"token", "url"}]}`, or an array as the partners send it. The partners' entries have a
//! type, which is not trusted: prefix and checksum say what a string is.

use std::fmt;

use keyturn_domain::fault::{FaultCode, Faults, Violation};
use keyturn_domain::refusal::Refusal;
use serde_json::{Map, Value};

/// A string as it was reported.
pub(crate) struct Entry {
    /// The text, which may be anything.
    pub(crate) token: String,
    /// What the reporter takes it for.
    pub(crate) kind: Option<String>,
    /// Where it was found.
    pub(crate) url: Option<String>,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The entries of a report. Those that have no string are left out: one bad entry never stops a batch. An array is cut off at
/// its limit, since a partner whose signature could not be verified must not lose all of it; an object that is too long is
/// refused.
pub(crate) fn read(body: &[u8], most: usize) -> Result<Vec<Entry>, Refusal> {
    match serde_json::from_slice(body) {
        Ok(Value::Array(entries)) => Ok(entries.into_iter().filter_map(entry).take(most).collect()),
        Ok(Value::Object(fields)) => of_object(fields, most),
        Ok(_) => Err(fault("body", FaultCode::NotAnObject, "must be a JSON object or an array".to_owned())),
        Err(error) => {
            let position = format!("is not JSON in UTF-8 (line {}, column {})", error.line(), error.column());
            Err(fault("body", FaultCode::InvalidJson, position))
        }
    }
}

fn of_object(mut fields: Map<String, Value>, most: usize) -> Result<Vec<Entry>, Refusal> {
    let leaks = fields.remove("leaks");
    let mut faults = Faults::default();
    for name in fields.keys() {
        // A secret may have been pasted as a name.
        let name = keyturn_domain::fault::echoed(name).unwrap_or_else(|| "***".to_owned());
        faults.add(name, Violation::new(FaultCode::UnknownField, "is not a field of this request"));
    }
    let entries = match leaks {
        Some(Value::Array(entries)) if (1..=most).contains(&entries.len()) => entries,
        Some(Value::Array(_)) => {
            let error = format!("must have 1 to {most} items");
            faults.add("leaks", Violation::new(FaultCode::CountOutOfRange, error));
            Vec::new()
        }
        Some(_) => {
            faults.add("leaks", Violation::new(FaultCode::NotAnObject, "must be a list of objects"));
            Vec::new()
        }
        None => {
            faults.add("leaks", Violation::required());
            Vec::new()
        }
    };
    if faults.is_empty() {
        Ok(entries.into_iter().filter_map(entry).collect())
    } else {
        Err(Refusal::Invalid(faults))
    }
}

fn entry(value: Value) -> Option<Entry> {
    let Value::Object(mut fields) = value else { return None };
    let mut text = |name: &str| match fields.remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let token = text("token")?;
    // GitHub's word and GitLab's.
    let url = text("url").or_else(|| text("location"));
    Some(Entry { token, kind: text("type"), url })
}

fn fault(field: &str, code: FaultCode, error: String) -> Refusal {
    let mut faults = Faults::default();
    faults.add(field, Violation::new(code, error));
    Refusal::Invalid(faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(body: &str) -> Vec<String> {
        read(body.as_bytes(), 3).unwrap().into_iter().map(|entry| entry.token).collect()
    }

    #[test]
    fn one_bad_entry_never_stops_a_batch() {
        let bad = r#"null, 1, "kat_", [], {}, {"token": 1}, {"token": null}, {"token": {}}"#;
        assert_eq!(
            tokens(&format!(r#"[{{"token": "a"}}, {bad}, {{"token": "b", "url": 3, "type": []}}]"#)),
            ["a", "b"]
        );
        assert_eq!(tokens(r#"{"leaks": [{"token": "a"}, 7, {"url": "x"}]}"#), ["a"]);
    }

    #[test]
    fn an_array_is_cut_off_and_an_object_refused() {
        let entries = [r#"{"token": "a"}"#; 4].join(",");
        assert_eq!(tokens(&format!("[{entries}]")).len(), 3);
        for (body, field) in [
            (format!(r#"{{"leaks": [{entries}]}}"#), "leaks"),
            (r#"{"leaks": []}"#.to_owned(), "leaks"),
            (r#"{"leaks": "kat_"}"#.to_owned(), "leaks"),
            ("{}".to_owned(), "leaks"),
            (r#"{"leaks": [{"token": "a"}], "kat_x": 1}"#.to_owned(), "***"),
            ("7".to_owned(), "body"),
            ("{".to_owned(), "body"),
        ] {
            let Err(Refusal::Invalid(faults)) = read(body.as_bytes(), 3) else { panic!("{body}") };
            assert!(faults.contain(field), "{body}: {faults:?}");
        }
    }
}
