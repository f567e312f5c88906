//! The schemas of request bodies. Nothing is deserialized into these types: the parsers report all faults at once, which a
//! deserializer does not. The comments are texts of the description.

#![expect(dead_code, reason = "shapes: only their fields' names, types and limits are used")]

use std::borrow::Cow;

use keyturn_domain::limits;
use keyturn_domain::mass_renewal::{NAMED_TOKENS, OLDER_THAN_DAYS, OVER_HOURS};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use crate::view::ApplicationView;
use crate::words;

/// The end of a time: a date-time or a date, both of RFC 3339.
struct End;

impl JsonSchema for End {
    fn schema_name() -> Cow<'static, str> {
        "End".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]})
    }
}

/// Auto renewal must reach somebody: a callback, a client that pulls, or a recipient of mails.
fn must_reach_somebody(schema: &mut Schema) {
    schema.insert(
        "if".to_owned(),
        serde_json::json!({"required": ["autoRenewal"], "properties": {"autoRenewal": {"type": "object"}}}),
    );
    schema.insert(
        "then".to_owned(),
        serde_json::json!({"anyOf": [
            {
                "required": ["renewalMailRecipient"],
                "properties": {"renewalMailRecipient": {"type": "string"}},
            },
            {"properties": {"autoRenewal": {
                "type": "object", "required": ["callback"], "properties": {"callback": {"type": "object"}},
            }}},
            {"properties": {"autoRenewal": {
                "type": "object", "required": ["pull"], "properties": {"pull": {"const": true}},
            }}},
        ]}),
    );
}

/// A token to be created.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields, transform = must_reach_somebody)]
pub struct TokenRequest {
    /// What people call it; need not be unique. Space around it is cut off.
    #[schemars(length(min = 1, max = limits::NAME_CHARACTERS), regex(pattern = words::NAME))]
    name: String,
    /// What people say about it.
    #[schemars(length(max = limits::DESCRIPTION_CHARACTERS), regex(pattern = words::DESCRIPTION))]
    description: Option<String>,
    /// What it may do.
    #[schemars(extend("enum" = words::RIGHTS))]
    rights: String,
    /// What it may do it with; `GET /applications` lists the names. `API_ACCESS_TOKENS` lets it manage tokens.
    #[schemars(length(min = 1, max = limits::APPLICATIONS), extend("uniqueItems" = true))]
    applications: Vec<ApplicationView<'static>>,
    /// From when on it's no longer valid, in the future; a date means the end of that day in UTC.
    #[schemars(with = "Option<End>")]
    expires_at: Option<String>,
    /// How it renews itself. It needs a callback, `pull` or a mail recipient, and must fall at least 48 hours before `expiresAt`.
    auto_renewal: Option<AutoRenewalRequest>,
    /// Who gets mails about it.
    #[schemars(extend("format" = "email"))]
    renewal_mail_recipient: Option<String>,
}

/// How a token shall renew itself.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
struct AutoRenewalRequest {
    /// Days from creation to renewal.
    #[schemars(range(min = *limits::EVERY_DAYS.start(), max = *limits::EVERY_DAYS.end()))]
    every_days: i32,
    /// Where request tokens shall be sent.
    callback: Option<CallbackRequest>,
    /// Whether the token shall fetch its successor itself, by `POST /apiAccessTokens/self/renew`: for clients that cannot be
    /// called. May be combined with a callback.
    pull: Option<bool>,
}

/// Where request tokens shall be sent.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct CallbackRequest {
    /// An `https` address with a public host, without user name, password and fragment.
    #[schemars(length(max = limits::URL_CHARACTERS), extend("format" = "uri"))]
    url: String,
}

/// A JSON merge patch (RFC 7386): `null` removes what is there.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
pub struct TokenPatchRequest {
    /// What people say about it.
    #[schemars(length(max = limits::DESCRIPTION_CHARACTERS), regex(pattern = words::DESCRIPTION))]
    description: Option<String>,
    /// How it shall renew itself; `null` switches auto renewal off.
    auto_renewal: Option<AutoRenewalPatchRequest>,
    /// Who gets mails about it.
    #[schemars(extend("format" = "email"))]
    renewal_mail_recipient: Option<String>,
    /// The id of the person who shall answer for it: one who has signed in.
    #[schemars(extend("format" = "uuid"))]
    owner: Option<String>,
}

/// What shall change about a token's auto renewal.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
struct AutoRenewalPatchRequest {
    /// Days from creation to renewal. The next renewal moves with it.
    #[schemars(range(min = *limits::EVERY_DAYS.start(), max = *limits::EVERY_DAYS.end()))]
    every_days: Option<i32>,
    /// Where request tokens shall be sent; `null` removes the callback.
    callback: Option<CallbackPatchRequest>,
    /// Whether the token shall fetch its successor itself.
    pull: Option<bool>,
}

/// What shall change about a callback.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct CallbackPatchRequest {
    /// An `https` address with a public host, without user name, password and fragment.
    #[schemars(length(max = limits::URL_CHARACTERS), extend("format" = "uri"))]
    url: Option<String>,
}

/// A renewal by hand.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
pub struct RenewalRequest {
    /// When the token that is renewed shall end: now or later, not after its current expiry. A date means the end of that
    /// day in UTC.
    #[schemars(with = "End")]
    existing_token_expires_at: String,
    /// The successor's name. Space around it is cut off.
    #[schemars(length(min = 1, max = limits::NAME_CHARACTERS), regex(pattern = words::NAME))]
    name: String,
    /// The successor's description; the predecessor's if left out.
    #[schemars(length(max = limits::DESCRIPTION_CHARACTERS), regex(pattern = words::DESCRIPTION))]
    description: Option<String>,
}

/// Many renewals at a pace.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
pub struct MassRenewalRequest {
    /// Which tokens. What is given must all hold; `ids` and `all` stand alone.
    filter: MassRenewalFilter,
    /// Over how many hours the starts are spread; 1 by default.
    #[schemars(range(min = *OVER_HOURS.start(), max = *OVER_HOURS.end()))]
    over_hours: Option<i32>,
    /// Only says how many tokens are selected and how many of them don't renew themselves.
    dry_run: Option<bool>,
}

/// Which tokens are renewed.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields, transform = must_select)]
struct MassRenewalFilter {
    /// Every token.
    all: Option<bool>,
    /// Tokens for this application.
    #[schemars(regex(pattern = words::APPLICATION))]
    application: Option<String>,
    /// Tokens with this in the name, in any case.
    #[schemars(length(min = 1, max = limits::NAME_CHARACTERS))]
    search: Option<String>,
    /// Tokens that were created so many days ago, or earlier.
    #[schemars(range(min = *OLDER_THAN_DAYS.start(), max = *OLDER_THAN_DAYS.end()))]
    older_than_days: Option<i32>,
    /// These tokens. Those of another company, or that don't exist, are left out.
    #[schemars(length(min = 1, max = NAMED_TOKENS), extend("items" = {"type": "string", "format": "uuid"}))]
    ids: Option<Vec<String>>,
}

/// `all`, `ids`, or at least one of the others. Written as conditions, which generators of clients leave out.
fn must_select(schema: &mut Schema) {
    let nothing_beside = |own: &str| {
        let others =
            ["all", "application", "search", "olderThanDays", "ids"].into_iter().filter(|name| *name != own);
        let none: serde_json::Map<_, _> = others
            .map(|name| {
                let absent =
                    if name == "all" { json!({"enum": [false, null]}) } else { json!({"type": "null"}) };
                (name.to_owned(), absent)
            })
            .collect();
        json!({ "properties": none })
    };
    let has = |name: &str, value: Value| json!({"required": [name], "properties": {name: value}});
    let (all, ids) = (has("all", json!({"const": true})), has("ids", json!({"type": "array"})));
    let any = json!({"anyOf": [
        has("application", json!({"type": "string"})),
        has("search", json!({"type": "string"})),
        has("olderThanDays", json!({"type": "integer"})),
    ]});
    let by_ids = json!({"if": ids, "then": nothing_beside("ids"), "else": any});
    schema.insert("if".to_owned(), all);
    schema.insert("then".to_owned(), nothing_beside("all"));
    schema.insert("else".to_owned(), by_ids);
}

/// A redemption.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
pub struct RedemptionRequest {
    /// The request token that the callback carried.
    #[schemars(length(min = 1))]
    request_token: String,
}

/// A renewal to be started. The body may be left out.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
pub struct StartRequest {
    /// Whether the token's string may have leaked: it never pulls again then.
    suspected_leak: Option<bool>,
}

/// A rotation. The body may be left out.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
pub struct RotationRequest {
    /// Whether the replaced secrets stop signing at once, because somebody else may know them.
    revoke_previous: Option<bool>,
}

/// A report of leaked strings.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ReportRequest {
    /// The strings.
    #[schemars(length(min = 1, max = 100))]
    leaks: Vec<LeakedStringRequest>,
}

/// A leaked string. Fields that nobody knows are ignored.
#[derive(JsonSchema)]
struct LeakedStringRequest {
    /// The string: a token string or a request token. Anything else is ignored.
    token: String,
    /// Where it was found. Shown to people only if the report is signed.
    url: Option<String>,
}

/// A report in the form of GitLab.
#[derive(JsonSchema)]
#[schemars(transparent)]
pub struct PartnerReportRequest(Vec<PartnerStringRequest>);

/// A string that GitLab found.
#[derive(JsonSchema)]
struct PartnerStringRequest {
    /// The string.
    token: String,
    /// What GitLab takes it for. Prefix and checksum decide.
    r#type: Option<String>,
    /// Where it was found.
    location: Option<String>,
}

/// A question about a token string (RFC 7662, section 2.1). Parameters that nobody knows are ignored.
#[derive(JsonSchema)]
pub struct IntrospectionRequest {
    /// The token string.
    #[schemars(length(min = 1))]
    token: String,
    /// Ignored, as the RFC allows.
    token_type_hint: Option<String>,
}
