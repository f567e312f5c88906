//! The accesses that a request to an AWS service needs: actions, resources, and the condition keys that AWS sets.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::HeaderMap;
use regex::Regex;
use serde_json::Value;

use super::policy::Access;
use super::resolve::{ACCOUNT, REGION};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    DynamoDb,
    Kms,
    Ses,
    EventBridge,
}

/// The service and the operation of a request.
pub(crate) fn operation(headers: &HeaderMap, path: &str) -> (Service, String) {
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

pub(crate) fn accesses(service: Service, operation: &str, body: &Value) -> Vec<Access> {
    match service {
        Service::DynamoDb => dynamodb(operation, body),
        Service::Kms => vec![kms(operation, body)],
        Service::Ses => ses(body),
        Service::EventBridge => body["Entries"].as_array().unwrap().iter().map(event).collect(),
    }
}

fn dynamodb(operation: &str, body: &Value) -> Vec<Access> {
    match operation {
        "TransactWriteItems" => {
            let items = body["TransactItems"].as_array().unwrap().iter();
            items.map(|item| write(item.as_object().unwrap().iter().next().unwrap())).collect()
        }
        "BatchGetItem" => {
            let tables = body["RequestItems"].as_object().unwrap().iter();
            let keys = tables.flat_map(|(table, wanted)| {
                wanted["Keys"].as_array().unwrap().iter().map(move |key| (table, key))
            });
            keys.map(|(table, key)| on_table(operation, table, &key["pk"]["S"])).collect()
        }
        "BatchWriteItem" => {
            let tables = body["RequestItems"].as_object().unwrap().iter();
            let writes = tables.flat_map(|(table, writes)| {
                writes.as_array().unwrap().iter().map(move |write| (table, &write["PutRequest"]["Item"]))
            });
            writes.map(|(table, item)| on_table(operation, table, &item["pk"]["S"])).collect()
        }
        "Query" => vec![query(body)],
        _ => vec![on_item(operation, body)],
    }
}

fn write((kind, write): (&String, &Value)) -> Access {
    let action =
        if kind == "ConditionCheck" { "ConditionCheckItem".to_owned() } else { format!("{kind}Item") };
    on_item(&action, write)
}

/// An access to one item, with the attributes that it names.
fn on_item(operation: &str, request: &Value) -> Access {
    let key = if request["Key"].is_object() { &request["Key"] } else { &request["Item"] };
    let mut access = on_table(operation, request["TableName"].as_str().unwrap(), &key["pk"]["S"]);
    access.context.insert("dynamodb:Attributes".to_owned(), attributes(key, request).into_iter().collect());
    if let Some(returns) = request["ReturnValues"].as_str() {
        access.context.insert("dynamodb:ReturnValues".to_owned(), vec![returns.to_owned()]);
    }
    access
}

/// The attributes of a key or item, and those in a request's expressions.
fn attributes(key: &Value, request: &Value) -> BTreeSet<String> {
    const KEYWORDS: [&str; 9] = ["SET", "REMOVE", "ADD", "DELETE", "AND", "OR", "NOT", "BETWEEN", "IN"];
    let word = Regex::new(r"([:#]?)([A-Za-z_]\w*)(\s*\()?").unwrap();
    let mut names: BTreeSet<_> = key.as_object().unwrap().keys().cloned().collect();
    for expression in ["UpdateExpression", "ConditionExpression", "ProjectionExpression"] {
        for found in word.captures_iter(request[expression].as_str().unwrap_or_default()) {
            let is_name = &found[1] != ":" && found.get(3).is_none() && !KEYWORDS.contains(&&found[2]);
            if is_name && &found[1] == "#" {
                let name = &request["ExpressionAttributeNames"][&found[0]];
                names.insert(name.as_str().unwrap().to_owned());
            } else if is_name {
                names.insert(found[2].to_owned());
            }
        }
    }
    names
}

fn query(body: &Value) -> Access {
    let table = body["TableName"].as_str().unwrap();
    let condition = body["KeyConditionExpression"].as_str().unwrap();
    let partition = Regex::new(r"^\w+ = (:\w+)").unwrap().captures(condition).unwrap();
    let leading = &body["ExpressionAttributeValues"][&partition[1]]["S"];
    let resource = match body["IndexName"].as_str() {
        Some(index) => format!("{table}/index/{index}"),
        None => table.to_owned(),
    };
    on_table("Query", &resource, leading)
}

fn on_table(operation: &str, table: &str, leading_key: &Value) -> Access {
    let leading_key = leading_key.as_str().unwrap_or_else(|| panic!("{operation} without a partition key"));
    let context = [("dynamodb:LeadingKeys", leading_key)];
    access(&format!("dynamodb:{operation}"), &arn("dynamodb", &format!("table/{table}")), &context)
}

fn kms(operation: &str, body: &Value) -> Access {
    let named = body["EncryptionContext"].as_object().unwrap();
    let keys: Vec<_> =
        named.iter().map(|(name, value)| (format!("kms:EncryptionContext:{name}"), value)).collect();
    let context: Vec<_> = keys.iter().map(|(key, value)| (key.as_str(), value.as_str().unwrap())).collect();
    let key = body["KeyId"].as_str().unwrap();
    let key = if key.starts_with("arn:") { key.to_owned() } else { arn("kms", &format!("key/{key}")) };
    access(&format!("kms:{operation}"), &key, &context)
}

fn ses(body: &Value) -> Vec<Access> {
    let from = body["FromEmailAddress"].as_str().unwrap();
    let address = from.rsplit_once('<').map_or(from, |(_, rest)| rest.trim_end_matches('>'));
    // The tests assume that the domain is verified, not the address.
    let identity = format!("identity/{}", address.rsplit_once('@').unwrap().1);
    let set = body["ConfigurationSetName"].as_str().map(|name| format!("configuration-set/{name}"));
    let context = [("ses:FromAddress", address)];
    let resources = std::iter::once(identity).chain(set);
    resources.map(|resource| access("ses:SendEmail", &arn("ses", &resource), &context)).collect()
}

fn event(entry: &Value) -> Access {
    let bus = entry["EventBusName"].as_str().unwrap();
    let bus =
        if bus.starts_with("arn:") { bus.to_owned() } else { arn("events", &format!("event-bus/{bus}")) };
    access("events:PutEvents", &bus, &[("events:source", entry["Source"].as_str().unwrap())])
}

fn arn(service: &str, rest: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}")
}

fn access(action: &str, resource: &str, context: &[(&str, &str)]) -> Access {
    let context = context.iter().map(|(key, value)| ((*key).to_owned(), vec![(*value).to_owned()]));
    Access { action: action.to_owned(), resource: resource.to_owned(), context: BTreeMap::from_iter(context) }
}

#[test]
fn transaction_needs_access_for_each_write() {
    let body = serde_json::json!({"TransactItems": [
        {"Put": {"TableName": "t", "Item": {"pk": {"S": "TOKEN#1"}}}},
        {"Update": {"TableName": "t", "Key": {"pk": {"S": "CREDENTIAL#1"}, "sk": {"S": "CREDENTIAL"}},
            "UpdateExpression": "SET #ttl = :ttl, expiresAt = if_not_exists(lastUsedAt, :at) REMOVE renewedBy",
            "ConditionExpression": "attribute_exists(pk) AND NOT deactivatedAt IN (:at)",
            "ExpressionAttributeNames": {"#ttl": "timeToLive"}}},
    ]});
    let accesses = accesses(Service::DynamoDb, "TransactWriteItems", &body);
    let actions: Vec<_> = accesses.iter().map(|access| access.action.as_str()).collect();
    assert_eq!(actions, ["dynamodb:PutItem", "dynamodb:UpdateItem"]);
    assert_eq!(accesses[1].context["dynamodb:LeadingKeys"], ["CREDENTIAL#1"]);
    let attributes = ["deactivatedAt", "expiresAt", "lastUsedAt", "pk", "renewedBy", "sk", "timeToLive"];
    assert_eq!(accesses[1].context["dynamodb:Attributes"], attributes);
}
