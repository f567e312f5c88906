//! What stands between a function and the services: AWS's judgement of its role. A request that the role does not allow
//! is answered as AWS answers it; every grant that one needed is noted, so that one that nothing needs is found too.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::deployment::Role;
use super::grants::{Service, demands, target};
use super::policy::{Demand, Grant};

/// Where the services are.
#[derive(Clone, Debug)]
pub(crate) struct Endpoints {
    pub(crate) dynamodb: String,
    pub(crate) kms: Option<String>,
    pub(crate) ses: String,
    pub(crate) eventbridge: String,
}

/// What a function has asked for so far.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// The statements and grants that were needed.
    pub(crate) used: BTreeSet<(String, Grant)>,
    /// What its role does not allow.
    pub(crate) refused: BTreeSet<Demand>,
}

/// A guard for one function.
#[derive(Clone)]
pub(crate) struct Guard {
    role: Arc<Role>,
    endpoints: Endpoints,
    http: reqwest::Client,
    ledger: Arc<Mutex<Ledger>>,
}

impl Guard {
    /// A guard, and the endpoint that the function is to be given.
    pub(crate) async fn start(role: Role, endpoints: Endpoints) -> (String, Arc<Mutex<Ledger>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let ledger = Arc::<Mutex<Ledger>>::default();
        let guard =
            Self { role: Arc::new(role), endpoints, http: reqwest::Client::new(), ledger: ledger.clone() };
        let app = Router::new().fallback(pass).with_state(guard);
        tokio::spawn(async move { axum::serve(listener, app).await });
        (address, ledger)
    }

    /// Whether the role allows it; notes by which grants, or that it doesn't.
    fn judge(&self, demand: Demand) -> bool {
        let mut ledger = self.ledger.lock().unwrap();
        let within_boundary =
            self.role.boundary.iter().any(|statement| !statement.grants_for(&demand).is_empty());
        let mut allowed = false;
        for statement in self.role.allowed.iter().filter(|_| within_boundary) {
            for grant in statement.grants_for(&demand) {
                allowed = true;
                ledger.used.insert((statement.sid.clone(), grant));
            }
        }
        if !allowed {
            ledger.refused.insert(demand);
        }
        allowed
    }
}

async fn pass(
    State(guard): State<Guard>,
    method: Method,
    uri: Uri,
    mut headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let (service, operation) = target(&headers, uri.path());
    let request: Value = serde_json::from_slice(&body).unwrap();
    let mut demands = demands(service, &operation, &request).into_iter();
    if !demands.all(|demand| guard.judge(demand)) {
        let refusal = json!({
            "__type": "com.amazon.coral.service#AccessDeniedException",
            "Message": format!("the role does not allow {operation}"),
        });
        let response = Response::builder().status(StatusCode::BAD_REQUEST);
        return response.body(Body::from(refusal.to_string())).unwrap();
    }
    let endpoint = match service {
        Service::DynamoDb => guard.endpoints.dynamodb,
        Service::Kms => guard.endpoints.kms.expect("nothing should call KMS here"),
        Service::Ses => guard.endpoints.ses,
        Service::EventBridge => guard.endpoints.eventbridge,
    };
    headers.remove("host");
    let request = guard.http.request(method, format!("{endpoint}{uri}")).headers(headers).body(body);
    let answer = request.send().await.unwrap();
    let mut response = Response::builder().status(answer.status());
    for (name, value) in answer.headers().iter().filter(|(name, _)| *name != "transfer-encoding") {
        response = response.header(name, value);
    }
    response.body(Body::from(answer.bytes().await.unwrap())).unwrap()
}
