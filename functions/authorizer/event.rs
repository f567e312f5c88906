//! Authorizer events in all formats of API Gateway.
//!
//! One lenient type holds the fields that the decision needs: an unexpected or missing field must not fail the request.
//! Formats:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html> and
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html>.

use std::collections::HashMap;
use std::net::IpAddr;

use keyturn_verification::{TOKEN_HEADER, bearer};
use serde::Deserialize;

/// The stage variable that names the application of a stage.
const APPLICATION: &str = "keyturnApplication";

/// An event of an HTTP API (payload 2.0 or 1.0) or of a REST API (`TOKEN` or `REQUEST`). Holds the token
/// string, hence no `Debug`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Event {
    version: Option<String>,
    route_arn: Option<String>,
    method_arn: Option<String>,
    authorization_token: Option<String>,
    raw_path: Option<String>,
    headers: Option<HashMap<String, Option<String>>>,
    multi_value_headers: Option<HashMap<String, Option<Vec<String>>>>,
    stage_variables: Option<HashMap<String, Option<String>>>,
    request_context: Option<RequestContext>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RequestContext {
    request_id: Option<String>,
    api_id: Option<String>,
    domain_prefix: Option<String>,
    stage: Option<String>,
    http: Option<Http>,
    identity: Option<Source>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Http {
    method: Option<String>,
    #[serde(rename = "sourceIp")]
    source_ip: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Source {
    source_ip: Option<String>,
}

/// The requested operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Target<'a> {
    /// The ARN for the policy.
    pub(crate) arn: &'a str,
    /// The id of the API.
    pub(crate) api: &'a str,
    /// The HTTP method, in upper case.
    pub(crate) method: &'a str,
    /// The path below the stage, without its leading slash.
    pub(crate) path: &'a str,
}

impl Event {
    /// Whether this is an HTTP API event with payload format 2.0, which has response formats of its own.
    pub(crate) fn is_http_api(&self) -> bool {
        self.version.as_deref() == Some("2.0")
    }

    /// The requested operation; `None` if the event has no known format.
    pub(crate) fn target(&self) -> Option<Target<'_>> {
        if self.is_http_api() { self.http_target() } else { in_arn(self.method_arn.as_deref()?) }
    }

    fn http_target(&self) -> Option<Target<'_>> {
        let context = self.request_context.as_ref()?;
        let (arn, path) = (self.route_arn.as_deref()?, self.raw_path.as_deref()?);
        let path = path.strip_prefix('/').unwrap_or(path);
        Some(Target {
            arn,
            api: in_arn(arn)?.api,
            method: context.http.as_ref()?.method.as_deref()?,
            path: context.stage_in_path().and_then(|stage| below(path, stage)).unwrap_or(path),
        })
    }

    /// The token string of the request.
    ///
    /// A gateway may cache the answer by one of the two headers. So whatever stands in one of them has to be the token: an
    /// `Authorization` of another scheme next to a valid token would let everybody in who sends the same header later.
    pub(crate) fn token_string(&self) -> Option<&str> {
        if let Some(value) = &self.authorization_token {
            // The value of whichever header is configured as the source: a bearer token or the bare string.
            return bearer(value).or(Some(value.trim()));
        }
        match (self.header("authorization").ok()?, self.header(TOKEN_HEADER).ok()?) {
            (Some(authorization), None) => bearer(authorization),
            (None, Some(string)) => Some(string.trim()),
            (Some(authorization), Some(string)) => bearer(authorization).filter(|own| *own == string.trim()),
            (None, None) => None,
        }
    }

    /// The source address as the gateway sees it. A `TOKEN` authorizer is not told it.
    pub(crate) fn source_address(&self) -> Option<IpAddr> {
        let context = self.request_context.as_ref()?;
        let of_http = context.http.as_ref().and_then(|http| http.source_ip.as_deref());
        let of_rest = || context.identity.as_ref()?.source_ip.as_deref();
        Some(of_http.or_else(of_rest)?.parse::<IpAddr>().ok()?.to_canonical())
    }

    /// The application named by the stage variable.
    pub(crate) fn application_of_stage(&self) -> Option<&str> {
        self.stage_variables.as_ref()?.get(APPLICATION)?.as_deref().filter(|name| !name.is_empty())
    }

    /// The gateway's request id.
    pub(crate) fn request_id(&self) -> &str {
        self.request_context.as_ref().and_then(|context| context.request_id.as_deref()).unwrap_or_default()
    }

    /// A header; an error if it has several values. HTTP APIs send names in lower case, REST APIs as the client sent them.
    fn header(&self, name: &str) -> Result<Option<&str>, SeveralValues> {
        let all = self.multi_value_headers.iter().flatten().filter(|(own, _)| own.eq_ignore_ascii_case(name));
        if all.flat_map(|(_, values)| values.iter().flatten()).count() > 1 {
            return Err(SeveralValues);
        }
        let mut found = self.headers.iter().flatten().filter(|(own, _)| own.eq_ignore_ascii_case(name));
        let value = found.next().and_then(|(_, value)| value.as_deref());
        if found.next().is_some() { Err(SeveralValues) } else { Ok(value) }
    }
}

/// A header has several values.
struct SeveralValues;

impl RequestContext {
    /// The stage, if the path begins with it: it does at the API's own address, except for `$default`, and does not at a
    /// custom domain.
    fn stage_in_path(&self) -> Option<&str> {
        let own_address = self.domain_prefix.is_some() && self.domain_prefix == self.api_id;
        self.stage.as_deref().filter(|stage| own_address && *stage != "$default")
    }
}

/// The rest of a path after this leading segment.
fn below<'a>(path: &'a str, segment: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(segment)?;
    rest.strip_prefix('/').or_else(|| rest.is_empty().then_some(rest))
}

/// `arn:aws:execute-api:region:account:api/stage/METHOD/path`.
fn in_arn(arn: &str) -> Option<Target<'_>> {
    let mut parts = arn.splitn(6, ':').nth(5)?.splitn(4, '/');
    let (api, _stage) = (parts.next()?, parts.next()?);
    Some(Target { arn, api, method: parts.next()?, path: parts.next().unwrap_or_default() })
}
