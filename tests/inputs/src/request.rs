//! A request, and the event that API Gateway makes of it (HTTP APIs, payload format 2.0).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// A request to one of the routes.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// As in the template, `/apiAccessTokens/{id}`.
    pub(crate) path: String,
    /// What stands where the route has a parameter.
    pub(crate) parameter: String,
    /// The query as it was sent, without its question mark.
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Whether the gateway hands a body over in base64 that it could hand over as text.
    pub(crate) base64: bool,
}

impl Request {
    /// A request without a caller and a body.
    pub(crate) fn new(method: &str, path: &str) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            parameter: String::new(),
            query: String::new(),
            headers: Vec::new(),
            body: Vec::new(),
            base64: false,
        }
    }

    /// The same about this record.
    pub(crate) fn about(mut self, parameter: &str) -> Self {
        parameter.clone_into(&mut self.parameter);
        self
    }

    /// The same from whoever holds this string.
    pub(crate) fn by(self, string: &str) -> Self {
        self.with("authorization", &format!("Bearer {string}"))
    }

    /// The same with one more header.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same with this query.
    pub(crate) fn asking(mut self, query: &str) -> Self {
        query.clone_into(&mut self.query);
        self
    }

    /// The same with this body.
    pub(crate) fn saying(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Whether it asks for nothing but to read.
    pub(crate) fn only_reads(&self) -> bool {
        let redeems = self.path.ends_with("/requestRenewedToken");
        let copies = self.path.ends_with("/token");
        self.method == "GET" && !redeems && !copies
    }

    /// The event.
    pub(crate) fn event(&self) -> Value {
        let (name, path) = self.path_in_full();
        let headers: Map<String, Value> = self
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), json!(value)))
            .chain(
                [
                    ("host", "api.example.com"),
                    ("x-forwarded-proto", "https"),
                    ("x-forwarded-for", "192.0.2.1"),
                ]
                .map(|(name, value)| (name.to_owned(), json!(value))),
            )
            .collect();
        let mut event = json!({
            "version": "2.0",
            "routeKey": format!("{} {}", self.method, self.path),
            "rawPath": path,
            "rawQueryString": self.query,
            "headers": headers,
            "requestContext": {
                "accountId": "123456789012",
                "apiId": "api",
                "domainName": "api.example.com",
                "domainPrefix": "api",
                "http": {
                    "method": self.method,
                    "path": path,
                    "protocol": "HTTP/1.1",
                    "sourceIp": "192.0.2.1",
                    "userAgent": "",
                },
                "requestId": "the-request-id",
                "routeKey": format!("{} {}", self.method, self.path),
                "stage": "$default",
                "time": "01/Mar/2027:12:00:00 +0000",
                "timeEpoch": 1_803_902_400_000_u64,
            },
            "isBase64Encoded": false,
        });
        if let Some(name) = name {
            event["pathParameters"] = json!({ name: self.parameter });
        }
        if !self.query.is_empty() {
            let pairs = url::form_urlencoded::parse(self.query.as_bytes());
            let pairs: Map<String, Value> = pairs.map(|(name, value)| (name.into(), json!(value))).collect();
            event["queryStringParameters"] = Value::Object(pairs);
        }
        match std::str::from_utf8(&self.body) {
            Ok("") => {}
            Ok(text) if !self.base64 => event["body"] = json!(text),
            _ => {
                event["body"] = json!(STANDARD.encode(&self.body));
                event["isBase64Encoded"] = json!(true);
            }
        }
        event
    }

    /// The name of the path's parameter, if it has one, and the path with what stands there.
    fn path_in_full(&self) -> (Option<&str>, String) {
        let Some((before, rest)) = self.path.split_once('{') else { return (None, self.path.clone()) };
        let (name, after) = rest.split_once('}').expect("a parameter ends");
        (Some(name.trim_end_matches('+')), format!("{before}{}{after}", self.parameter))
    }
}
