//! What AWS would ask of a role before it does what a request wants: the action, on what, and the values that a policy's
//! conditions can be about.

use std::collections::BTreeMap;

use axum::http::HeaderMap;
use regex::Regex;
use serde_json::Value;

use super::policy::Demand;
use super::resolve::{ACCOUNT, REGION};

/// The services that the functions call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    DynamoDb,
    Kms,
    Ses,
    EventBridge,
}

/// Which service a request is for, and the operation.
pub(crate) fn target(headers: &HeaderMap, path: &str) -> (Service, String) {
    let Some(target) = headers.get("x-amz-target") else {
        assert_eq!(path, "/v2/email/outbound-emails", "an unknown request");
        return (Service::Ses, "SendEmail".to_owned());
    };
    let (service, operation) = target.to_str().unwrap().split_once('.').unwrap();
    let service = match service {
        "DynamoDB_20120810" => Service::DynamoDb,
        "TrentService" => Service::Kms,
        "AWSEvents" => Service::EventBridge,
        other => panic!("a call of {other}"),
    };
    (service, operation.to_owned())
}

/// Everything that a request needs to be allowed.
pub(crate) fn demands(service: Service, operation: &str, body: &Value) -> Vec<Demand> {
    match service {
        Service::DynamoDb => dynamodb(operation, body),
        Service::Kms => vec![kms(operation, body)],
        Service::Ses => ses(body),
        Service::EventBridge => body["Entries"].as_array().unwrap().iter().map(event).collect(),
    }
}

fn dynamodb(operation: &str, body: &Value) -> Vec<Demand> {
    match operation {
        "TransactWriteItems" => {
            let items = body["TransactItems"].as_array().unwrap().iter();
            items.map(|item| written(item.as_object().unwrap().iter().next().unwrap())).collect()
        }
        "BatchGetItem" => {
            let tables = body["RequestItems"].as_object().unwrap().iter();
            let keys = tables.flat_map(|(table, wanted)| {
                wanted["Keys"].as_array().unwrap().iter().map(move |key| (table, key))
            });
            keys.map(|(table, key)| on_table(operation, table, &key["pk"]["S"])).collect()
        }
        "Query" => vec![query(body)],
        _ => {
            let key = if body["Key"].is_object() { &body["Key"] } else { &body["Item"] };
            vec![on_table(operation, body["TableName"].as_str().unwrap(), &key["pk"]["S"])]
        }
    }
}

fn written((kind, write): (&String, &Value)) -> Demand {
    let key = if kind == "Put" { &write["Item"] } else { &write["Key"] };
    let action =
        if kind == "ConditionCheck" { "ConditionCheckItem".to_owned() } else { format!("{kind}Item") };
    on_table(&action, write["TableName"].as_str().unwrap(), &key["pk"]["S"])
}

fn query(body: &Value) -> Demand {
    let table = body["TableName"].as_str().unwrap();
    let condition = body["KeyConditionExpression"].as_str().unwrap();
    let partition = Regex::new(r"^\w+ = (:\w+)").unwrap().captures(condition).unwrap();
    let leading = &body["ExpressionAttributeValues"][&partition[1]]["S"];
    let place = match body["IndexName"].as_str() {
        Some(index) => format!("{table}/index/{index}"),
        None => table.to_owned(),
    };
    on_table("Query", &place, leading)
}

fn on_table(operation: &str, table: &str, leading_key: &Value) -> Demand {
    let leading_key = leading_key.as_str().unwrap_or_else(|| panic!("{operation} without a partition key"));
    let context = [("dynamodb:LeadingKeys", leading_key)];
    demand(&format!("dynamodb:{operation}"), &arn("dynamodb", &format!("table/{table}")), &context)
}

fn kms(operation: &str, body: &Value) -> Demand {
    let named = body["EncryptionContext"].as_object().unwrap();
    let keys: Vec<_> =
        named.iter().map(|(name, value)| (format!("kms:EncryptionContext:{name}"), value)).collect();
    let context: Vec<_> = keys.iter().map(|(key, value)| (key.as_str(), value.as_str().unwrap())).collect();
    let key = body["KeyId"].as_str().unwrap();
    let key = if key.starts_with("arn:") { key.to_owned() } else { arn("kms", &format!("key/{key}")) };
    demand(&format!("kms:{operation}"), &key, &context)
}

fn ses(body: &Value) -> Vec<Demand> {
    let from = body["FromEmailAddress"].as_str().unwrap();
    let address = from.rsplit_once('<').map_or(from, |(_, rest)| rest.trim_end_matches('>'));
    // As if the domain were what SES has verified.
    let identity = format!("identity/{}", address.rsplit_once('@').unwrap().1);
    let set = body["ConfigurationSetName"].as_str().map(|name| format!("configuration-set/{name}"));
    let context = [("ses:FromAddress", address)];
    let places = std::iter::once(identity).chain(set);
    places.map(|place| demand("ses:SendEmail", &arn("ses", &place), &context)).collect()
}

fn event(entry: &Value) -> Demand {
    let bus = entry["EventBusName"].as_str().unwrap();
    let bus =
        if bus.starts_with("arn:") { bus.to_owned() } else { arn("events", &format!("event-bus/{bus}")) };
    demand("events:PutEvents", &bus, &[("events:source", entry["Source"].as_str().unwrap())])
}

fn arn(service: &str, rest: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}")
}

fn demand(action: &str, resource: &str, context: &[(&str, &str)]) -> Demand {
    let context = context.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    Demand { action: action.to_owned(), resource: resource.to_owned(), context: BTreeMap::from_iter(context) }
}

#[test]
fn a_transaction_needs_each_of_its_writes() {
    let body = serde_json::json!({"TransactItems": [
        {"Put": {"TableName": "t", "Item": {"pk": {"S": "TOKEN#1"}}}},
        {"Update": {"TableName": "t", "Key": {"pk": {"S": "CREDENTIAL#1"}}}},
    ]});
    let demands = demands(Service::DynamoDb, "TransactWriteItems", &body);
    let actions: Vec<_> = demands.iter().map(|demand| demand.action.as_str()).collect();
    assert_eq!(actions, ["dynamodb:PutItem", "dynamodb:UpdateItem"]);
    assert_eq!(demands[1].context["dynamodb:LeadingKeys"], "CREDENTIAL#1");
}
