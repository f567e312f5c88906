//! The embedded engine that speaks DynamoDB's protocol. The functions reach it over HTTP with the same client
//! as in a deployment, so that what works here has gone through the real serialisation.

use std::path::Path;

use dynoxide::{
    Database, DynoxideError,
    actions::{create_table::CreateTableRequest, update_time_to_live::UpdateTimeToLiveRequest},
};
use serde_json::{Value, json};

use crate::{error::StartError, template::TableDefinition};

/// The table's name; the functions read it from `KEYTURN_TABLE`.
pub(crate) const TABLE: &str = "keyturn";

/// Opens the file (or memory, without one) and makes sure that the table is there. Also says whether it is new.
pub(crate) fn open(
    file: Option<&Path>,
    definition: &TableDefinition,
) -> Result<(Database, bool), StartError> {
    let opened = match file {
        Some(path) => Database::new(&path.to_string_lossy()),
        None => Database::memory(),
    };
    let database = opened.map_err(|error| StartError::Engine(error.to_string()))?;
    let is_new = match described(&database)? {
        None => {
            create(&database, definition)?;
            true
        }
        Some(existing) if shape(&existing) != shape(&Value::Object(definition.properties.clone())) => {
            return Err(StartError::TableDiffers { path: file.map(Path::to_owned).unwrap_or_default() });
        }
        Some(_) => false,
    };
    Ok((database, is_new))
}

fn create(database: &Database, definition: &TableDefinition) -> Result<(), StartError> {
    let failed = |error: &dyn std::error::Error| StartError::Engine(error.to_string());
    let mut properties = definition.properties.clone();
    properties.insert("TableName".to_owned(), TABLE.into());
    let request: CreateTableRequest =
        serde_json::from_value(Value::Object(properties)).map_err(|error| failed(&error))?;
    database.create_table(request).map_err(|error| failed(&error))?;
    if let Some(specification) = &definition.time_to_live {
        let request = json!({ "TableName": TABLE, "TimeToLiveSpecification": specification });
        let request: UpdateTimeToLiveRequest =
            serde_json::from_value(request).map_err(|error| failed(&error))?;
        database.update_time_to_live(request).map_err(|error| failed(&error))?;
    }
    Ok(())
}

fn described(database: &Database) -> Result<Option<Value>, StartError> {
    let request = dynoxide::actions::describe_table::DescribeTableRequest { table_name: TABLE.to_owned() };
    match database.describe_table(request) {
        Ok(response) => {
            let response =
                serde_json::to_value(response).map_err(|error| StartError::Engine(error.to_string()))?;
            Ok(Some(response["Table"].clone()))
        }
        Err(DynoxideError::ResourceNotFoundException(_)) => Ok(None),
        Err(error) => Err(StartError::Engine(error.to_string())),
    }
}

/// What cannot be changed under existing data, in an order of its own.
fn shape(table: &Value) -> Vec<String> {
    let mut parts = vec![format!("table {}", table["KeySchema"])];
    for kind in ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"] {
        for index in table[kind].as_array().into_iter().flatten() {
            parts.push(format!(
                "{} {} {}",
                index["IndexName"], index["KeySchema"], index["Projection"]["ProjectionType"]
            ));
        }
    }
    parts.sort();
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::tests::table;

    #[test]
    fn the_table_is_made_once_and_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keyturn.db");
        let mut table = table();
        assert!(open(Some(&file), &table).unwrap().1);
        assert!(!open(Some(&file), &table).unwrap().1);

        table.properties.remove("GlobalSecondaryIndexes");
        let refusal = open(Some(&file), &table).err().unwrap();
        assert!(matches!(refusal, StartError::TableDiffers { .. }), "{refusal}");
    }

    #[test]
    fn time_to_live_is_switched_on() {
        let table = table();
        let (database, _) = open(None, &table).unwrap();
        let request = serde_json::from_value(json!({ "TableName": TABLE })).unwrap();
        let described = serde_json::to_value(database.describe_time_to_live(request).unwrap()).unwrap();
        assert_eq!(described["TimeToLiveDescription"]["TimeToLiveStatus"], "ENABLED");
    }
}
