//! Forms of `POST /introspect`, and bodies that are not forms.

use url::form_urlencoded::byte_serialize;

use crate::{choices::Choices, request::Request, strings, world::World};

const FORM: &str = "application/x-www-form-urlencoded";

pub(crate) fn run(world: &World, choices: &mut Choices<'_>) {
    let known = choices.one(&world.fixtures.token_strings());
    let token = match choices.below(4) {
        0 | 1 => known.to_owned(),
        2 => strings::mutate(choices, known),
        _ => strings::any(choices),
    };
    let encoded: String = byte_serialize(token.as_bytes()).collect();
    let body = match choices.below(8) {
        0..4 => format!("token={encoded}"),
        4 => format!("token_type_hint=refresh_token&token={encoded}&token=&x"),
        5 => format!("token={encoded}&token={encoded}"),
        6 => "token=%FF".to_owned(),
        _ => "token=".to_owned(),
    };
    let content_type = match choices.below(8) {
        0..5 => FORM.to_owned(),
        5 => format!("{} ; charset=UTF-8", FORM.to_uppercase()),
        6 => "application/json".to_owned(),
        _ => strings::any(choices),
    };
    let mut request = Request::new("POST", "/introspect").bearer(&world.fixtures.reader).body(body);
    request.base64 = choices.once_in(2);
    world.send(&request.header("content-type", &content_type));
}
