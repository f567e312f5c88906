//! Bodies of `POST /apiAccessTokens`, and bytes that are not JSON.

use chrono::TimeDelta;
use serde_json::json;

use crate::{
    body::{Body, Field},
    choices::Choices,
    request::Request,
    strings, values,
    world::World,
};

/// The largest body that is read.
const MAX_BYTES: usize = 64 * 1_024;

pub(crate) fn run(world: &World, choices: &mut Choices<'_>) {
    let request = Request::new("POST", "/apiAccessTokens").bearer(&world.fixtures.manager);
    let mut request = idempotency_key(request, choices);
    request.base64 = choices.once_in(4);
    if choices.once_in(6) {
        world.send(&request.body(not_json(choices)));
        return;
    }
    let mut body = Body::default();
    let after = |seconds: i64| world.stack.now() + TimeDelta::seconds(seconds);
    let too_many = [json!(vec!["ORDERS"; 51]), json!(vec!["x"; 5_000])];
    body.add(choices, &Field::new("name"));
    body.add(choices, &Field::new("rights"));
    body.add(choices, &Field::new("applications").with_invalid(too_many));
    body.add(choices, &Field::new("description"));
    body.add(choices, &Field::new("expiresAt").with_times(&[after(1)], &[after(0), after(-1)]));
    body.add(choices, &Field::new("renewalMailRecipient"));
    body.add_object(choices, "autoRenewal", auto_renewal);
    body.add_unknown(choices);
    world.send_invalid(&request.body(body.bytes(choices)), &body.invalid);
}

pub(super) fn auto_renewal(choices: &mut Choices<'_>, body: &mut Body) {
    body.add(choices, &Field::new("everyDays"));
    body.add_object(choices, "callback", |choices, callback| {
        let too_long = json!(format!("https://example.com/{}", "x".repeat(1_000)));
        callback.add(choices, &Field::new("url").with_invalid([too_long]));
        callback.add_unknown(choices);
    });
    body.add_unknown(choices);
}

/// Adds an idempotency key, valid or not, or none.
pub(super) fn idempotency_key(request: Request, choices: &mut Choices<'_>) -> Request {
    let value = match choices.below(16) {
        0..10 => return request,
        10 => "a".to_owned(),
        11 => "~".repeat(255),
        12 => String::new(),
        13 => "a".repeat(256),
        14 => "schlüssel".to_owned(),
        _ => choices.string(300),
    };
    request.header("idempotency-key", &value)
}

fn not_json(choices: &mut Choices<'_>) -> Vec<u8> {
    let start = choices.one(&values::strings("/notJson"));
    let too_long = choices.once_in(8);
    let mut bytes = [start.as_bytes(), strings::any(choices).as_bytes(), &choices.bytes(200)].concat();
    if too_long {
        bytes.resize(MAX_BYTES + 1, b' ');
    }
    bytes
}
