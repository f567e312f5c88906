//! IAM policy evaluation, as far as the template's policies need it: statements that allow, with conditions on single values.

use std::collections::BTreeMap;

use serde_json::Value;

/// A statement of a policy.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) sid: String,
    pub(crate) actions: Vec<String>,
    pub(crate) resources: Vec<String>,
    /// Patterns by the key that they are for.
    pub(crate) conditions: BTreeMap<String, Vec<String>>,
}

/// An action on a resource, as AWS evaluates it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Access {
    pub(crate) action: String,
    pub(crate) resource: String,
    pub(crate) context: BTreeMap<String, String>,
}

/// The smallest part of a statement: one action on one resource with one pattern of each condition.
pub(crate) type Grant = (String, String, Vec<String>);

impl Statement {
    /// Reads a statement. What this evaluation does not support is an error.
    pub(crate) fn parse(value: &Value) -> Self {
        for name in value.as_object().unwrap().keys() {
            assert!(
                ["Sid", "Effect", "Action", "Resource", "Condition"].contains(&name.as_str()),
                "unknown part {name} of {value}"
            );
        }
        assert_eq!(value["Effect"], "Allow", "{value}");
        let mut conditions = BTreeMap::new();
        for (operator, keys) in value["Condition"].as_object().into_iter().flatten() {
            assert!(["StringEquals", "ForAllValues:StringLike"].contains(&operator.as_str()), "{operator}");
            for (key, patterns) in keys.as_object().unwrap() {
                conditions.insert(key.clone(), texts(patterns));
            }
        }
        Self {
            sid: value["Sid"].as_str().unwrap_or_default().to_owned(),
            actions: texts(&value["Action"]),
            resources: texts(&value["Resource"]),
            conditions,
        }
    }

    /// The grants of this statement that allow an access.
    pub(crate) fn grants_for(&self, access: &Access) -> Vec<Grant> {
        self.grants()
            .into_iter()
            .filter(|(action, resource, patterns)| {
                matches(action, &access.action)
                    && matches(resource, &access.resource)
                    && self.conditions.keys().zip(patterns).all(|(key, pattern)| {
                        access.context.get(key).is_some_and(|value| matches(pattern, value))
                    })
            })
            .collect()
    }

    /// All grants of this statement.
    pub(crate) fn grants(&self) -> Vec<Grant> {
        let mut choices: Vec<Vec<String>> = vec![Vec::new()];
        for patterns in self.conditions.values() {
            let extend = |choice: &Vec<String>| {
                let choice = choice.clone();
                patterns
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
        context: BTreeMap::from([("purpose".to_owned(), purpose.to_owned())]),
    };
    assert_eq!(statement.grants().len(), 4);
    assert_eq!(
        statement.grants_for(&access("kms:Decrypt", "key", "b")),
        [("kms:Decrypt".to_owned(), "key".to_owned(), vec!["b".to_owned()])]
    );
    for denied in [
        access("kms:Sign", "key", "a"),
        access("kms:Encrypt", "other", "a"),
        access("kms:Encrypt", "key", "c"),
    ] {
        assert!(statement.grants_for(&denied).is_empty(), "{denied:?}");
    }
    let without_context = Access { context: BTreeMap::new(), ..access("kms:Encrypt", "key", "a") };
    assert!(statement.grants_for(&without_context).is_empty());
}
