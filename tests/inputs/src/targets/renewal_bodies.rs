//! Bodies of `POST /apiAccessTokens/{id}/renew`.

use chrono::TimeDelta;

use crate::body::{Body, Field};
use crate::choices::Choices;
use crate::request::Request;
use crate::world::World;

use super::request_bodies::idempotency_key;

pub(crate) fn run(data: &[u8]) {
    let world = World::get();
    let mut choices = Choices::new(data);
    let token = world.fixtures.token(choices.one(&["plain", "mailed", "pending"]));
    let after = |seconds: i64| world.stack.now() + TimeDelta::seconds(seconds);
    // A minute of tolerance for the caller's clock.
    let valid = [after(0), after(86_400), after(-60)];
    let mut body = Body::default();
    body.add(&mut choices, &Field::new("existingTokenExpiresAt").with_times(&valid, &[after(-61)]));
    body.add(&mut choices, &Field::new("name"));
    body.add(&mut choices, &Field::new("description"));
    body.add_unknown(&mut choices);
    let request = Request::new("POST", "/apiAccessTokens/{id}/renew").parameter(&token.id);
    let request = idempotency_key(request.bearer(&world.fixtures.manager), &mut choices);
    let mut request = request.body(body.bytes(&mut choices));
    request.base64 = choices.once_in(4);
    world.send_invalid(&request, &body.invalid);
}
