//! The answers of an operation: the successful one, and problem documents from the one mapping.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use keyturn_domain::refusal::Refusal;
use keyturn_http::openapi;
use lambda_http::{Body, Response};
use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

use crate::links;
use crate::operation::{Answer, Operation};

/// An answer without a body.
const NO_CONTENT: u16 = 204;

const PROBLEM: &str = "application/problem+json";

/// Answers shared by several operations, by the codes of their problems.
pub(crate) type Shared = BTreeMap<String, Value>;

/// All answers by their status.
pub(crate) fn of(operation: &Operation, schemas: &mut SchemaGenerator, shared: &mut Shared) -> Result<Value> {
    let mut all: Map<String, Value> = Map::new();
    all.insert(operation.answer.status.to_string(), expected(operation, schemas));
    if operation.answer.headers.contains(&"ETag") && operation.access.is_none() {
        let headers = headers(["ETag", "Cache-Control"], &[]);
        all.insert(
            "304".to_owned(),
            json!({"description": "It is what is known already.", "headers": headers}),
        );
    }
    let mut refused: BTreeMap<u16, Vec<Response<Body>>> = BTreeMap::new();
    let mut add = |answer: Response<Body>| refused.entry(answer.status().as_u16()).or_default().push(answer);
    // A function's 429 is described with the gateway's own.
    let (throttled, others): (Vec<_>, Vec<_>) = operation
        .refusals
        .iter()
        .partition(|refusal| matches!(refusal, Refusal::ShareUsedUp { .. } | Refusal::TooManyReports { .. }));
    for refusal in others {
        add(openapi::refused(refusal)?);
    }
    add(openapi::too_large()?);
    if operation.access.is_some() {
        add(openapi::broken("0b2f6a1e")?);
    }
    for (status, answers) in refused {
        let after_authentication = operation.access.is_some() && ![401, 413, 503].contains(&status);
        let (codes, answer) = problem(&answers, after_authentication)?;
        all.insert(status.to_string(), share(codes, answer, shared));
    }
    let (codes, answer) = too_many(throttled.first().copied(), operation.access.is_some())?;
    all.insert("429".to_owned(), share(codes, answer, shared));
    Ok(Value::Object(all))
}

/// The answers to too many requests: the gateway's own when the deployment's limits are exceeded, where no function runs, and
/// the problem document of the function if it limits its callers too.
fn too_many(refusal: Option<&Refusal>, after_authentication: bool) -> Result<(String, Value)> {
    let schema =
        json!({"type": "object", "required": ["message"], "properties": {"message": {"type": "string"}}});
    let gateway = json!({"schema": schema, "example": {"message": "Too Many Requests"}});
    let Some(refusal) = refusal else {
        let description = "More requests than the deployment takes; wait a little.";
        let answer = json!({"description": description, "content": {"application/json": gateway}});
        return Ok(("TOO_MANY_REQUESTS".to_owned(), answer));
    };
    let (codes, mut answer) = problem(&[openapi::refused(refusal)?], after_authentication)?;
    let others = if after_authentication { "than the company's share of it" } else { "from one address" };
    answer["description"] =
        json!(format!("More requests than the deployment takes, or {others}; wait a little."));
    answer["content"]["application/json"] = gateway;
    // The gateway's own answer has none of these headers.
    for name in ["Cache-Control", "Retry-After"] {
        answer["headers"][name] = without_requirement(name);
    }
    Ok((codes, answer))
}

fn expected(operation: &Operation, schemas: &mut SchemaGenerator) -> Value {
    let Answer { description, schema, example, headers: own, links, .. } = &operation.answer;
    let optional = if operation.access.is_some() { &OPTIONAL[..] } else { &[] };
    let mut answer = json!({
        "description": description,
        "headers": headers(own.iter().copied().chain(["Cache-Control"]), optional),
        "content": {"application/json": {"schema": schema(schemas), "example": example}},
    });
    if operation.answer.status == NO_CONTENT {
        return json!({"description": description});
    }
    if !links.is_empty() {
        answer["links"] = Value::Object(links::of(links));
    }
    answer
}

/// A reference to a shared answer, or the answer itself if another one has its name.
fn share(name: String, answer: Value, shared: &mut Shared) -> Value {
    let reference = json!({"$ref": format!("#/components/responses/{name}")});
    match shared.get(&name) {
        Some(other) if *other == answer => reference,
        Some(_) => answer,
        None => {
            shared.insert(name, answer);
            reference
        }
    }
}

/// The problem documents of one status, and their codes.
fn problem(answers: &[Response<Body>], after_authentication: bool) -> Result<(String, Value)> {
    let (mut examples, mut titles, mut names) = (Map::new(), Vec::new(), Vec::new());
    for answer in answers {
        let Body::Text(text) = answer.body() else { anyhow::bail!("a problem is no text") };
        let document: Value = serde_json::from_str(text)?;
        let code = document["errorCode"].as_str().context("a problem has no code")?;
        let title = document["title"].as_str().context("a problem has no title")?.to_owned();
        // Two problems may share a code, and differ in what they tell.
        let key = if examples.contains_key(code) { format!("{code}_TOO") } else { code.to_owned() };
        examples.insert(key, json!({"summary": title, "value": document}));
        titles.push(title);
        names.push(answer.headers().keys().map(header_name).filter(|name| *name != "Content-Type").collect());
    }
    let everywhere = |name: &&str| names.iter().all(|headers: &BTreeSet<_>| headers.contains(*name));
    let (always, sometimes): (Vec<_>, Vec<_>) =
        names.iter().flatten().copied().collect::<BTreeSet<_>>().into_iter().partition(everywhere);
    titles.dedup();
    examples.sort_keys();
    let optional = if after_authentication { &OPTIONAL[..] } else { &[] };
    let codes = examples.keys().map(String::as_str).collect::<Vec<_>>().join("-");
    let mut headers = headers(always, optional);
    headers.extend(sometimes.into_iter().map(|name| (name.to_owned(), without_requirement(name))));
    let answer = json!({
        "description": titles.join(". ") + ".",
        "headers": headers,
        "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}},
    });
    Ok((codes, answer))
}

/// The usual spelling of a header's name.
fn header_name(name: &lambda_http::http::HeaderName) -> &'static str {
    match name.as_str() {
        "cache-control" => "Cache-Control",
        "content-type" => "Content-Type",
        "retry-after" => "Retry-After",
        "www-authenticate" => "WWW-Authenticate",
        other => unreachable!("{other} is not described"),
    }
}

/// The headers of authenticated answers, which depend on the caller's token.
const OPTIONAL: [&str; 2] = ["Token-Expires-At", "Token-Renews-At"];

/// References to headers; not every such answer has the `optional` ones.
fn headers<'a>(always: impl IntoIterator<Item = &'a str>, optional: &[&'a str]) -> Map<String, Value> {
    let reference = |name: &str| (name.to_owned(), json!({"$ref": format!("#/components/headers/{name}")}));
    always.into_iter().chain(optional.iter().copied()).map(reference).collect()
}

/// A header that only some of the answers of a status have.
fn without_requirement(name: &str) -> Value {
    let mut header = all_headers()[name].take();
    if let Some(members) = header.as_object_mut() {
        members.remove("required");
    }
    header
}

/// The headers that answers may have.
pub(crate) fn all_headers() -> Value {
    json!({
        "Cache-Control": {
            "description": "Whether the answer may be kept.", "required": true, "schema": {"type": "string"},
        },
        "ETag": {
            "description": "The version, for `If-Match` and `If-None-Match`.",
            "required": true,
            "schema": {"type": "string", "pattern": "^\"[!#-~]+\"$"},
        },
        "Location": {
            "description": "Where the new token is.",
            "required": true,
            "schema": {"type": "string", "format": "uri-reference"},
        },
        "Retry-After": {
            "description": "Seconds to wait before the next try.",
            "required": true,
            "schema": {"type": "integer", "minimum": 0},
        },
        "Token-Expires-At": {
            "description": "When the caller's own token ends, if it does.",
            "schema": {"type": "string", "format": "date-time"},
        },
        "Token-Renews-At": {
            "description": "When the caller's own token renews itself, if it does.",
            "schema": {"type": "string", "format": "date-time"},
        },
        "WWW-Authenticate": {
            "description": "How to authenticate (RFC 6750); to a caller who holds the right string, why it is no longer good.",
            "required": true,
            "schema": {"type": "string"},
        },
    })
}
