//! Everything under `/_local`: what only the local stack has. Pages for people, and the same as JSON for tests.

pub(crate) mod api;
pub(crate) mod html;
pub(crate) mod problem;

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Serialize;

use crate::{
    fakes::{eventbridge::Event, faults::Faults, ses::Mail},
    files::journal::Journal,
    time::{clock::TestClock, schedule::Schedule},
};

/// What the pages show and move.
pub(crate) struct Local {
    pub(crate) clock: Arc<TestClock>,
    pub(crate) schedule: Arc<Schedule>,
    pub(crate) sent: Sent,
    /// Whether the deployment's routes have a web console.
    pub(crate) has_console: bool,
}

/// What the functions have sent, wherever they run.
#[derive(Clone)]
pub(crate) struct Sent {
    pub(crate) mails: Arc<Journal<Mail>>,
    pub(crate) events: Arc<Journal<Event>>,
    pub(crate) faults: Arc<Faults>,
}

/// The routes of the stack's own pages.
pub(crate) fn router(local: Local) -> Router {
    let sent = sent(local.sent.clone());
    Router::new()
        .route("/", get(async || Redirect::temporary("/_local")))
        .route("/_local", get(index))
        .route("/_local/", get(async || Redirect::temporary("/_local")))
        .route("/_local/clock", get(api::clock))
        .route("/_local/clock/advance", post(api::advance))
        .route("/_local/sweep", post(api::sweep))
        .with_state(Arc::new(local))
        .merge(sent)
        .method_not_allowed_fallback(async || problem::method_not_allowed())
}

/// The routes that need no function.
pub(crate) fn sent(sent: Sent) -> Router {
    Router::new()
        .route("/_local/mails", get(mails))
        .route("/_local/events", get(events))
        .route("/_local/health", get(api::health))
        .route("/_local/faults", post(api::faults))
        .with_state(sent)
}

async fn index(State(local): State<Arc<Local>>) -> Response {
    html::index(&local)
}

async fn mails(State(sent): State<Sent>, headers: HeaderMap) -> Response {
    answer(&headers, sent.mails.newest_first(), html::mails)
}

async fn events(State(sent): State<Sent>, headers: HeaderMap) -> Response {
    answer(&headers, sent.events.newest_first(), html::events)
}

/// A page for whoever asks for HTML, as browsers do, and JSON for everyone else.
fn answer<T: Serialize>(headers: &HeaderMap, entries: Vec<T>, page: fn(Vec<T>) -> Response) -> Response {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accepted.contains("text/html") { page(entries) } else { Json(entries).into_response() }
}

#[cfg(test)]
mod tests;
