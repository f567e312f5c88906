//! The pages as HTML. Templates escape every value; a mail's own HTML is shown in a frame that may run nothing.

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use keyturn_application::Clock;
use serde_json::Value;

use super::{Local, problem::problem};
use crate::{
    fakes::{eventbridge::Event, ses::Mail},
    time,
};

/// More entries than this make a page slow to open; the JSON has them all.
const MOST_SHOWN: usize = 200;

#[derive(Template)]
#[template(path = "index.html")]
struct IndexPage {
    now: String,
    mails: usize,
    events: usize,
    has_console: bool,
}

#[derive(Template)]
#[template(path = "mails.html")]
struct MailsPage {
    total: usize,
    mails: Vec<Mail>,
}

#[derive(Template)]
#[template(path = "events.html")]
struct EventsPage {
    total: usize,
    events: Vec<ShownEvent>,
}

struct ShownEvent {
    event: Event,
    detail: String,
}

/// The page that everything is reached from.
pub(crate) fn index(local: &Local) -> Response {
    page(&IndexPage {
        now: time::text(local.clock.now()),
        mails: local.sent.mails.newest_first().len(),
        events: local.sent.events.newest_first().len(),
        has_console: local.has_console,
    })
}

/// The mails that were sent.
pub(crate) fn mails(mut mails: Vec<Mail>) -> Response {
    let total = mails.len();
    mails.truncate(MOST_SHOWN);
    page(&MailsPage { total, mails })
}

/// The events that were published.
pub(crate) fn events(mut events: Vec<Event>) -> Response {
    let total = events.len();
    events.truncate(MOST_SHOWN);
    let shown = |event: Event| ShownEvent { detail: pretty(&event.detail), event };
    page(&EventsPage { total, events: events.into_iter().map(shown).collect() })
}

fn pretty(value: &Value) -> String {
    format!("{value:#}")
}

fn page(template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => {
            let no_store = HeaderValue::from_static("no-store");
            ([(header::CACHE_CONTROL, no_store)], Html(text)).into_response()
        }
        Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}
