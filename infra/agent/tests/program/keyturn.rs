//! A Keyturn with one series of tokens: number 1, then its successors.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::setup::serve;

/// How it answers.
pub(crate) struct State {
    /// The newest token.
    pub(crate) newest: usize,
    /// What `renewalInfo` says instead of what is so.
    pub(crate) renewal: Option<&'static str>,
    /// Seconds until the next look.
    pub(crate) retry_after: &'static str,
    /// Everything is answered with 500.
    pub(crate) is_broken: bool,
}

pub(crate) struct Keyturn {
    pub(crate) address: String,
    state: Arc<Mutex<State>>,
    looks: watch::Receiver<usize>,
}

/// The string of a token.
pub(crate) fn string(number: usize) -> String {
    format!("kat_{number:071}")
}

impl Keyturn {
    pub(crate) async fn start() -> Self {
        let state = State { newest: 1, renewal: None, retry_after: "3600", is_broken: false };
        let state = Arc::new(Mutex::new(state));
        let (looked, looks) = watch::channel(0);
        let shared = Arc::clone(&state);
        let answer = async move |method: Method, uri: Uri, headers: HeaderMap| {
            if uri.path().ends_with("/renewalInfo") {
                looked.send_modify(|looks| *looks += 1);
            }
            answer(&shared.lock().unwrap(), &method, uri.path(), &headers)
        };
        Self { address: serve(answer).await, state, looks }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// From now on there is a successor.
    pub(crate) fn renew(&self) -> usize {
        let mut state = self.state();
        state.newest += 1;
        state.newest
    }

    /// Waits for this many more looks.
    pub(crate) async fn looked(&self, times: usize) {
        let mut looks = self.looks.clone();
        let goal = *looks.borrow() + times;
        let waiting = looks.wait_for(|looks| *looks >= goal);
        tokio::time::timeout(Duration::from_secs(60), waiting).await.expect("no look").unwrap();
    }
}

fn answer(state: &State, method: &Method, path: &str, headers: &HeaderMap) -> Response {
    if state.is_broken {
        let problem = json!({"errorCode": "INTERNAL", "detail": format!("no use of {}", string(9))});
        return (StatusCode::INTERNAL_SERVER_ERROR, problem.to_string()).into_response();
    }
    let number = headers["authorization"].to_str().unwrap().strip_prefix("Bearer kat_").unwrap();
    let number: usize = number.parse().unwrap();
    assert!(number <= state.newest);
    let renewal = if number < state.newest { "RENEWED" } else { "SCHEDULED" };
    let body: Value = match (method.as_str(), path) {
        ("GET", "/apiAccessTokens/self") => json!({
            "id": format!("id-{number:03}"), "seriesId": "series", "name": "partner",
            "createdDate": format!("2026-01-01T00:{:02}:00Z", number), "expiresAt": "2999-01-01T00:00:00Z",
        }),
        ("GET", "/apiAccessTokens/self/renewalInfo") => json!({
            "renewal": state.renewal.unwrap_or(renewal), "suggestedWindow": {"start": "2998-01-01T00:00:00Z"},
        }),
        ("POST", "/apiAccessTokens/self/renew") => json!({"token": string(state.newest)}),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    ([("retry-after", state.retry_after)], body.to_string()).into_response()
}
