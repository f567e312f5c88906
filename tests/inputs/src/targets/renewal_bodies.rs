//! Bodies of `POST /apiAccessTokens/{id}/renew`.

use chrono::TimeDelta;

use super::request_bodies::idempotency_key;
use crate::{
    body::{Body, Field},
    choices::Choices,
    request::Request,
    world::World,
};

pub(crate) fn run(world: &World, choices: &mut Choices<'_>) {
    let token = world.fixtures.token(choices.one(&["plain", "mailed", "pending"]));
    let after = |seconds: i64| world.stack.now() + TimeDelta::seconds(seconds);
    // A minute of tolerance for the caller's clock.
    let valid = [after(0), after(86_400), after(-60)];
    let mut body = Body::default();
    body.add(choices, &Field::new("existingTokenExpiresAt").with_times(&valid, &[after(-61)]));
    body.add(choices, &Field::new("name"));
    body.add(choices, &Field::new("description"));
    body.add_unknown(choices);
    let request = Request::new("POST", "/apiAccessTokens/{id}/renew").parameter(&token.id);
    let request = idempotency_key(request.bearer(&world.fixtures.manager), choices);
    let mut request = request.body(body.bytes(choices));
    request.base64 = choices.once_in(4);
    world.send_invalid(&request, &body.invalid);
}
