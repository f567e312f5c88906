//! The API of the Kubernetes cluster around the agent, with the service account of its pod.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use reqwest::{Client, Method, StatusCode, header};
use serde_json::Value;

use crate::core::Failure;
use crate::http::{self, Reply, send};
use crate::log::variable;
use crate::secret::Secret;

/// Where Kubernetes puts the service account of a pod.
const ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Who owns the fields that the agent applies.
const FIELD_MANAGER: &str = "keyturn-agent";

/// The API, and one namespace.
pub(crate) struct Cluster {
    http: Client,
    url: String,
    namespace: String,
    token: Token,
}

enum Token {
    /// Read for every request: Kubernetes renews it.
    File,
    #[cfg(test)]
    Fixed(Secret),
}

impl Cluster {
    pub(crate) fn open(namespace: Option<&str>, timeout: Duration) -> Result<Self> {
        let host = variable("KUBERNETES_SERVICE_HOST").context("this is no pod of a Kubernetes cluster")?;
        let port = variable("KUBERNETES_SERVICE_PORT_HTTPS").unwrap_or_else(|| "443".to_owned());
        let host = if host.contains(':') { format!("[{host}]") } else { host };
        let namespace = match namespace {
            Some(namespace) => namespace.to_owned(),
            None => std::fs::read_to_string(format!("{ACCOUNT}/namespace")).context("no namespace")?,
        };
        let http = http::client(Some(&Path::new(ACCOUNT).join("ca.crt")), timeout)?;
        let url = format!("https://{host}:{port}");
        Ok(Self { http, url, namespace: namespace.trim().to_owned(), token: Token::File })
    }

    #[cfg(test)]
    pub(crate) fn at(url: &str, namespace: &str, token: &str) -> Self {
        let http = http::client(None, Duration::from_secs(5)).unwrap();
        let token = Token::Fixed(Secret::new(token.to_owned()));
        Self { http, url: url.to_owned(), namespace: namespace.to_owned(), token }
    }

    pub(crate) fn namespace(&self) -> &str {
        &self.namespace
    }

    /// An object; `None` if there is none.
    pub(crate) async fn get(&self, path: &str) -> Result<Option<Value>, Failure> {
        let reply = self.send(Method::GET, path, None).await?;
        match reply.status {
            StatusCode::OK => Ok(Some(reply.body)),
            StatusCode::NOT_FOUND => Ok(None),
            _ => Err(reply.failure(&["message"])),
        }
    }

    /// Server-side apply. The fields become the agent's own, whoever wrote them before, as for any controller.
    pub(crate) async fn apply(&self, path: &str, object: &Value) -> Result<(), Failure> {
        let path = format!("{path}?fieldManager={FIELD_MANAGER}&force=true");
        self.patch(&path, "application/apply-patch+yaml", object).await
    }

    /// A strategic merge.
    pub(crate) async fn merge(&self, path: &str, patch: &Value) -> Result<(), Failure> {
        let path = format!("{path}?fieldManager={FIELD_MANAGER}");
        self.patch(&path, "application/strategic-merge-patch+json", patch).await
    }

    async fn patch(&self, path: &str, kind: &'static str, body: &Value) -> Result<(), Failure> {
        let reply = self.send(Method::PATCH, path, Some((kind, body))).await?;
        if reply.status.is_success() { Ok(()) } else { Err(reply.failure(&["message"])) }
    }

    async fn send(&self, method: Method, path: &str, body: Option<(&str, &Value)>) -> Result<Reply, Failure> {
        let url = format!("{}{}", self.url, path.replace("{namespace}", &self.namespace));
        let mut request = self.http.request(method, url).header(header::ACCEPT, "application/json");
        request = request.bearer_auth(self.token()?.expose());
        if let Some((kind, body)) = body {
            request = request.header(header::CONTENT_TYPE, kind).body(body.to_string());
        }
        send(request).await
    }

    fn token(&self) -> Result<Secret, Failure> {
        match &self.token {
            Token::File => std::fs::read_to_string(format!("{ACCOUNT}/token"))
                .map(|token| Secret::new(token.trim().to_owned()))
                .map_err(|error| Failure::new(&format!("no service account: {error}"))),
            #[cfg(test)]
            Token::Fixed(token) => Ok(token.clone()),
        }
    }
}
