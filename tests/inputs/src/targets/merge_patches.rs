//! Merge patches: bodies of `PATCH /apiAccessTokens/{id}` for tokens without renewal, with mails and with callbacks.

use crate::body::{Body, Field};
use crate::choices::Choices;
use crate::request::Request;
use crate::values;
use crate::world::World;

use super::request_bodies::auto_renewal;

pub(crate) fn run(data: &[u8]) {
    let world = World::get();
    let mut choices = Choices::new(data);
    let token = world.fixtures.token(choices.one(&["plain", "mailed", "called"]));
    let mut body = Body::default();
    body.add(&mut choices, &Field::new("description"));
    body.add(&mut choices, &Field::new("renewalMailRecipient"));
    body.add_object(&mut choices, "autoRenewal", auto_renewal);
    body.add_unknown(&mut choices);
    let request = Request::new("PATCH", "/apiAccessTokens/{id}").parameter(&token.id);
    let mut request = request.bearer(&world.fixtures.manager).body(body.bytes(&mut choices));
    request.base64 = choices.once_in(4);
    match if_match(&mut choices) {
        None => world.send_invalid(&request, &body.invalid),
        // A 412 may come before the body is checked.
        Some(value) => {
            world.send(&request.header("if-match", &value));
        }
    }
}

fn if_match(choices: &mut Choices<'_>) -> Option<String> {
    match choices.below(4) {
        0..2 => None,
        2 => Some(choices.one(&values::strings("/ifMatch")).to_owned()),
        _ => Some(choices.string(40)),
    }
}
