//! A proxy between a function and the services that enforces the function's role, as AWS does. It records which grants
//! requests needed, so that unused ones are found too.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use keyturn_harness::http::{client, forward, serve};
use serde_json::{Value, json};

use super::deployment::Role;
use super::policy::{Access, Grant};
use super::requests::{Service, accesses, operation};

#[derive(Clone, Debug)]
pub(crate) struct Endpoints {
    pub(crate) dynamodb: String,
    pub(crate) kms: Option<String>,
    pub(crate) ses: String,
    pub(crate) eventbridge: String,
}

/// What a function has used so far.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    /// Statements and grants that allowed a request.
    pub(crate) used: BTreeSet<(String, Grant)>,
    pub(crate) denied: BTreeSet<Access>,
}

#[derive(Clone)]
struct IamProxy {
    role: Arc<Role>,
    endpoints: Endpoints,
    http: reqwest::Client,
    usage: Arc<Mutex<Usage>>,
}

/// Starts a proxy: the endpoint to give to the function, and what it uses.
pub(crate) async fn start_proxy(role: Role, endpoints: Endpoints) -> (String, Arc<Mutex<Usage>>) {
    let usage = Arc::<Mutex<Usage>>::default();
    let proxy = IamProxy { role: Arc::new(role), endpoints, http: client().unwrap(), usage: usage.clone() };
    let pass = async move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
        proxy.pass(method, &uri, headers, body).await
    };
    (serve(Router::new().fallback(pass)).await.unwrap(), usage)
}

impl IamProxy {
    /// Whether the role allows an access; records by which grants, or that it doesn't.
    fn authorize(&self, access: Access) -> bool {
        let mut usage = self.usage.lock().unwrap();
        let within_boundary = self.role.boundary.iter().any(|it| !it.grants_for(&access).is_empty());
        let mut allowed = false;
        for statement in self.role.allowed.iter().filter(|_| within_boundary) {
            for grant in statement.grants_for(&access) {
                allowed = true;
                usage.used.insert((statement.sid.clone(), grant));
            }
        }
        if !allowed {
            usage.denied.insert(access);
        }
        allowed
    }

    async fn pass(&self, method: Method, uri: &Uri, headers: HeaderMap, body: Bytes) -> Response {
        let (service, operation) = operation(&headers, uri.path());
        let request: Value = serde_json::from_slice(&body).unwrap();
        let mut accesses = accesses(service, &operation, &request).into_iter();
        if !accesses.all(|access| self.authorize(access)) {
            let denial = json!({
                "__type": "com.amazon.coral.service#AccessDeniedException",
                "Message": format!("the role does not allow {operation}"),
            });
            return (StatusCode::BAD_REQUEST, denial.to_string()).into_response();
        }
        let endpoint = match service {
            Service::DynamoDb => &self.endpoints.dynamodb,
            Service::Kms => self.endpoints.kms.as_ref().expect("nothing calls KMS here"),
            Service::Ses => &self.endpoints.ses,
            Service::EventBridge => &self.endpoints.eventbridge,
        };
        forward(&self.http, method, &format!("{endpoint}{uri}"), headers, body).await.unwrap().into_response()
    }
}
