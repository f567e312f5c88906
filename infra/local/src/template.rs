//! The table as the deployment's `template.yaml` defines it, so that the stack creates the same one.

use serde_json::{Map, Value};

use crate::{error::StartError, yaml};

/// The template that this binary was built with.
const TEMPLATE: &str = include_str!("../../../template.yaml");

/// The properties of the table that DynamoDB's `CreateTable` takes under the same names.
#[derive(Debug)]
pub(crate) struct TableDefinition {
    pub(crate) properties: Map<String, Value>,
    pub(crate) time_to_live: Option<Value>,
}

impl TableDefinition {
    /// Reads the template that this binary was built with.
    pub(crate) fn built_in() -> Result<Self, StartError> {
        Self::parse(TEMPLATE).map_err(StartError::Template)
    }

    /// Reads a template; CloudFormation's short tags (`!Ref`, `!Sub`, …) are ignored.
    fn parse(template: &str) -> Result<Self, String> {
        let template = yaml::parse(template)?;
        let resources = template["Resources"].as_object().ok_or("the template has no Resources")?;
        let mut tables = resources.iter().filter(|(_, resource)| resource["Type"] == "AWS::DynamoDB::Table");
        match (tables.next(), tables.next()) {
            (Some((name, table)), None) => Self::of(name, &table["Properties"]),
            _ => Err("the template must have exactly one resource of type AWS::DynamoDB::Table".to_owned()),
        }
    }

    fn of(name: &str, properties: &Value) -> Result<Self, String> {
        const REQUIRED: [&str; 2] = ["AttributeDefinitions", "KeySchema"];
        const OPTIONAL: [&str; 3] = ["BillingMode", "GlobalSecondaryIndexes", "LocalSecondaryIndexes"];
        if let Some(missing) = REQUIRED.iter().find(|key| !properties[**key].is_array()) {
            return Err(format!("{name} has no {missing}"));
        }
        let picked = REQUIRED.iter().chain(&OPTIONAL);
        let picked = picked.filter_map(|key| Some(((*key).to_owned(), properties.get(key)?.clone())));
        Ok(Self {
            properties: picked.collect(),
            time_to_live: properties.get("TimeToLiveSpecification").cloned(),
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    const SAMPLE: &str = r#"
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Conditions:
  Tagged: !Not [!Equals [!Ref Stage, ""]]
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain
    Properties:
      TableName: !Sub "${AWS::StackName}-table"
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions:
        - { AttributeName: pk, AttributeType: S }
        - { AttributeName: sk, AttributeType: S }
        - { AttributeName: shard, AttributeType: S }
        - { AttributeName: due, AttributeType: S }
      KeySchema:
        - { AttributeName: pk, KeyType: HASH }
        - { AttributeName: sk, KeyType: RANGE }
      GlobalSecondaryIndexes:
        - IndexName: due
          KeySchema:
            - { AttributeName: shard, KeyType: HASH }
            - { AttributeName: due, KeyType: RANGE }
          Projection: { ProjectionType: KEYS_ONLY }
      TimeToLiveSpecification: { AttributeName: ttl, Enabled: true }
      SSESpecification: { SSEEnabled: !If [Tagged, true, false] }
"#;

    pub(crate) fn table() -> TableDefinition {
        TableDefinition::parse(SAMPLE).unwrap()
    }

    #[test]
    fn the_table_is_read_and_short_tags_are_ignored() {
        let table = table();
        assert_eq!(table.properties["GlobalSecondaryIndexes"][0]["IndexName"], "due");
        assert!(!table.properties.contains_key("TableName"));
        assert_eq!(table.time_to_live.unwrap()["AttributeName"], "ttl");
    }

    #[test]
    fn a_template_without_one_table_is_refused() {
        let refusal = TableDefinition::parse(&SAMPLE.replace("AWS::DynamoDB::Table", "Other")).unwrap_err();
        assert!(refusal.contains("exactly one"), "{refusal}");
    }

    #[test]
    fn the_built_in_template_is_valid() {
        assert!(TableDefinition::built_in().is_ok());
    }
}
