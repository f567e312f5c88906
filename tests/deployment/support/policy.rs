//! IAM's way to judge, as far as the template's policies go: statements that allow, with conditions on single values.

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

/// Something that a function wants to do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Demand {
    pub(crate) action: String,
    pub(crate) resource: String,
    pub(crate) context: BTreeMap<String, String>,
}

/// Part of a statement that cannot be smaller: one action on one resource under one choice of the conditions' patterns.
pub(crate) type Grant = (String, String, Vec<String>);

impl Statement {
    /// Reads a statement. What this judge does not know is an error, so that nothing is judged wrongly.
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

    /// The grants of this statement by which it allows a demand; none if it doesn't.
    pub(crate) fn grants_for(&self, demand: &Demand) -> Vec<Grant> {
        self.grants()
            .into_iter()
            .filter(|(action, resource, patterns)| {
                is_like(action, &demand.action)
                    && is_like(resource, &demand.resource)
                    && self.conditions.keys().zip(patterns).all(|(key, pattern)| {
                        demand.context.get(key).is_some_and(|value| is_like(pattern, value))
                    })
            })
            .collect()
    }

    /// All grants of this statement.
    pub(crate) fn grants(&self) -> Vec<Grant> {
        let mut choices = vec![Vec::new()];
        for patterns in self.conditions.values() {
            choices = choices
                .iter()
                .flat_map(|choice: &Vec<String>| {
                    patterns.iter().map(|pattern| {
                        let mut longer = choice.clone();
                        longer.push(pattern.clone());
                        longer
                    })
                })
                .collect();
        }
        let mut grants = Vec::new();
        for action in &self.actions {
            for resource in &self.resources {
                grants
                    .extend(choices.iter().map(|choice| (action.clone(), resource.clone(), choice.clone())));
            }
        }
        grants
    }
}

/// Whether a text matches a pattern in which `*` stands for anything.
pub(crate) fn is_like(pattern: &str, text: &str) -> bool {
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
fn stars_stand_for_anything() {
    for (pattern, text, expected) in [
        ("TOKEN#*", "TOKEN#1", true),
        ("TOKEN#*", "CREDENTIAL#1", false),
        ("*", "", true),
        ("a*b*c", "a-b-b-c", true),
        ("a*b", "a-b-", false),
        ("dynamodb:GetItem", "dynamodb:GetItem", true),
        ("dynamodb:GetItem", "dynamodb:GetItems", false),
    ] {
        assert_eq!(is_like(pattern, text), expected, "{pattern} {text}");
    }
}

#[test]
fn a_statement_allows_what_it_says_and_nothing_else() {
    let statement = Statement::parse(&serde_json::json!({
        "Effect": "Allow", "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": "key",
        "Condition": {"StringEquals": {"purpose": ["a", "b"]}},
    }));
    let demand = |action: &str, resource: &str, purpose: &str| Demand {
        action: action.to_owned(),
        resource: resource.to_owned(),
        context: BTreeMap::from([("purpose".to_owned(), purpose.to_owned())]),
    };
    assert_eq!(statement.grants().len(), 4);
    assert_eq!(
        statement.grants_for(&demand("kms:Decrypt", "key", "b")),
        [("kms:Decrypt".to_owned(), "key".to_owned(), vec!["b".to_owned()])]
    );
    for refused in [
        demand("kms:Sign", "key", "a"),
        demand("kms:Encrypt", "other", "a"),
        demand("kms:Encrypt", "key", "c"),
    ] {
        assert!(statement.grants_for(&refused).is_empty(), "{refused:?}");
    }
    let without_context = Demand { context: BTreeMap::new(), ..demand("kms:Encrypt", "key", "a") };
    assert!(statement.grants_for(&without_context).is_empty());
}
