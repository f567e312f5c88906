//! CloudFormation's intrinsic functions, as far as the template uses them.

use std::collections::BTreeMap;

use regex::{Captures, Regex};
use serde_json::{Map, Value};

pub(crate) const REGION: &str = "eu-central-1";
/// Its account, which is moto's.
pub(crate) const ACCOUNT: &str = "123456789012";

/// What expressions can refer to.
pub(crate) struct Resolver<'a> {
    pub(crate) template: &'a Value,
    pub(crate) parameters: BTreeMap<String, String>,
    /// Physical ids of resources; the others have their logical ids.
    pub(crate) physical: BTreeMap<String, String>,
}

impl Resolver<'_> {
    /// The value of an expression; `None` if it's `AWS::NoValue`.
    pub(crate) fn value(&self, value: &Value) -> Option<Value> {
        Some(match value {
            Value::Object(object) if object.len() == 1 => {
                let (name, argument) = object.iter().next()?;
                match self.function(name, argument) {
                    Some(result) => result?,
                    None => self.object(object),
                }
            }
            Value::Object(object) => self.object(object),
            Value::Array(items) => items.iter().filter_map(|item| self.value(item)).collect(),
            plain => plain.clone(),
        })
    }

    /// The value of an expression that is a text.
    pub(crate) fn text(&self, value: &Value) -> String {
        match self.value(value) {
            Some(Value::String(text)) => text,
            Some(other @ (Value::Number(_) | Value::Bool(_))) => other.to_string(),
            other => panic!("{value} is no text but {other:?}"),
        }
    }

    /// Whether a condition of the template holds.
    pub(crate) fn holds(&self, condition: &str) -> bool {
        let value = self.value(&self.template["Conditions"][condition]);
        value.and_then(|value| value.as_bool()).unwrap_or_else(|| panic!("condition {condition}"))
    }

    fn object(&self, object: &Map<String, Value>) -> Value {
        let resolved = object.iter().filter_map(|(name, value)| Some((name.clone(), self.value(value)?)));
        Value::Object(resolved.collect())
    }

    /// The value of a function; the outer `None`: it's no function.
    fn function(&self, name: &str, argument: &Value) -> Option<Option<Value>> {
        let resolved = || self.value(argument).unwrap_or_default();
        let argument_at = |index: usize| self.value(&argument[index]).unwrap_or_default();
        Some(Some(match name {
            "Ref" if argument == "AWS::NoValue" => return Some(None),
            "Ref" => self.reference(argument.as_str()?).into(),
            "Fn::GetAtt" => self.attribute(argument[0].as_str()?, argument[1].as_str()?).into(),
            "Fn::Sub" => self.substituted(argument).into(),
            "Fn::If" => {
                let branch = if self.holds(argument[0].as_str()?) { 1 } else { 2 };
                return Some(self.value(&argument[branch]));
            }
            "Fn::Equals" => (argument_at(0) == argument_at(1)).into(),
            "Fn::Not" => (argument_at(0) != Value::Bool(true)).into(),
            "Fn::And" => {
                resolved().as_array().is_some_and(|all| all.iter().all(|it| *it == Value::Bool(true))).into()
            }
            "Condition" if argument.is_string() => self.holds(argument.as_str()?).into(),
            "Fn::Select" => {
                let index = usize::try_from(argument_at(0).as_u64()?).ok()?;
                argument_at(1)[index].clone()
            }
            "Fn::Split" => {
                let (separator, text) = (argument_at(0), argument_at(1));
                text.as_str()?.split(separator.as_str()?).collect()
            }
            other if other.starts_with("Fn::") => panic!("{other}: {}", resolved()),
            _ => return None,
        }))
    }

    fn substituted(&self, argument: &Value) -> String {
        let (text, own) = match argument {
            Value::Array(parts) => (parts[0].as_str(), parts[1].as_object().cloned()),
            text => (text.as_str(), None),
        };
        let name = Regex::new(r"\$\{([^}]+)\}").unwrap();
        let replace = |found: &Captures<'_>| match own.as_ref().and_then(|own| own.get(&found[1])) {
            Some(value) => self.text(value),
            None => match found[1].split_once('.') {
                Some((resource, attribute)) => self.attribute(resource, attribute),
                None => self.reference(&found[1]),
            },
        };
        name.replace_all(text.unwrap(), replace).into_owned()
    }

    /// The value of `Ref`.
    fn reference(&self, name: &str) -> String {
        match name {
            "AWS::Region" => REGION.to_owned(),
            "AWS::AccountId" => ACCOUNT.to_owned(),
            "AWS::Partition" => "aws".to_owned(),
            "AWS::URLSuffix" => "amazonaws.com".to_owned(),
            "AWS::StackName" => "keyturn".to_owned(),
            name => self.parameters.get(name).cloned().unwrap_or_else(|| self.reference_to(name)),
        }
    }

    fn reference_to(&self, resource: &str) -> String {
        let kind = self.kind(resource);
        let own = self.physical.get(resource).cloned().unwrap_or_else(|| resource.to_owned());
        match kind {
            "AWS::Events::EventBus" => self.text(&self.template["Resources"][resource]["Properties"]["Name"]),
            "AWS::IAM::ManagedPolicy" => format!("arn:aws:iam::{ACCOUNT}:policy/{own}"),
            _ => own,
        }
    }

    fn attribute(&self, resource: &str, attribute: &str) -> String {
        let (kind, name) = (self.kind(resource), self.reference_to(resource));
        let arn = |service: &str, rest: &str| format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}");
        match (kind, attribute) {
            ("AWS::DynamoDB::Table", "Arn") => arn("dynamodb", &format!("table/{name}")),
            ("AWS::DynamoDB::Table", "StreamArn") => arn("dynamodb", &format!("table/{name}/stream")),
            ("AWS::KMS::Key", "Arn") => arn("kms", &format!("key/{name}")),
            ("AWS::Events::EventBus", "Arn") => arn("events", &format!("event-bus/{name}")),
            ("AWS::Lambda::Function", "Arn") => arn("lambda", &format!("function:{name}")),
            ("AWS::Logs::LogGroup", "Arn") => arn("logs", &format!("log-group:{name}:*")),
            ("AWS::ApiGatewayV2::DomainName", "RegionalDomainName") => {
                format!("{name}.execute-api.{REGION}.amazonaws.com")
            }
            ("AWS::IAM::Role", "Arn") => format!("arn:aws:iam::{ACCOUNT}:role/{name}"),
            _ => panic!("{resource} ({kind}) has no attribute {attribute} here"),
        }
    }

    fn kind(&self, resource: &str) -> &str {
        let kind = self.template["Resources"][resource]["Type"].as_str();
        kind.unwrap_or_else(|| panic!("the template has no {resource}"))
    }
}
