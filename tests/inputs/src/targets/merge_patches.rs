//! Merge patches: bodies of `PATCH /apiAccessTokens/{id}` for tokens without renewal, with mails and with callbacks.

use super::request_bodies::auto_renewal;
use crate::{
    body::{Body, Field},
    choices::Choices,
    request::Request,
    values,
    world::World,
};

pub(crate) fn run(world: &World, choices: &mut Choices<'_>) {
    let token = world.fixtures.token(choices.one(&["plain", "mailed", "called"]));
    let mut body = Body::default();
    body.add(choices, &Field::new("description"));
    body.add(choices, &Field::new("renewalMailRecipient"));
    body.add_object(choices, "autoRenewal", auto_renewal);
    body.add_unknown(choices);
    let request = Request::new("PATCH", "/apiAccessTokens/{id}").parameter(&token.id);
    let mut request = request.bearer(&world.fixtures.manager).body(body.bytes(choices));
    request.base64 = choices.once_in(4);
    match if_match(choices) {
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
