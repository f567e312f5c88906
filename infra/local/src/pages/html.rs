//! The pages as HTML. The templates escape every value; a mail's own HTML is in a sandboxed frame.

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use keyturn_application::Clock as _;

use super::{Local, problem::problem};
use crate::fakes::eventbridge::Event;
use crate::fakes::ses::Mail;
use crate::time::format_time;

/// More entries would make a page slow; the JSON has all of them.
const MAX_SHOWN: usize = 200;

#[derive(Template)]
#[template(path = "index.html")]
struct IndexPage {
    now: String,
    mails: usize,
    events: usize,
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
    events: Vec<Event>,
}

pub(crate) fn index(local: &Local) -> Response {
    page(&IndexPage {
        now: format_time(local.clock.now()),
        mails: local.fakes.mails.newest_first().len(),
        events: local.fakes.events.newest_first().len(),
    })
}

pub(crate) fn mails(mut mails: Vec<Mail>) -> Response {
    let total = mails.len();
    mails.truncate(MAX_SHOWN);
    page(&MailsPage { total, mails })
}

pub(crate) fn events(mut events: Vec<Event>) -> Response {
    let total = events.len();
    events.truncate(MAX_SHOWN);
    page(&EventsPage { total, events })
}

fn page(template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => ([(header::CACHE_CONTROL, "no-store")], Html(text)).into_response(),
        Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}
