//! The routes that move the clock, run the scheduled function, and let the stand-ins fail.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use keyturn_application::{Clock, sweep::Summary};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{Local, Sent, problem::problem};
use crate::{
    fakes::faults::FaultCounts,
    time::{
        self,
        clock::{AdvanceError, LONGEST_ADVANCE_SECONDS},
        schedule::ScheduleError,
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AdvanceRequest {
    seconds: i64,
    /// Whether the scheduled function runs on the way, as it does unless somebody wants to see it come late.
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

/// Whether the stack is up: it is, if this answers.
pub(crate) async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// What time the functions are told.
pub(crate) async fn clock(State(local): State<Arc<Local>>) -> Json<Value> {
    Json(json!({ "now": time::text(local.clock.now()) }))
}

/// Moves the clock forward; answers when everything on the way is done.
pub(crate) async fn advance(State(local): State<Arc<Local>>, body: Bytes) -> Response {
    let AdvanceRequest { seconds, sweep } = match parse::<AdvanceRequest>(&body) {
        Ok(request) if (0..=LONGEST_ADVANCE_SECONDS).contains(&request.seconds) => request,
        Ok(_) => return bad_request(&format!("\"seconds\" must be from 0 to {LONGEST_ADVANCE_SECONDS}")),
        Err(reason) => return bad_request(&format!("expected {{\"seconds\": 3600}}: {reason}")),
    };
    let schedule = Arc::clone(&local.schedule);
    // A caller that goes away must not leave the clock on the way, so this does not depend on the caller.
    match tokio::spawn(async move { schedule.advance(seconds, sweep).await }).await {
        Ok(Ok(advance)) => {
            let (now, sweeps) = (time::text(advance.now), advance.sweeps);
            Json(Advanced { now, sweeps, failed_sweeps: advance.failed, total: advance.total })
                .into_response()
        }
        Ok(Err(error @ ScheduleError::Clock(AdvanceError::TooFar))) => bad_request(&error.to_string()),
        Ok(Err(error)) => failed(&error.to_string()),
        Err(error) => failed(&error.to_string()),
    }
}

/// Runs the scheduled function once and answers with its summary.
pub(crate) async fn sweep(State(local): State<Arc<Local>>) -> Response {
    let schedule = Arc::clone(&local.schedule);
    match tokio::spawn(async move { schedule.sweep().await }).await {
        Ok(Ok(summary)) => Json(summary).into_response(),
        Ok(Err(error)) => failed(&error),
        Err(error) => failed(&error.to_string()),
    }
}

/// Lets the next calls of the stand-ins fail.
pub(crate) async fn faults(State(sent): State<Sent>, body: Bytes) -> Response {
    match parse::<FaultCounts>(&body) {
        Ok(counts) => Json(sent.faults.set(&counts)).into_response(),
        Err(reason) => bad_request(&format!("expected {{\"ses\": 1, \"eventbridge\": 1}}: {reason}")),
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| error.to_string())
}

fn bad_request(detail: &str) -> Response {
    problem(StatusCode::BAD_REQUEST, detail)
}

fn failed(detail: &str) -> Response {
    tracing::error!(detail, "a local request failed");
    problem(StatusCode::INTERNAL_SERVER_ERROR, detail)
}
