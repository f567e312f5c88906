//! A key of a Kubernetes Secret, by server-side apply.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::{Holding, Place};
use crate::cluster::Cluster;
use crate::config::Template;
use crate::core::Failure;
use crate::secret::Secret;

/// A key of a Secret that holds a token string.
pub(super) struct KubernetesTarget {
    pub(super) api: Cluster,
    pub(super) secret: String,
    pub(super) key: String,
    pub(super) template: Template,
}

#[async_trait]
impl Place for KubernetesTarget {
    fn content(&self, string: &Secret) -> Secret {
        self.template.render(string)
    }

    async fn read(&self) -> Result<Holding, Failure> {
        let Some(secret) = self.api.get(&self.path()).await? else { return Ok(Holding::Nothing) };
        let Some(value) = secret["data"][&self.key].as_str() else { return Ok(Holding::Nothing) };
        let content = STANDARD.decode(value).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        content.map(|text| Holding::Content(Secret::new(text))).ok_or_else(|| Failure::new("is no text"))
    }

    async fn write(&self, string: &Secret) -> Result<(), Failure> {
        let value = STANDARD.encode(self.content(string).expose());
        let applied = json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": self.secret, "namespace": self.api.namespace()},
            "data": {&self.key: value},
        });
        self.api.apply(&self.path(), &applied).await
    }
}

impl KubernetesTarget {
    fn path(&self) -> String {
        format!("/api/v1/namespaces/{{namespace}}/secrets/{}", self.secret)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::{Arc, Mutex};

    use axum::Router;
    use axum::body::Bytes;
    use axum::http::{HeaderMap, Method, StatusCode, Uri};
    use axum::response::IntoResponse as _;
    use chrono::TimeDelta;
    use serde_json::Value;

    use super::*;
    use crate::core::Answer;
    use crate::targets::put;

    /// An API server with one Secret, and the answers that it gives before it does what it is asked.
    #[derive(Default)]
    struct Server {
        secret: Value,
        next: Vec<(u16, &'static str)>,
        applied: usize,
    }

    async fn target(server: &Arc<Mutex<Server>>) -> KubernetesTarget {
        let shared = Arc::clone(server);
        let answer = async move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            let mut server = shared.lock().unwrap();
            assert_eq!(headers["authorization"], "Bearer service-account");
            assert_eq!(uri.path(), "/api/v1/namespaces/shop/secrets/partner");
            if let Some((status, message)) = server.next.pop() {
                let body = json!({"kind": "Status", "message": message}).to_string();
                return (StatusCode::from_u16(status).unwrap(), [("retry-after", "7")], body).into_response();
            }
            if method == Method::PATCH {
                assert_eq!(headers["content-type"], "application/apply-patch+yaml");
                assert!(uri.query().unwrap().contains("fieldManager=keyturn-agent"));
                server.applied += 1;
                server.secret = serde_json::from_slice(&body).unwrap();
            } else if server.secret.is_null() {
                return StatusCode::NOT_FOUND.into_response();
            }
            server.secret.to_string().into_response()
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
        let api = Cluster::at(&address, "shop", "service-account");
        let (secret, key) = ("partner".to_owned(), "token".to_owned());
        KubernetesTarget { api, secret, key, template: Template::default() }
    }

    async fn write(target: &KubernetesTarget, number: usize, known: &[usize]) -> Answer {
        let string = |number| Secret::token(&format!("kat_{number:071}")).unwrap();
        let known: BTreeSet<_> = known.iter().map(|number| string(*number).fingerprint()).collect();
        put(target, &string(number), &known, false).await
    }

    #[tokio::test]
    async fn applies_once_and_reads_back() {
        let server = Arc::default();
        let target = target(&server).await;
        assert_eq!(write(&target, 1, &[]).await, Answer::Changed);
        assert_eq!(write(&target, 1, &[]).await, Answer::Unchanged);
        assert_eq!(server.lock().unwrap().applied, 1);
        let found = write(&target, 2, &[]).await;
        assert!(matches!(found, Answer::Found(_)), "{found:?}");
        assert_eq!(write(&target, 2, &[1]).await, Answer::Changed);
    }

    #[tokio::test]
    async fn reports_conflicts_refusals_and_throttling_without_the_secret() {
        let server = Arc::new(Mutex::new(Server::default()));
        let target = target(&server).await;
        for (status, message) in [
            (409, "conflict with \"kubectl\" on kat_0123456789"),
            (403, "secrets \"partner\" is forbidden"),
            (429, "too many requests"),
            (500, "etcdserver: request timed out"),
        ] {
            server.lock().unwrap().next.push((status, message));
            let Answer::Failed(failure) = write(&target, 1, &[]).await else {
                panic!("{status} is no failure")
            };
            assert!(failure.what.contains(&status.to_string()), "{}", failure.what);
            assert!(!failure.what.contains("kat_0"), "{}", failure.what);
            assert_eq!(failure.retry_after, Some(TimeDelta::seconds(7)));
        }
        assert_eq!(write(&target, 1, &[]).await, Answer::Changed);
    }
}
