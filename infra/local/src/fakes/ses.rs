//! `SendEmail` of SES v2, for mails with subject, text and HTML, as Keyturn sends them.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Fakes, Refusal, respond};
use crate::id;
use crate::time::format_time;

/// Recipients that SES accepts per message.
const MAX_RECIPIENTS: usize = 50;

/// Characters of a header's line (RFC 5322, section 2.1.1), which SES does not fold.
const MAX_LINE: usize = 998;

/// Bytes of an encoded word (RFC 2047, section 2) and of the text in it: base64 between `=?UTF-8?B?` and `?=`.
const ENCODED_WORD: (usize, usize) = (75, 45);

/// Characters of names and values:
/// <https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageHeader.html> and `API_MessageTag.html` beside it.
const MAX_HEADER: (usize, usize) = (126, 870);
const MAX_TAG: usize = 256;

/// Headers that a mail may have beside those that SES writes.
const MAX_HEADERS: usize = 15;

/// Bytes of a mail, encoded.
const MAX_MAIL: usize = 40 * 1024 * 1024;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mail {
    pub(crate) id: String,
    pub(crate) at: String,
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    pub(crate) subject: String,
    pub(crate) text: Option<String>,
    pub(crate) html: Option<String>,
}

pub(crate) fn router(fakes: Arc<Fakes>) -> Router {
    let send = async |State(fakes): State<Arc<Fakes>>, body: Bytes| respond(fakes.send(&body));
    let unknown =
        || Refusal(StatusCode::NOT_FOUND, "NotFoundException", "this fake has only SendEmail".to_owned());
    let router = Router::new().route("/v2/email/outbound-emails", post(send));
    router.fallback(async move || respond(Err(unknown()))).with_state(fakes)
}

impl Fakes {
    fn send(&self, body: &[u8]) -> Result<Value, Refusal> {
        if self.faults.ses.applies() {
            let message = "Maximum sending rate exceeded.".to_owned();
            return Err(Refusal(StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException", message));
        }
        let request = serde_json::from_slice(body).map_err(|error| bad(error.to_string()))?;
        let mail = mail(&request, format_time(self.clock.now()))?;
        let id = mail.id.clone();
        self.mails.append(&[mail]).map_err(|error| {
            tracing::error!(%error, "a mail was not saved");
            Refusal::internal("InternalServiceErrorException", "the mail was not saved")
        })?;
        Ok(json!({ "MessageId": id }))
    }
}

fn mail(request: &Value, at: String) -> Result<Mail, Refusal> {
    let text = |pointer: &str| request.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let required = |pointer: &str| text(pointer).ok_or_else(|| bad(format!("{pointer} is missing")));
    let from = required("/FromEmailAddress")?;
    let recipients = |kind: &&str| request["Destination"][*kind].as_array().cloned().unwrap_or_default();
    let to = ["ToAddresses", "CcAddresses", "BccAddresses"].iter().flat_map(recipients);
    let to: Vec<String> = to.map(|address| address.as_str().unwrap_or_default().to_owned()).collect();
    if to.is_empty() || to.len() > MAX_RECIPIENTS {
        return Err(bad(format!("Recipient count must be 1 to {MAX_RECIPIENTS}, but is {}", to.len())));
    }
    if let Some(wrong) = to.iter().chain([&from]).find(|address| !is_address(address)) {
        return Err(bad(format!("Illegal address: {wrong}")));
    }
    let subject = required("/Content/Simple/Subject/Data")?;
    let (text, html) = (text("/Content/Simple/Body/Text/Data"), text("/Content/Simple/Body/Html/Data"));
    if text.is_none() && html.is_none() {
        return Err(bad("Content.Simple.Body has neither Text nor Html"));
    }
    check_limits(request, &subject)?;
    Ok(Mail { id: id::new(), at, from, to, subject, text, html })
}

fn check_limits(request: &Value, subject: &str) -> Result<(), Refusal> {
    if subject.chars().any(char::is_control) || subject_line(subject) > MAX_LINE {
        return Err(bad("The subject has control characters, or is too long for a line"));
    }
    let pairs = |list: &Value| {
        let text = |pair: &Value, name: &str| pair[name].as_str().unwrap_or_default().to_owned();
        let list = list.as_array().cloned().unwrap_or_default();
        list.iter().map(|pair| (text(pair, "Name"), text(pair, "Value"))).collect::<Vec<_>>()
    };
    let headers = pairs(&request["Content"]["Simple"]["Headers"]);
    let fits = |text: &str, most: usize| (1..=most).contains(&text.len()) && !text.contains(['\r', '\n']);
    if headers.len() > MAX_HEADERS
        || !headers.iter().all(|(name, value)| fits(name, MAX_HEADER.0) && fits(value, MAX_HEADER.1))
    {
        return Err(bad("Too many headers, or one that is too long"));
    }
    let word = |text: &String| {
        fits(text, MAX_TAG)
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.@".contains(&byte))
    };
    if !pairs(&request["EmailTags"]).iter().all(|(name, value)| word(name) && word(value)) {
        return Err(bad("A tag has other characters than A-Z, a-z, 0-9, _, -, . and @, or is too long"));
    }
    // Base64 is the longest encoding that SES may choose.
    if request.to_string().len().div_ceil(3) * 4 > MAX_MAIL {
        return Err(bad("The mail is too large"));
    }
    Ok(())
}

/// Characters of the subject's line, in encoded words if it isn't ASCII.
fn subject_line(subject: &str) -> usize {
    const NAME: usize = "Subject: ".len();
    if subject.is_ascii() {
        return NAME + subject.len();
    }
    let (word, text) = ENCODED_WORD;
    // A word holds no part of a character.
    NAME + subject.len().div_ceil(text - 3) * (word + 1)
}

/// Whether SES would try to deliver: `local@domain` in ASCII, also as `Name <local@domain>`.
fn is_address(text: &str) -> bool {
    let address = match text.split_once('<') {
        Some((_, rest)) => rest.strip_suffix('>').unwrap_or_default(),
        None => text,
    };
    let clean = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_graphic() && c != ',');
    let parts = address.rsplit_once('@');
    parts.is_some_and(|(local, domain)| clean(local) && clean(domain) && domain.trim_matches('.') == domain)
}

fn bad(message: impl Into<String>) -> Refusal {
    Refusal::bad_request("BadRequestException", message)
}
