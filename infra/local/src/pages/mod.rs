//! The routes under `/_local`, which only the local stack has: pages for people, the same as JSON for tests.

mod api;
mod html;
mod problem;

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Serialize;

use crate::fakes::Fakes;
use crate::stream::Stream;
use crate::time::clock::TestClock;
use crate::time::schedule::Schedule;

/// What the pages show and change.
pub(crate) struct Local {
    pub(crate) clock: Arc<TestClock>,
    pub(crate) schedule: Arc<Schedule>,
    pub(crate) stream: Option<Arc<Stream>>,
    pub(crate) fakes: Arc<Fakes>,
}

pub(crate) fn router(local: Local) -> Router {
    let sent = sent(Arc::clone(&local.fakes));
    Router::new()
        .route("/", get(async || Redirect::temporary("/_local")))
        .route("/_local", get(async |State(local): State<Arc<Local>>| html::index(&local)))
        .route("/_local/", get(async || Redirect::temporary("/_local")))
        .route("/_local/clock", get(api::clock))
        .route("/_local/clock/advance", post(api::advance))
        .route("/_local/sweep", post(api::sweep))
        .route("/_local/stream", post(api::stream))
        .with_state(Arc::new(local))
        .merge(sent)
        .method_not_allowed_fallback(async || {
            problem::problem(StatusCode::METHOD_NOT_ALLOWED, "this route has other methods")
        })
}

/// The routes that need no function.
pub(crate) fn sent(fakes: Arc<Fakes>) -> Router {
    Router::new()
        .route("/_local/mails", get(mails))
        .route("/_local/events", get(events))
        .route("/_local/health", get(api::health))
        .route("/_local/faults", post(api::faults))
        .with_state(fakes)
}

async fn mails(State(fakes): State<Arc<Fakes>>, headers: HeaderMap) -> Response {
    respond(&headers, fakes.mails.newest_first(), html::mails)
}

async fn events(State(fakes): State<Arc<Fakes>>, headers: HeaderMap) -> Response {
    respond(&headers, fakes.events.newest_first(), html::events)
}

/// HTML for browsers, JSON for all others.
fn respond<T: Serialize>(headers: &HeaderMap, entries: Vec<T>, page: fn(Vec<T>) -> Response) -> Response {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accepted.contains("text/html") { page(entries) } else { Json(entries).into_response() }
}

#[cfg(test)]
mod tests;
