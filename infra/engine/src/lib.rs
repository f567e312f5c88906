//! The embedded engine, which speaks DynamoDB's protocol, with the table of the deployment's `template.yaml`: for the local
//! stack and for tests.

mod in_memory;

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use dynoxide::actions::describe_table::DescribeTableRequest;
use dynoxide::{Database, DynoxideError};
use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde_json::{Map, Value, json};

pub use in_memory::InMemoryClient;

const TEMPLATE: &str = include_str!("../../../template.yaml");

/// The properties of the table that `CreateTable` takes under the same names.
const PROPERTIES: [&str; 4] = ["AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes", "KeySchema"];

/// Opens a database file, or a database in memory, and creates the table if it is missing. Also returns whether it did. Adds
/// indexes that a table of an earlier version lacks, as an update of the deployment does.
///
/// # Errors
/// If the file cannot be opened, or its table has other keys or indexes.
pub fn open(file: Option<&Path>, table: &str) -> Result<(Database, bool)> {
    let opened = file.map_or_else(Database::memory, |path| Database::new(&path.to_string_lossy()));
    let database = opened.context("the embedded database")?;
    match database.describe_table(DescribeTableRequest { table_name: table.to_owned() }) {
        Ok(existing) => {
            let (wanted, existing) = (Value::Object(properties(&PROPERTIES)?), &json!(existing)["Table"]);
            let missing = missing_indexes(&wanted, existing);
            ensure!(
                keys(existing, &missing) == keys(&wanted, &[]),
                "the table in {} was created from another definition than the one in template.yaml: move the folder \
                 away, or choose another one with --data-dir",
                file.unwrap_or(Path::new("memory")).display()
            );
            for index in missing {
                add_index(&database, table, &wanted["AttributeDefinitions"], index)?;
            }
            Ok((database, false))
        }
        Err(DynoxideError::ResourceNotFoundException(_)) => {
            create_table(&database, table)?;
            Ok((database, true))
        }
        Err(error) => Err(error).context("the embedded database"),
    }
}

/// Creates the table of the template under this name.
///
/// # Errors
/// If the template has no such table, or the engine refuses it.
pub fn create_table(database: &Database, name: &str) -> Result<()> {
    let mut table = properties(&PROPERTIES)?;
    table.insert("TableName".to_owned(), name.into());
    database.create_table(serde_json::from_value(Value::Object(table))?)?;
    let mut time_to_live = properties(&["TimeToLiveSpecification"])?;
    time_to_live.insert("TableName".to_owned(), name.into());
    database.update_time_to_live(serde_json::from_value(Value::Object(time_to_live))?)?;
    Ok(())
}

/// The indexes of the template whose names the existing table doesn't have.
fn missing_indexes<'a>(wanted: &'a Value, existing: &Value) -> Vec<&'a Value> {
    let indexes = |table: &'a Value| table["GlobalSecondaryIndexes"].as_array().into_iter().flatten();
    let names: Vec<_> = existing["GlobalSecondaryIndexes"].as_array().into_iter().flatten().collect();
    let exists = |index: &Value| names.iter().any(|it| it["IndexName"] == index["IndexName"]);
    indexes(wanted).filter(|index| !exists(index)).collect()
}

/// Adds an index to a table and fills it with the table's items.
fn add_index(database: &Database, table: &str, attributes: &Value, index: &Value) -> Result<()> {
    let used = |attribute: &Value| {
        let keys = index["KeySchema"].as_array().into_iter().flatten();
        keys.map(|key| &key["AttributeName"]).any(|name| *name == attribute["AttributeName"])
    };
    let attributes: Vec<_> = attributes.as_array().into_iter().flatten().filter(|it| used(it)).collect();
    let update = json!({
        "TableName": table, "AttributeDefinitions": attributes, "GlobalSecondaryIndexUpdates": [{"Create": index}]
    });
    database.update_table(serde_json::from_value(update)?).context("an index that the table lacks")?;
    Ok(())
}

/// These properties of the table in the template.
fn properties(names: &[&str]) -> Result<Map<String, Value>> {
    let documents = Yaml::load_from_str(TEMPLATE).context("template.yaml")?;
    let path = ["Resources", "Table", "Properties"];
    let table = path.iter().try_fold(&documents[0], |node, name| node.as_mapping_get(name));
    let property = |name: &&str| table?.as_mapping_get(name).map(|node| ((*name).to_owned(), json(node)));
    let found: Option<_> = names.iter().map(property).collect();
    found.with_context(|| format!("template.yaml: the resource Table needs the properties {names:?}"))
}

/// YAML as JSON, as far as a table needs it: without short tags such as `!Ref`.
fn json(node: &Yaml<'_>) -> Value {
    match node {
        Yaml::Value(Scalar::String(text)) => text.as_ref().into(),
        Yaml::Value(Scalar::Boolean(value)) => (*value).into(),
        Yaml::Sequence(nodes) => nodes.iter().map(json).collect(),
        Yaml::Mapping(entries) => entries
            .iter()
            .map(|(name, node)| (name.as_str().unwrap_or_default().to_owned(), json(node)))
            .collect(),
        _ => Value::Null,
    }
}

/// What cannot be changed in an existing table: the keys of the table, of its indexes and of those to add, sorted.
fn keys(table: &Value, added: &[&Value]) -> Vec<String> {
    let indexes = table["GlobalSecondaryIndexes"].as_array().into_iter().flatten();
    let key = |it: &Value| {
        format!("{} {} {}", it["IndexName"], it["KeySchema"], it["Projection"]["ProjectionType"])
    };
    let mut keys: Vec<_> = indexes.chain([table]).chain(added.iter().copied()).map(key).collect();
    keys.sort();
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn creates_the_table_once_and_refuses_another_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keyturn.db");
        assert!(open(Some(&file), "keyturn").unwrap().1);
        let (database, is_new) = open(Some(&file), "keyturn").unwrap();
        assert!(!is_new);
        let mut other = properties(&PROPERTIES).unwrap();
        other["GlobalSecondaryIndexes"][0]["IndexName"] = "another".into();
        other.insert("TableName".to_owned(), "other".into());
        database.create_table(serde_json::from_value(Value::Object(other)).unwrap()).unwrap();
        let error = open(Some(&file), "other").err().unwrap().to_string();
        assert!(error.contains("another definition"), "{error}");
    }

    #[test]
    fn adds_an_index_that_an_earlier_table_lacks() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keyturn.db");
        let database = Database::new(&file.to_string_lossy()).unwrap();
        let mut earlier = properties(&PROPERTIES).unwrap();
        let removed = earlier["GlobalSecondaryIndexes"].as_array_mut().unwrap().pop().unwrap();
        let attributes = removed["KeySchema"].as_array().unwrap();
        let names: Vec<_> =
            attributes.iter().map(|key| key["AttributeName"].as_str().unwrap().to_owned()).collect();
        let kept = earlier["GlobalSecondaryIndexes"].to_string();
        let used =
            |name: &Value| kept.contains(&name.to_string()) || ["pk", "sk"].contains(&name.as_str().unwrap());
        earlier["AttributeDefinitions"].as_array_mut().unwrap().retain(|it| used(&it["AttributeName"]));
        earlier.insert("TableName".to_owned(), "keyturn".into());
        database.create_table(serde_json::from_value(Value::Object(earlier)).unwrap()).unwrap();
        let mut item = json!({"pk": {"S": "a"}, "sk": {"S": "b"}});
        for name in &names {
            item[name] = json!({"S": "value"});
        }
        database
            .put_item(serde_json::from_value(json!({"TableName": "keyturn", "Item": item})).unwrap())
            .unwrap();
        drop(database);

        let (database, is_new) = open(Some(&file), "keyturn").unwrap();
        assert!(!is_new);
        let query = json!({
            "TableName": "keyturn", "IndexName": removed["IndexName"], "KeyConditionExpression": "#key = :value",
            "ExpressionAttributeNames": {"#key": names[0]}, "ExpressionAttributeValues": {":value": {"S": "value"}}
        });
        let found = database.query(serde_json::from_value(query).unwrap()).unwrap();
        assert_eq!(found.count, 1);
    }

    #[test]
    fn switches_time_to_live_on() {
        let (database, _) = open(None, "keyturn").unwrap();
        let request = serde_json::from_value(json!({"TableName": "keyturn"})).unwrap();
        let described = json!(database.describe_time_to_live(request).unwrap());
        assert_eq!(described["TimeToLiveDescription"]["TimeToLiveStatus"], "ENABLED");
    }
}
