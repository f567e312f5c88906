//! An AWS with one secret, one parameter and the places that give credentials.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use crate::setup::serve;

/// What is answered instead of what was asked for: a status, the kind of error and its text. Nothing at all if `None`.
pub(crate) type Fault = Option<(u16, &'static str, &'static str)>;

/// The answer to a method, a path, headers and a body.
pub(crate) type Answer = fn(&Method, &str, &HeaderMap, &str) -> Response;

#[derive(Default)]
pub(crate) struct State {
    /// The secret's versions and their stages.
    versions: BTreeMap<String, String>,
    stages: BTreeMap<String, String>,
    pub(crate) parameter: Option<String>,
    /// The next call of an operation fails.
    pub(crate) fault: Option<(&'static str, Fault)>,
    /// The access key and the session token of the last signed call.
    pub(crate) signed: Option<(String, String)>,
    /// What `/sts`, the container and the instance answer, with what they were sent.
    pub(crate) credentials: Option<Answer>,
}

pub(crate) struct Aws {
    pub(crate) address: String,
    state: Arc<Mutex<State>>,
}

impl Aws {
    pub(crate) async fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let answer = async move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            let answer = answer(&mut shared.lock().unwrap(), &method, uri.path(), &headers, &body);
            match answer {
                Some(answer) => answer,
                None => std::future::pending().await,
            }
        };
        Self { address: serve(answer).await, state }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// What the secret holds at a stage.
    pub(crate) fn held(&self, stage: &str) -> Option<String> {
        let state = self.state();
        state.stages.get(stage).map(|version| state.versions[version].clone())
    }

    /// The table of a target.
    pub(crate) fn target(&self, kind: &str) -> String {
        let name = if kind == "ssm" { "parameter = \"/partner\"" } else { "secret = \"partner\"" };
        format!("kind = \"{kind}\"\n{name}\nregion = \"eu-central-1\"\nendpoint = \"{}\"", self.address)
    }
}

fn answer(
    state: &mut State,
    method: &Method,
    path: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Option<Response> {
    if path != "/" {
        let credentials = state.credentials.expect("nobody should ask for credentials");
        return Some(credentials(method, path, headers, &String::from_utf8_lossy(body)));
    }
    let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default();
    let (_, key) = header("authorization").split_once("Credential=").unwrap();
    let key = key.split_once('/').unwrap().0.to_owned();
    state.signed = Some((key, header("x-amz-security-token").to_owned()));
    let (_, operation) = header("x-amz-target").split_once('.').unwrap();
    if let Some((_, fault)) = state.fault.take_if(|(name, _)| *name == operation) {
        return fault.map(|(status, kind, message)| refused(status, kind, message));
    }
    let input: Value = serde_json::from_slice(body).unwrap();
    Some(match state.perform(operation, &input) {
        Ok(output) => output.to_string().into_response(),
        Err(kind) => refused(400, kind, ""),
    })
}

fn refused(status: u16, kind: &str, message: &str) -> Response {
    let body = json!({"__type": format!("com.amazon#{kind}"), "message": message});
    // An answer of a balancer in front has no kind.
    let body = if kind.is_empty() { message.to_owned() } else { body.to_string() };
    (StatusCode::from_u16(status).unwrap(), body).into_response()
}

impl State {
    fn perform(&mut self, operation: &str, input: &Value) -> Result<Value, &'static str> {
        let text = |name: &str| input[name].as_str().map(str::to_owned);
        match operation {
            "GetSecretValue" => {
                let version = self.stages.get(&text("VersionStage").unwrap());
                let version = version.ok_or("ResourceNotFoundException")?;
                Ok(json!({"SecretString": self.versions[version]}))
            }
            "PutSecretValue" => {
                let (version, content) = (text("ClientRequestToken").unwrap(), text("SecretString").unwrap());
                if self.versions.get(&version).is_some_and(|held| *held != content) {
                    return Err("ResourceExistsException");
                }
                if self.versions.insert(version.clone(), content).is_none() {
                    self.stages.insert("AWSPENDING".to_owned(), version);
                }
                Ok(json!({}))
            }
            "DescribeSecret" => {
                let mut versions = BTreeMap::<_, Vec<_>>::new();
                for (stage, version) in &self.stages {
                    versions.entry(version).or_default().push(stage);
                }
                Ok(json!({"VersionIdsToStages": versions}))
            }
            "UpdateSecretVersionStage" => {
                let (stage, to, from) =
                    (text("VersionStage").unwrap(), text("MoveToVersionId"), text("RemoveFromVersionId"));
                let held = self.stages.get(&stage).cloned();
                if held != from {
                    return Err("InvalidParameterException");
                }
                if let (Some(held), "AWSCURRENT") = (held, stage.as_str()) {
                    self.stages.insert("AWSPREVIOUS".to_owned(), held);
                }
                match to {
                    Some(to) => self.stages.insert(stage, to),
                    None => self.stages.remove(&stage),
                };
                Ok(json!({}))
            }
            "GetParameter" => {
                let value = self.parameter.as_ref().ok_or("ParameterNotFound")?;
                Ok(json!({"Parameter": {"Value": value, "Type": "SecureString"}}))
            }
            "PutParameter" => {
                self.parameter = text("Value");
                Ok(json!({"Version": 1}))
            }
            _ => Err("UnknownOperationException"),
        }
    }
}
