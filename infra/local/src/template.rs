//! The deployment's `template.yaml` as the stack reads it: which function answers which route, and what the
//! table looks like. The stack has no second list of either, so it cannot disagree with a deployment.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{error::StartError, yaml};

/// The template that this binary was built with.
const TEMPLATE: &str = include_str!("../../../template.yaml");

/// What the stack needs from a template.
#[derive(Debug)]
pub(crate) struct Template {
    pub(crate) routes: Vec<RouteDefinition>,
    pub(crate) table: TableDefinition,
}

/// One event of type `HttpApi` of one function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RouteDefinition {
    /// Upper case; `ANY` stands for each.
    pub(crate) method: String,
    /// For example `/apiAccessTokens/{id}`, or `$default`.
    pub(crate) path: String,
    /// The name of the function's binary.
    pub(crate) binary: String,
}

/// The properties of the table that DynamoDB's `CreateTable` takes under the same names.
#[derive(Debug)]
pub(crate) struct TableDefinition {
    pub(crate) properties: Map<String, Value>,
    pub(crate) time_to_live: Option<Value>,
}

#[derive(Deserialize)]
struct RawTemplate {
    #[serde(rename = "Resources")]
    resources: BTreeMap<String, Resource>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Resource {
    #[serde(rename = "Type")]
    kind: String,
    #[serde(default)]
    properties: Value,
    #[serde(default)]
    metadata: Value,
}

impl Template {
    /// Reads the template that this binary was built with.
    pub(crate) fn built_in() -> Result<Self, StartError> {
        Self::parse(TEMPLATE).map_err(StartError::Template)
    }

    /// Reads a template; CloudFormation's short tags (`!Ref`, `!Sub`, …) are taken for what they tag.
    fn parse(yaml: &str) -> Result<Self, String> {
        let raw: RawTemplate =
            serde_json::from_value(yaml::parse(yaml)?).map_err(|error| error.to_string())?;
        let mut routes = Vec::new();
        let mut tables = Vec::new();
        for (name, resource) in &raw.resources {
            match resource.kind.as_str() {
                "AWS::Serverless::Function" => routes.extend(routes_of(name, resource)?),
                "AWS::DynamoDB::Table" => tables.push(table(name, &resource.properties)?),
                _ => {}
            }
        }
        let found = tables.len();
        match tables.pop() {
            Some(table) if found == 1 => Ok(Self { routes, table }),
            _ => {
                Err(format!("there must be one resource of type AWS::DynamoDB::Table, but there are {found}"))
            }
        }
    }
}

fn routes_of(name: &str, function: &Resource) -> Result<Vec<RouteDefinition>, String> {
    let Some(events) = function.properties["Events"].as_object() else { return Ok(Vec::new()) };
    let events = events.values().filter(|event| event["Type"] == "HttpApi");
    events
        .map(|event| {
            let binary = function.metadata["BuildProperties"]["Binary"]
                .as_str()
                .ok_or_else(|| format!("{name} has a route but no Metadata.BuildProperties.Binary"))?;
            Ok(RouteDefinition {
                method: event["Properties"]["Method"].as_str().unwrap_or("ANY").to_ascii_uppercase(),
                path: event["Properties"]["Path"].as_str().unwrap_or("$default").to_owned(),
                binary: binary.to_owned(),
            })
        })
        .collect()
}

fn table(name: &str, properties: &Value) -> Result<TableDefinition, String> {
    const NEEDED: [&str; 2] = ["AttributeDefinitions", "KeySchema"];
    const OPTIONAL: [&str; 3] = ["BillingMode", "GlobalSecondaryIndexes", "LocalSecondaryIndexes"];
    if let Some(missing) = NEEDED.iter().find(|key| !properties[**key].is_array()) {
        return Err(format!("{name} has no {missing}"));
    }
    let picked = NEEDED.iter().chain(&OPTIONAL).filter_map(|key| {
        let value = properties.get(key)?;
        Some(((*key).to_owned(), value.clone()))
    });
    Ok(TableDefinition {
        properties: picked.collect(),
        time_to_live: properties.get("TimeToLiveSpecification").cloned(),
    })
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
  GetToken:
    Type: AWS::Serverless::Function
    Metadata:
      BuildMethod: rust-cargolambda
      BuildProperties: { Binary: get-token }
    Properties:
      Role: !GetAtt Role.Arn
      Events:
        Api:
          Type: HttpApi
          Properties: { ApiId: !Ref Api, Path: "/apiAccessTokens/{id}", Method: get }
        Any:
          Type: HttpApi
          Properties: { ApiId: !Ref Api }
        Schedule:
          Type: ScheduleV2
          Properties: { ScheduleExpression: rate(1 minute) }
"#;

    pub(crate) fn template() -> Template {
        Template::parse(SAMPLE).unwrap()
    }

    #[test]
    fn routes_and_table_are_read_past_the_short_tags() {
        let mut template = template();
        template.routes.sort_by(|one, other| one.path.cmp(&other.path));
        let route = |method: &str, path: &str| RouteDefinition {
            method: method.to_owned(),
            path: path.to_owned(),
            binary: "get-token".to_owned(),
        };
        assert_eq!(template.routes, [route("ANY", "$default"), route("GET", "/apiAccessTokens/{id}")]);
        assert_eq!(template.table.properties["GlobalSecondaryIndexes"][0]["IndexName"], "due");
        assert!(!template.table.properties.contains_key("TableName"));
        assert_eq!(template.table.time_to_live.unwrap()["AttributeName"], "ttl");
    }

    #[test]
    fn a_route_without_a_binary_is_refused() {
        let refusal = Template::parse(&SAMPLE.replace("BuildProperties", "Other")).unwrap_err();
        assert!(refusal.contains("GetToken") && refusal.contains("Binary"), "{refusal}");
    }

    #[test]
    fn the_built_in_template_can_be_read() {
        let template = Template::built_in().unwrap();
        assert!(template.routes.iter().any(|route| route.binary == "create-token"));
    }
}
