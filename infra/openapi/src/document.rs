//! Assembles operations, callbacks and schemas.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use keyturn_http::openapi::{self, Parameter};
use schemars::SchemaGenerator;
use schemars::generate::{Contract, SchemaSettings};
use serde_json::{Map, Value, json};

use crate::operation::Operation;
use crate::responses::{self, Shared};
use crate::webhooks;

const DESCRIPTION: &str = "Issues a company's API access tokens and renews them without an outage. Times are RFC 3339 in UTC \
    with seconds. Answers may get more fields, and words may be added where that is said; requests may hold no field and no \
    parameter that is not described.";

pub(crate) fn assemble(operations: &[Operation]) -> Result<Value> {
    let (mut asked, mut answered) = (schemas(Contract::Deserialize), schemas(Contract::Serialize));
    let mut shared = Shared::new();
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for operation in operations {
        let item = paths.entry(operation.path).or_default();
        let described = describe(operation, &mut asked, &mut answered, &mut shared)?;
        let other = item.insert(operation.method.to_lowercase(), described);
        ensure!(other.is_none(), "{} {} is there twice", operation.method, operation.path);
    }
    openapi::problem(&mut answered);
    let webhooks = webhooks::all(&mut answered);
    let mut definitions = asked.take_definitions(true);
    for (name, schema) in answered.take_definitions(true) {
        let same = definitions.get(&name).is_none_or(|other| *other == schema);
        ensure!(same, "{name} is one thing in requests and another in answers");
        definitions.insert(name, schema);
    }
    Ok(json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Keyturn",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "API access tokens that renew themselves",
            "description": DESCRIPTION,
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "The deployment that this description was read from"}],
        "tags": [
            {"name": "Tokens", "description": "Records of tokens, and what is done to them."},
            {"name": "Renewal", "description": "Successors: by callback and redemption, by schedule or by hand."},
            {"name": "Callbacks", "description": "What is sent to receivers, and what came of it."},
            {"name": "Other", "description": "What tokens can be for, whether one is good, and this description."},
        ],
        "paths": paths,
        "webhooks": webhooks,
        "components": {
            "schemas": definitions,
            "responses": shared,
            "headers": responses::all_headers(),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "A token string, `kat_…`."},
                "header": {
                    "type": "apiKey", "in": "header", "name": "X-plenigo-token",
                    "description": "The same in the reference system's header.",
                },
            },
        },
    }))
}

fn schemas(contract: Contract) -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
        settings.contract = contract;
    });
    settings.into_generator()
}

fn describe(
    operation: &Operation,
    asked: &mut SchemaGenerator,
    answered: &mut SchemaGenerator,
    shared: &mut Shared,
) -> Result<Value> {
    let mut described = json!({
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description,
        "security": if operation.access.is_some() { json!([{"bearer": []}, {"header": []}]) } else { json!([]) },
        "responses": responses::of(operation, answered, shared)?,
    });
    let in_path = operation.path.contains("{id}").then(|| {
        json!({
            "name": "id", "in": "path", "required": true, "description": "The id of the record.",
            "schema": {"type": "string", "format": "uuid"},
        })
    });
    let parameters: Vec<_> = in_path.into_iter().chain(operation.parameters.iter().map(parameter)).collect();
    if !parameters.is_empty() {
        described["parameters"] = json!(parameters);
    }
    if let Some(body) = &operation.body {
        let content = json!({"schema": (body.schema)(asked), "example": body.example});
        described["requestBody"] = json!({"required": body.required, "content": {body.media_type: content}});
    }
    Ok(described)
}

fn parameter(parameter: &Parameter) -> Value {
    let Parameter { name, place, description, schema, required } = parameter;
    json!({"name": name, "in": place, "required": required, "description": description, "schema": schema})
}
