//! SES v2's `SendEmail`, for mails of subject, text and HTML, which is what Keyturn sends.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{Response, StatusCode},
    routing::post,
};
use keyturn_application::Clock;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    answer::{Protocol, Refusal, answer},
    faults::Faults,
};
use crate::{files::journal::Journal, id, time};

/// SES takes at most so many recipients a message.
const MOST_RECIPIENTS: usize = 50;

/// A mail that was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mail {
    pub(crate) id: String,
    pub(crate) at: String,
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    pub(crate) subject: String,
    #[serde(default)]
    pub(crate) text: Option<String>,
    #[serde(default)]
    pub(crate) html: Option<String>,
}

/// The service: takes mails into a journal.
pub(crate) struct Ses {
    pub(crate) mails: Arc<Journal<Mail>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) faults: Arc<Faults>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct SendEmail {
    from_email_address: Option<String>,
    destination: Destination,
    content: Content,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Destination {
    to_addresses: Vec<String>,
    cc_addresses: Vec<String>,
    bcc_addresses: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Content {
    simple: Option<Simple>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Simple {
    subject: Option<Part>,
    body: MailBody,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct MailBody {
    text: Option<Part>,
    html: Option<Part>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Part {
    data: String,
}

/// The service's routes.
pub(crate) fn router(ses: Ses) -> Router {
    Router::new()
        .route("/v2/email/outbound-emails", post(send))
        .fallback(async || {
            let refusal = Refusal {
                status: StatusCode::NOT_FOUND,
                kind: "NotFoundException",
                message: "this stand-in knows SendEmail only".to_owned(),
            };
            answer(Protocol::RestJson, Err(refusal))
        })
        .with_state(Arc::new(ses))
}

async fn send(State(ses): State<Arc<Ses>>, body: Bytes) -> Response<Body> {
    answer(Protocol::RestJson, ses.accept(&body))
}

impl Ses {
    fn accept(&self, body: &[u8]) -> Result<Value, Refusal> {
        if self.faults.ses.strikes() {
            return Err(Refusal {
                status: StatusCode::TOO_MANY_REQUESTS,
                kind: "TooManyRequestsException",
                message: "Maximum sending rate exceeded.".to_owned(),
            });
        }
        let request = serde_json::from_slice(body).map_err(|error| bad(error.to_string()))?;
        let mail = mail(request, time::text(self.clock.now()))?;
        let id = mail.id.clone();
        self.mails.append(&[mail]).map_err(|error| {
            tracing::error!(%error, "a mail could not be kept");
            Refusal {
                status: StatusCode::INTERNAL_SERVER_ERROR,
                kind: "InternalServiceErrorException",
                message: "the mail could not be kept".to_owned(),
            }
        })?;
        Ok(json!({ "MessageId": id }))
    }
}

fn mail(request: SendEmail, at: String) -> Result<Mail, Refusal> {
    let from = request.from_email_address.ok_or_else(|| bad("FromEmailAddress is missing"))?;
    let destination = request.destination;
    let to = [destination.to_addresses, destination.cc_addresses, destination.bcc_addresses].concat();
    if to.is_empty() {
        return Err(bad("Destination has no recipient"));
    }
    if to.len() > MOST_RECIPIENTS {
        return Err(bad(format!("Recipient count exceeds {MOST_RECIPIENTS}.")));
    }
    if let Some(wrong) = to.iter().chain([&from]).find(|address| !is_address(address)) {
        return Err(bad(format!("Illegal address: {wrong}")));
    }
    let simple = request.content.simple.ok_or_else(|| bad("Content.Simple is missing"))?;
    let subject = simple.subject.ok_or_else(|| bad("Content.Simple.Subject is missing"))?.data;
    let (text, html) = (simple.body.text.map(|part| part.data), simple.body.html.map(|part| part.data));
    if text.is_none() && html.is_none() {
        return Err(bad("Content.Simple.Body has neither Text nor Html"));
    }
    Ok(Mail { id: id::new(), at, from, to, subject, text, html })
}

/// Whether SES would try to deliver to it: `local@domain` in ASCII, also as `Name <local@domain>`.
fn is_address(text: &str) -> bool {
    let address = match text.split_once('<') {
        Some((_, rest)) => match rest.strip_suffix('>') {
            Some(address) => address,
            None => return false,
        },
        None => text,
    };
    let clean = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_graphic() && c != ',');
    address.rsplit_once('@').is_some_and(|(local, domain)| {
        clean(local) && clean(domain) && !domain.starts_with('.') && !domain.ends_with('.')
    })
}

fn bad(message: impl Into<String>) -> Refusal {
    Refusal::bad_request("BadRequestException", message)
}
