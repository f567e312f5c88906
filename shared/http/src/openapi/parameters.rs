//! Query parameters and headers.

use serde_json::{Value, json};

use crate::idempotency::KEY_CHARACTERS;
use crate::query::{SEARCH_CHARACTERS, SIZE};
use crate::words;

/// A parameter of a request.
#[derive(Clone)]
pub struct Parameter {
    /// As it is sent.
    pub name: &'static str,
    /// `query` or `header`.
    pub place: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// What it may be.
    pub schema: Value,
    /// Whether it must be sent.
    pub required: bool,
}

const fn query(name: &'static str, description: &'static str, schema: Value) -> Parameter {
    Parameter { name, place: "query", description, schema, required: false }
}

const fn header(name: &'static str, description: &'static str, schema: Value) -> Parameter {
    Parameter { name, place: "header", description, schema, required: false }
}

/// The paging of a list.
#[must_use]
pub fn paging() -> Vec<Parameter> {
    let (default, largest) = SIZE;
    let item = json!({"type": "string", "format": "uuid"});
    vec![
        query(
            "size",
            "Items on a page.",
            json!({"type": "integer", "minimum": 1, "maximum": largest, "default": default}),
        ),
        query(
            "sort",
            "By creation, the newest first unless asked otherwise.",
            json!({"type": "string", "enum": ["DESC", "ASC"], "default": "DESC"}),
        ),
        query("startingAfter", "The id of the item that the page shall begin after.", item.clone()),
        query(
            "endingBefore",
            "The id of the item that the page shall end before. Not together with `startingAfter`.",
            item,
        ),
    ]
}

/// The search in names.
#[must_use]
pub fn search() -> Parameter {
    let schema = json!({"type": "string", "maxLength": SEARCH_CHARACTERS});
    query("search", "A text that the name contains, in any case.", schema)
}

/// The filters by what a summary of a token says.
#[must_use]
pub fn summary_filters() -> [Parameter; 5] {
    [
        query(
            "attention",
            "Only tokens that need attention for this reason, as the overview counts them.",
            json!({"type": "string", "enum": words::ATTENTION}),
        ),
        query(
            "renewsOn",
            "Only tokens whose renewal falls due on this day in UTC, within the next 30 days.",
            json!({"type": "string", "format": "date"}),
        ),
        query(
            "outstandingOf",
            "Only tokens whose renewal this mass renewal has started, and that have not been renewed.",
            json!({"type": "string", "format": "uuid"}),
        ),
        query("owner", "Only tokens of this person.", json!({"type": "string", "format": "uuid"})),
        query(
            "ownerCannotSignIn",
            "Only tokens whose owner can't sign in any more: refused for lack of a role, or barred.",
            json!({"type": "boolean", "default": false}),
        ),
    ]
}

/// Where an overview goes on.
#[must_use]
pub fn starting_after() -> Parameter {
    let description = "The `continueAfter` of the overview of what comes before.";
    query("startingAfter", description, json!({"type": "string", "format": "uuid"}))
}

/// The filter by status.
#[must_use]
pub fn token_status() -> Parameter {
    query("status", "Only tokens that are this.", json!({"type": "string", "enum": words::STATUSES}))
}

/// The idempotency key.
#[must_use]
pub fn idempotency_key() -> Parameter {
    let schema = json!({
        "type": "string",
        "minLength": KEY_CHARACTERS.start(),
        "maxLength": KEY_CHARACTERS.end(),
        "pattern": "^[!-~]([ -~]*[!-~])?$",
    });
    let description = "The same key and body within 24 hours give the same answer; another body is refused. Where token \
        strings can't be copied, the answer is given for 2 hours and its repetition refused with 409 after them.";
    header("Idempotency-Key", description, schema)
}

/// The versions that may be changed.
#[must_use]
pub fn if_match() -> Parameter {
    let schema = json!({"type": "string", "pattern": r#"^(\*|(W/)?"[!#-~]*"(, (W/)?"[!#-~]*")*)$"#});
    let description = "The `ETag` of the version to be changed, a list of them, or `*`.";
    header("If-Match", description, schema)
}

/// The version that the client has.
#[must_use]
pub fn if_none_match() -> Parameter {
    let description = "The `ETag` of the text that is known already; if it's still that, 304.";
    header("If-None-Match", description, json!({"type": "string"}))
}

/// The filter by application.
#[must_use]
pub fn application() -> Parameter {
    let schema = json!({"type": "string", "pattern": words::APPLICATION});
    query("application", "Only tokens that are for this application.", schema)
}

/// The filters of the callback log.
#[must_use]
pub fn log_filters() -> [Parameter; 4] {
    let end =
        json!({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]});
    [
        query("tokenId", "Only deliveries about this token.", json!({"type": "string", "format": "uuid"})),
        query("errorOnly", "Only deliveries that failed.", json!({"type": "boolean", "default": false})),
        query("startTime", "Not before this moment; a date means its first second in UTC.", end.clone()),
        query("endTime", "Not after this moment; a date means its last second in UTC.", end),
    ]
}

/// The filter of people, and where their list goes on.
#[must_use]
pub fn people() -> [Parameter; 2] {
    let days = json!({"type": "integer", "minimum": 0, "maximum": 36_500});
    let id = json!({"type": "string", "format": "uuid"});
    [
        query("notSignedInForDays", "Only people who have not signed in for so many days.", days),
        query("startingAfter", "Only people after the one with this id, as `continueAfter` says.", id),
    ]
}

/// The request token to redeem.
#[must_use]
pub fn request_token() -> Parameter {
    let schema = json!({"type": "string", "minLength": 1});
    let parameter = query("requestToken", "The request token that the callback carried.", schema);
    Parameter { required: true, ..parameter }
}
