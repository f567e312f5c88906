//! IAM policy evaluation, as far as the template's policies need it: statements that allow, with conditions on keys of one
//! or several values.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

use std::collections::BTreeMap;

use serde_json::Value;

#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) sid: String,
    pub(crate) actions: Vec<String>,
    pub(crate) resources: Vec<String>,
    /// Conditions by the key that they are for.
    pub(crate) conditions: BTreeMap<String, Condition>,
}

/// What a statement requires of one condition key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Condition {
    /// At least one of them has to match each of the request's values.
    patterns: Vec<String>,
    /// Whether a request without this key passes, as it does for `ForAllValues` and `…IfExists`.
    passes_if_absent: bool,
    /// Whether `Null: false` excludes requests without this key.
    must_exist: bool,
}

/// An action on a resource, as AWS evaluates it, with the values of each condition key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Access {
    pub(crate) action: String,
    pub(crate) resource: String,
    pub(crate) context: BTreeMap<String, Vec<String>>,
}

/// The smallest part of a statement: one action on one resource with one pattern of each condition.
pub(crate) type Grant = (String, String, Vec<String>);

impl Condition {
    /// Whether a request without this key is refused.
    pub(crate) const fn refuses_absent(&self) -> bool {
        self.must_exist || !self.passes_if_absent
    }

    fn holds(&self, values: &[String]) -> bool {
        let allowed = |value: &String| self.patterns.iter().any(|pattern| matches(pattern, value));
        if values.is_empty() { !self.refuses_absent() } else { values.iter().all(allowed) }
    }
}

impl Statement {
    /// Reads a statement. What this evaluation does not support is an error.
    pub(crate) fn parse(value: &Value) -> Self {
        for name in value.as_object().unwrap().keys() {
            let known = ["Sid", "Effect", "Action", "Resource", "Condition"].contains(&name.as_str());
            assert!(known, "unknown part {name} of {value}");
        }
        assert_eq!(value["Effect"], "Allow", "{value}");
        let mut conditions = BTreeMap::<String, Condition>::new();
        for (operator, keys) in value["Condition"].as_object().into_iter().flatten() {
            for (key, patterns) in keys.as_object().unwrap() {
                let condition = conditions.entry(key.clone()).or_default();
                if operator == "Null" {
                    assert_eq!(patterns, "false", "{value}");
                    condition.must_exist = true;
                    continue;
                }
                assert!(condition.patterns.is_empty(), "{key} has two conditions in {value}");
                condition.patterns = texts(patterns);
                condition.passes_if_absent = match operator.as_str() {
                    "StringEquals" => false,
                    "StringEqualsIfExists" | "ForAllValues:StringEquals" | "ForAllValues:StringLike" => true,
                    other => panic!("unknown operator {other}"),
                };
            }
        }
        Self {
            sid: value["Sid"].as_str().unwrap_or_default().to_owned(),
            actions: texts(&value["Action"]),
            resources: texts(&value["Resource"]),
            conditions,
        }
    }

    /// The grants of this statement that an access uses, if it allows the access: those with a pattern for one of its values.
    pub(crate) fn grants_for(&self, access: &Access) -> Vec<Grant> {
        let values = |key: &String| access.context.get(key).map(Vec::as_slice).unwrap_or_default();
        if !self.conditions.iter().all(|(key, condition)| condition.holds(values(key))) {
            return Vec::new();
        }
        self.grants()
            .into_iter()
            .filter(|(action, resource, patterns)| {
                matches(action, &access.action)
                    && matches(resource, &access.resource)
                    && self.conditions.keys().zip(patterns).all(|(key, pattern)| {
                        values(key).is_empty() || values(key).iter().any(|value| matches(pattern, value))
                    })
            })
            .collect()
    }

    pub(crate) fn grants(&self) -> Vec<Grant> {
        let mut choices: Vec<Vec<String>> = vec![Vec::new()];
        for condition in self.conditions.values() {
            let extend = |choice: &Vec<String>| {
                let choice = choice.clone();
                condition
                    .patterns
                    .iter()
                    .map(move |pattern| [choice.as_slice(), std::slice::from_ref(pattern)].concat())
            };
            choices = choices.iter().flat_map(extend).collect();
        }
        let targets =
            self.actions.iter().flat_map(|action| self.resources.iter().map(move |it| (action, it)));
        let grants = targets.flat_map(|(action, resource)| {
            choices.iter().map(move |choice| (action.clone(), resource.clone(), choice.clone()))
        });
        grants.collect()
    }
}

/// Whether a text matches a pattern in which `*` stands for anything.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts: Vec<_> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().map(|item| item.as_str().unwrap().to_owned()).collect(),
        text => vec![text.as_str().unwrap_or_else(|| panic!("no text: {text}")).to_owned()],
    }
}

#[test]
fn star_matches_anything() {
    for (pattern, text, expected) in [
        ("TOKEN#*", "TOKEN#1", true),
        ("TOKEN#*", "CREDENTIAL#1", false),
        ("*", "", true),
        ("a*b*c", "a-b-b-c", true),
        ("a*b", "a-b-", false),
        ("dynamodb:GetItem", "dynamodb:GetItem", true),
        ("dynamodb:GetItem", "dynamodb:GetItems", false),
    ] {
        assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
    }
}

#[test]
fn statement_allows_only_its_grants() {
    let statement = Statement::parse(&serde_json::json!({
        "Effect": "Allow", "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": "key",
        "Condition": {"StringEquals": {"purpose": ["a", "b"]}},
    }));
    let access = |action: &str, resource: &str, purpose: &str| Access {
        action: action.to_owned(),
        resource: resource.to_owned(),
        context: BTreeMap::from([("purpose".to_owned(), vec![purpose.to_owned()])]),
    };
    assert_eq!(statement.grants().len(), 4);
    let granted = ("kms:Decrypt".to_owned(), "key".to_owned(), vec!["b".to_owned()]);
    assert_eq!(statement.grants_for(&access("kms:Decrypt", "key", "b")), [granted]);
    for denied in [
        access("kms:Sign", "key", "a"),
        access("kms:Encrypt", "other", "a"),
        access("kms:Encrypt", "key", "c"),
        Access { context: BTreeMap::new(), ..access("kms:Encrypt", "key", "a") },
    ] {
        assert!(statement.grants_for(&denied).is_empty(), "{denied:?}");
    }
}

#[test]
fn every_value_of_a_key_has_to_be_allowed() {
    let statement = Statement::parse(&serde_json::json!({
        "Effect": "Allow", "Action": "dynamodb:UpdateItem", "Resource": "table", "Condition": {
            "ForAllValues:StringEquals": {"attributes": ["key", "used"]},
            "StringEqualsIfExists": {"returns": "NONE"},
            "Null": {"attributes": "false"},
        },
    }));
    let granted = |attributes: &[&str], returns: &[&str]| {
        let values = |values: &[&str]| values.iter().map(|&value| value.to_owned()).collect::<Vec<_>>();
        let context = [("attributes", values(attributes)), ("returns", values(returns))];
        let context = context.map(|(key, values)| (key.to_owned(), values));
        let (action, resource) = ("dynamodb:UpdateItem".to_owned(), "table".to_owned());
        statement.grants_for(&Access { action, resource, context: context.into() }).len()
    };
    assert_eq!(granted(&["key", "used"], &["NONE"]), 2, "one for each attribute");
    assert_eq!(granted(&["used"], &[]), 1);
    for (attributes, returns) in
        [(&["key", "used", "hash"][..], &["NONE"][..]), (&[], &["NONE"]), (&["used"], &["ALL_OLD"])]
    {
        assert_eq!(granted(attributes, returns), 0, "{attributes:?} {returns:?}");
    }
}
