//! The routes that move the clock, run the scheduled function, and make calls of the fakes fail.

use std::sync::Arc;

use anyhow::anyhow;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use keyturn_application::Clock as _;
use keyturn_application::sweep::Summary;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Local, problem::problem};
use crate::fakes::{Fakes, faults::FaultCounts};
use crate::time::clock::{MAX_ADVANCE_SECONDS, TooFar};
use crate::time::format_time;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AdvanceRequest {
    seconds: i64,
    /// Whether the scheduled function runs on the way; without it, tests see it run late.
    #[serde(default = "yes")]
    sweep: bool,
}

const fn yes() -> bool {
    true
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Advanced {
    now: String,
    sweeps: u64,
    failed_sweeps: u64,
    #[serde(flatten)]
    total: Summary,
}

/// Responds whenever the stack is up.
pub(crate) async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

pub(crate) async fn clock(State(local): State<Arc<Local>>) -> Json<Value> {
    Json(json!({ "now": format_time(local.clock.now()) }))
}

/// Moves the clock forward; responds when everything on the way has run.
pub(crate) async fn advance(State(local): State<Arc<Local>>, body: Bytes) -> Response {
    let AdvanceRequest { seconds, sweep } = match parse::<AdvanceRequest>(&body) {
        Ok(request) if (0..=MAX_ADVANCE_SECONDS).contains(&request.seconds) => request,
        Ok(_) => return bad_request(&format!("\"seconds\" must be from 0 to {MAX_ADVANCE_SECONDS}")),
        Err(reason) => return bad_request(&format!("expected {{\"seconds\": 3600}}: {reason}")),
    };
    let schedule = Arc::clone(&local.schedule);
    // In a task, so that the advance is completed even if the caller disconnects.
    let advanced = tokio::spawn(async move { schedule.advance(seconds, sweep).await }).await;
    match advanced.unwrap_or_else(|panic| Err(panic.into())) {
        Ok(advance) => {
            let (now, sweeps) = (format_time(advance.now), advance.sweeps);
            Json(Advanced { now, sweeps, failed_sweeps: advance.failed, total: advance.total })
                .into_response()
        }
        Err(error) if error.is::<TooFar>() => bad_request(&error.to_string()),
        Err(error) => failed(&error),
    }
}

/// Runs the scheduled function once; responds with its summary.
pub(crate) async fn sweep(State(local): State<Arc<Local>>) -> Response {
    let schedule = Arc::clone(&local.schedule);
    let run = tokio::spawn(async move { schedule.run().await }).await;
    match run.unwrap_or_else(|panic| Err(panic.into())) {
        Ok(summary) => Json(summary).into_response(),
        Err(error) => failed(&error),
    }
}

/// Hands what is new to the function on the table's stream; responds with what that did.
pub(crate) async fn stream(State(local): State<Arc<Local>>) -> Response {
    let Some(stream) = local.stream.clone() else { return failed(&anyhow!("there is no stream")) };
    let handed_over = tokio::spawn(async move { stream.hand_over().await }).await;
    match handed_over.unwrap_or_else(|panic| Err(panic.into())) {
        Ok(delivered) => Json(delivered).into_response(),
        Err(error) => failed(&error),
    }
}

/// Makes the next calls of the fakes fail.
pub(crate) async fn faults(State(fakes): State<Arc<Fakes>>, body: Bytes) -> Response {
    match parse::<FaultCounts>(&body) {
        Ok(counts) => Json(fakes.faults.set(&counts)).into_response(),
        Err(reason) => bad_request(&format!("expected {{\"ses\": 1, \"eventbridge\": 1}}: {reason}")),
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| error.to_string())
}

fn bad_request(detail: &str) -> Response {
    problem(StatusCode::BAD_REQUEST, detail)
}

fn failed(error: &anyhow::Error) -> Response {
    tracing::error!("a request to a local route failed: {error:#}");
    problem(StatusCode::INTERNAL_SERVER_ERROR, &format!("{error:#}"))
}
