//! The table as the deployment's template describes it.

use dynoxide::Database;
use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde_json::{Map, Value, json};

const TEMPLATE: &str = include_str!("../../../../../../template.yaml");

/// What `CreateTable` takes of the table's properties, under the same names.
const SHAPE: [&str; 4] = ["AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes", "KeySchema"];

/// Creates the template's table under this name.
pub(crate) fn create_table(database: &Database, name: &str) {
    let documents = Yaml::load_from_str(TEMPLATE).unwrap();
    let properties = &documents[0]["Resources"]["Table"]["Properties"];
    let mut shape: Map<_, _> =
        SHAPE.iter().map(|key| ((*key).to_owned(), value(&properties[*key]))).collect();
    shape.insert("TableName".to_owned(), name.into());
    database.create_table(serde_json::from_value(Value::Object(shape)).unwrap()).unwrap();

    let specification = value(&properties["TimeToLiveSpecification"]);
    let request = json!({ "TableName": name, "TimeToLiveSpecification": specification });
    database.update_time_to_live(serde_json::from_value(request).unwrap()).unwrap();
}

/// YAML as JSON, as far as a table needs it.
fn value(node: &Yaml<'_>) -> Value {
    match node {
        Yaml::Value(Scalar::String(text)) => text.as_ref().into(),
        Yaml::Value(Scalar::Boolean(truth)) => (*truth).into(),
        Yaml::Sequence(nodes) => nodes.iter().map(value).collect(),
        Yaml::Mapping(entries) => {
            entries.iter().map(|(key, node)| (key.as_str().unwrap().to_owned(), value(node))).collect()
        }
        other => panic!("the table is described with more than these tests know: {other:?}"),
    }
}
