//! The callbacks that Keyturn sends, by Standard Webhooks.

use keyturn_application::callback_message::{CallbackBody, RENEWAL_REQUESTED, TEST};
use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

use crate::examples;

pub(crate) fn all(schemas: &mut SchemaGenerator) -> Value {
    let schema = schemas.subschema_for::<CallbackBody>();
    let kinds = [
        (RENEWAL_REQUESTED, "receiveRenewalRequest", "A token is due: redeem the request token"),
        (TEST, "receiveTest", "A rehearsal: the request token redeems to the token's own string"),
    ];
    let webhook = |(kind, id, summary): (&str, &str, &str)| {
        let operation = json!({
            "operationId": id,
            "tags": ["Callbacks"],
            "summary": summary,
            "description": "A receiver checks the signature, keeps the request token and answers within 10 seconds. \
                            Deliveries may come more than once; `webhook-id` is the same for each of one request token.",
            "security": [],
            "parameters": headers(),
            "requestBody": {
                "required": true,
                "content": {"application/json": {"schema": schema, "example": example(kind)}},
            },
            "responses": {
                "2XX": {"description": "Taken."},
                "410": {"description": "Not to be sent again; the next request token is."},
                "default": {"description": "Not taken: it is sent again while the request token can be redeemed."},
            },
        });
        (kind.to_owned(), json!({"post": operation}))
    };
    Value::Object(kinds.into_iter().map(webhook).collect::<Map<_, _>>())
}

fn headers() -> Value {
    let header = |name: &str, description: &str| {
        json!({
            "name": name, "in": "header", "required": true, "description": description, "schema": {"type": "string"},
        })
    };
    json!([
        header("webhook-id", "The same for every delivery of one request token."),
        header("webhook-timestamp", "When it was sent, in seconds since 1970."),
        header(
            "webhook-signature",
            "`v1,` and the HMAC-SHA256 of id, timestamp and body, joined by dots, in base64; several during the \
             rotation of the signing secret, separated by spaces."
        ),
    ])
}

fn example(kind: &str) -> Value {
    let time = keyturn_http::view::time;
    json!({
        "type": kind,
        "timestamp": time(examples::now()),
        "data": {
            "tokenId": examples::ID.to_string(),
            "name": "partner",
            "requestToken": examples::string("krt_"),
            "redeemUrl": "https://keyturn.example/apiAccessTokens/requestRenewedToken",
            "redeemBy": time(crate::refusals::window_end()),
            "attempt": 1,
            "reason": "renewalDue",
        },
    })
}
