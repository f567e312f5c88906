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
    /// The value of the path parameter.
    pub(crate) parameter: String,
    /// Without the question mark.
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Whether a body that could be text is encoded in base64.
    pub(crate) base64: bool,
}

impl Request {
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

    pub(crate) fn parameter(mut self, parameter: &str) -> Self {
        parameter.clone_into(&mut self.parameter);
        self
    }

    pub(crate) fn bearer(self, string: &str) -> Self {
        self.header("authorization", &format!("Bearer {string}"))
    }

    /// Adds a header without control characters, which the gateway rejects.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.replace(|c: char| c.is_ascii_control(), "")));
        self
    }

    pub(crate) fn query(mut self, query: &str) -> Self {
        query.clone_into(&mut self.query);
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Whether a successful response must not contain a secret. The API description contains example secrets.
    pub(crate) fn is_read(&self) -> bool {
        let may_contain_secret = ["/requestRenewedToken", "/token", "/openapi.json"];
        let read = self.method == "GET" && !may_contain_secret.iter().any(|path| self.path.ends_with(path));
        self.path == "/introspect" || read
    }

    pub(crate) fn event(&self) -> Value {
        let (name, path) = self.resolved_path();
        let mut headers: Map<String, Value> =
            self.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        for (name, value) in
            [("host", "api.example.com"), ("x-forwarded-proto", "https"), ("x-forwarded-for", "192.0.2.1")]
        {
            headers.insert(name.to_owned(), json!(value));
        }
        let http = json!({
            "method": self.method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "",
        });
        let route = format!("{} {}", self.method, self.path);
        let mut event = json!({
            "version": "2.0",
            "routeKey": route,
            "rawPath": path,
            "rawQueryString": self.query,
            "headers": headers,
            "requestContext": {
                "accountId": "123456789012",
                "apiId": "api",
                "domainName": "api.example.com",
                "domainPrefix": "api",
                "http": http,
                "requestId": "the-request-id",
                "routeKey": route,
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

    /// The name of the path parameter, if any, and the path with its value.
    fn resolved_path(&self) -> (Option<&str>, String) {
        let Some((before, rest)) = self.path.split_once('{') else { return (None, self.path.clone()) };
        let (name, after) = rest.split_once('}').expect("a closing brace");
        (Some(name.trim_end_matches('+')), format!("{before}{}{after}", self.parameter))
    }
}
