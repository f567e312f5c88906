//! YAML as JSON values, so that a template can be read with serde. CloudFormation's short tags are passed over:
//! what they tag is kept, as nothing that the stack reads depends on a resolved reference.

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value};

/// The first document of a text.
pub(crate) fn parse(text: &str) -> Result<Value, String> {
    let documents = Yaml::load_from_str(text).map_err(|error| error.to_string())?;
    documents.first().map_or(Err("there is no document".to_owned()), value)
}

fn value(node: &Yaml<'_>) -> Result<Value, String> {
    match node {
        Yaml::Value(scalar) => Ok(match scalar {
            Scalar::Null => Value::Null,
            Scalar::Boolean(value) => Value::Bool(*value),
            Scalar::Integer(value) => Value::from(*value),
            Scalar::FloatingPoint(value) => Value::from(value.into_inner()),
            Scalar::String(value) => Value::from(value.as_ref()),
        }),
        Yaml::Sequence(nodes) => nodes.iter().map(value).collect::<Result<_, _>>().map(Value::Array),
        Yaml::Mapping(entries) => {
            let entry = |(key, node): (&Yaml<'_>, &Yaml<'_>)| Ok((name(key)?, value(node)?));
            entries.iter().map(entry).collect::<Result<Map<_, _>, String>>().map(Value::Object)
        }
        Yaml::Tagged(_, node) => value(node),
        Yaml::Representation(text, ..) => Ok(Value::from(text.as_ref())),
        Yaml::Alias(_) => Err("aliases are not supported".to_owned()),
        Yaml::BadValue => Err("a value does not fit its tag".to_owned()),
    }
}

fn name(key: &Yaml<'_>) -> Result<String, String> {
    match value(key)? {
        Value::String(name) => Ok(name),
        other @ (Value::Number(_) | Value::Bool(_)) => Ok(other.to_string()),
        _ => Err("a name must be a text".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tags_are_passed_over() {
        let text = "a: !Ref B\nb: !If [C, !Sub \"${D}-x\", 2.5]\nc: !Not\n  - true\nd: ~\n";
        let expected = json!({ "a": "B", "b": ["C", "${D}-x", 2.5], "c": [true], "d": null });
        assert_eq!(parse(text).unwrap(), expected);
    }

    #[test]
    fn what_is_no_yaml_is_refused() {
        assert!(parse("a: [").is_err());
        assert!(parse("").is_err());
    }
}
