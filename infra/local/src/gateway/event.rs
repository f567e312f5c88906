//! A request as an event of payload format 2.0, as AWS documents it in "Create AWS Lambda proxy integrations for HTTP
//! APIs".

use std::net::SocketAddr;

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Version, header};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use url::{Url, form_urlencoded};

use super::routes::Found;

/// Headers of one connection, which are not forwarded.
const HOP_BY_HOP: [HeaderName; 7] = [
    header::CONNECTION,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// A request, and when and from where it came.
pub(crate) struct Incoming<'a> {
    pub(crate) parts: &'a Parts,
    /// Decoded.
    pub(crate) path: &'a str,
    pub(crate) body: &'a [u8],
    pub(crate) peer: SocketAddr,
    pub(crate) port: u16,
    pub(crate) id: &'a str,
    pub(crate) now: DateTime<Utc>,
}

/// Whether the host can be part of a URL, as all hosts of API Gateway can.
pub(crate) fn has_valid_host(headers: &HeaderMap) -> bool {
    headers.get(header::HOST).is_none_or(|host| {
        let host = host.to_str().unwrap_or_default();
        Url::parse(&format!("http://{host}/")).is_ok_and(|url| url.path() == "/" && url.query().is_none())
            && host.parse::<axum::http::uri::Authority>().is_ok()
    })
}

pub(crate) fn build(incoming: &Incoming<'_>, route: &Found) -> Value {
    let Incoming { parts, path, body, peer, id, now, .. } = incoming;
    let raw_query = parts.uri.query().unwrap_or_default();
    let host = text(&parts.headers, &header::HOST).unwrap_or_else(|| "127.0.0.1".to_owned());
    let mut event = json!({
        "version": "2.0",
        "routeKey": route.key,
        "rawPath": path,
        "rawQueryString": raw_query,
        "headers": headers(incoming),
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": host,
            "domainPrefix": host.split('.').next(),
            "http": {
                "method": parts.method.as_str(),
                "path": path,
                "protocol": protocol(parts.version),
                "sourceIp": peer.ip().to_canonical().to_string(),
                "userAgent": text(&parts.headers, &header::USER_AGENT).unwrap_or_default(),
            },
            "requestId": id,
            "routeKey": route.key,
            "stage": "$default",
            "time": now.format("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "timeEpoch": now.timestamp_millis(),
        },
        "isBase64Encoded": false,
    });
    let cookies = cookies(&parts.headers);
    if !cookies.is_empty() {
        event["cookies"] = json!(cookies);
    }
    if !raw_query.is_empty() {
        event["queryStringParameters"] = Value::Object(query(raw_query));
    }
    if !route.parameters.is_empty() {
        let parameters = route.parameters.iter().map(|(name, value)| (name.clone(), json!(value)));
        event["pathParameters"] = Value::Object(parameters.collect());
    }
    match std::str::from_utf8(body) {
        Ok("") => {}
        Ok(text) if is_text(&parts.headers) => event["body"] = json!(text),
        _ => {
            event["body"] = json!(BASE64_STANDARD.encode(body));
            event["isBase64Encoded"] = json!(true);
        }
    }
    event
}

/// The headers by name, repeated ones joined, and those that API Gateway adds.
fn headers(incoming: &Incoming<'_>) -> Map<String, Value> {
    let all = &incoming.parts.headers;
    let kept = all.keys().filter(|name| !HOP_BY_HOP.contains(name) && **name != header::COOKIE);
    let mut headers: Map<String, Value> =
        kept.filter_map(|name| Some((name.as_str().to_owned(), json!(text(all, name)?)))).collect();
    let peer = incoming.peer.ip().to_canonical().to_string();
    let forwarded_for = match headers.get("x-forwarded-for").and_then(Value::as_str) {
        Some(before) => format!("{before}, {peer}"),
        None => peer,
    };
    headers.insert("x-forwarded-for".to_owned(), json!(forwarded_for));
    headers.insert("x-forwarded-port".to_owned(), json!(incoming.port.to_string()));
    headers.insert("x-forwarded-proto".to_owned(), json!("http"));
    headers.insert("content-length".to_owned(), json!(incoming.body.len().to_string()));
    headers
}

/// All values of a header, joined.
fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let values: Vec<_> =
        headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    (!values.is_empty()).then(|| values.join(","))
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(';')).map(|cookie| cookie.trim().to_owned()).collect()
}

/// Decoded names and values, repeated names joined.
fn query(raw: &str) -> Map<String, Value> {
    let mut parameters: Map<String, Value> = Map::new();
    for (name, value) in form_urlencoded::parse(raw.as_bytes()) {
        let joined = match parameters.get(name.as_ref()).and_then(Value::as_str) {
            Some(before) => format!("{before},{value}"),
            None => value.into_owned(),
        };
        parameters.insert(name.into_owned(), Value::from(joined));
    }
    parameters
}

/// Whether a body of this type is sent as text; a form, for example, is not.
fn is_text(headers: &HeaderMap) -> bool {
    if headers.contains_key(header::CONTENT_ENCODING) {
        return false;
    }
    let Some(kind) = text(headers, &header::CONTENT_TYPE) else { return true };
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind.starts_with("text/")
        || ["application/json", "application/javascript", "application/xml"].contains(&kind.as_str())
        || kind.ends_with("+json")
        || kind.ends_with("+xml")
}

fn protocol(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2.0",
        _ => "HTTP/1.1",
    }
}

#[cfg(test)]
mod tests;
