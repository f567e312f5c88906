//! Request tokens, valid, expired and invented, by GET and by POST, from every caller.

use serde_json::json;
use url::form_urlencoded::byte_serialize;

use crate::{
    body::{Body, Field},
    choices::Choices,
    request::Request,
    strings,
    world::World,
};

const PATH: &str = "/apiAccessTokens/requestRenewedToken";
const FIELD: &str = "requestToken";

pub(crate) fn run(world: &World, choices: &mut Choices<'_>) {
    let known = world.fixtures.request_tokens();
    let caller = choices.one(&world.fixtures.token_strings());
    if choices.once_in(8) {
        let mut body = Body::default();
        body.add(choices, &Field::string(FIELD, known[0]));
        body.add_unknown(choices);
        let request = Request::new("POST", PATH).bearer(&world.fixtures.manager);
        world.send_invalid(&request.body(body.bytes(choices)), &body.invalid);
        return;
    }
    let request_token = match choices.below(5) {
        0 | 1 => choices.one(&known).to_owned(),
        2 => strings::mutate(choices, known[0]),
        3 => strings::well_formed(choices),
        _ => strings::any(choices),
    };
    let request = if choices.once_in(2) {
        let encoded: String = byte_serialize(request_token.as_bytes()).collect();
        Request::new("GET", PATH).query(&format!("{FIELD}={encoded}"))
    } else {
        Request::new("POST", PATH).body(json!({ FIELD: request_token }).to_string())
    };
    let response = world.send(&request.bearer(caller));
    assert!(!response.is_success() || known.contains(&request_token.as_str()), "an unknown one is redeemed");
}
