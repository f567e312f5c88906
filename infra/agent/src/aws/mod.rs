//! AWS services that speak JSON, over the HTTP client that the agent has anyway: the two SDK crates would add more to the
//! program than everything else in it.

mod credentials;

use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use reqwest::{Client, header};
use serde_json::Value;

use crate::config::Aws;
use crate::core::Failure;
use crate::http::{self, Reply, send};
use crate::log::{now, variable};

/// One service in one region.
pub(crate) struct Api {
    http: Client,
    service: &'static str,
    region: String,
    endpoint: String,
}

/// An answer that is an error.
pub(crate) struct Refusal {
    /// The kind of error, such as `ResourceNotFoundException`.
    pub(crate) kind: String,
    pub(crate) failure: Failure,
}

impl Api {
    pub(crate) fn open(service: &'static str, aws: &Aws, timeout: Duration) -> Result<Self> {
        let region = aws.region.clone().or_else(|| variable("AWS_REGION"));
        let region = region.or_else(|| variable("AWS_DEFAULT_REGION"));
        let region = region.context("no `region`, and AWS_REGION is not set")?;
        let named = format!("AWS_ENDPOINT_URL_{}", if service == "ssm" { "SSM" } else { "SECRETS_MANAGER" });
        let endpoint = aws.endpoint.clone().or_else(|| variable(&named));
        let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let endpoint = endpoint.unwrap_or_else(|| format!("https://{service}.{region}.{domain}"));
        Ok(Self { http: http::client(None, timeout)?, service, region, endpoint })
    }

    /// Calls an operation, such as `secretsmanager.GetSecretValue`.
    pub(crate) async fn call(&self, operation: &str, input: &Value) -> Result<Value, Refusal> {
        let credentials = credentials::find(&self.http, &self.region).await.map_err(|failure| Refusal {
            kind: String::new(),
            failure: Failure { what: format!("no AWS credentials: {}", failure.what), ..failure },
        })?;
        let body = input.to_string();
        let signed = self.signed(operation, &body, &credentials).map_err(|error| Refusal {
            kind: String::new(),
            failure: Failure::new(&format!("the request can't be signed: {error:#}")),
        })?;
        let reply = send(signed.body(body)).await;
        let reply = reply.map_err(|failure| Refusal { kind: String::new(), failure })?;
        if reply.status.is_success() {
            return Ok(reply.body);
        }
        Err(refusal(&reply))
    }

    fn signed(
        &self,
        operation: &str,
        body: &str,
        credentials: &Credentials,
    ) -> Result<reqwest::RequestBuilder> {
        const CONTENT_TYPE: &str = "application/x-amz-json-1.1";
        let identity = credentials.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(self.service)
            .time(SystemTime::from(now()))
            .settings(SigningSettings::default())
            .build()?;
        let url = format!("{}/", self.endpoint);
        let headers = [("content-type", CONTENT_TYPE), ("x-amz-target", operation)];
        let signable =
            SignableRequest::new("POST", &url, headers.into_iter(), SignableBody::Bytes(body.as_bytes()))?;
        let (instructions, _) = sign(signable, &parameters.into())?.into_parts();
        let mut request = self.http.post(&url).header(header::CONTENT_TYPE, CONTENT_TYPE);
        request = request.header("x-amz-target", operation);
        for (name, value) in instructions.headers() {
            request = request.header(name, value);
        }
        Ok(request)
    }
}

fn refusal(reply: &Reply) -> Refusal {
    // Some services put a namespace before the name.
    let kind = reply.body["__type"].as_str().unwrap_or_default();
    let kind = kind.rsplit('#').next().unwrap_or_default().to_owned();
    let mut failure = reply.failure(&["message", "Message"]);
    if !kind.is_empty() {
        failure.what = format!("{kind}: {}", failure.what);
    }
    Refusal { kind, failure }
}
