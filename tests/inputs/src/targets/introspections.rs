//! Forms of `POST /introspect`, and forms that are none.

use std::collections::BTreeSet;

use serde_json::json;
use url::form_urlencoded::byte_serialize;

use crate::choices::Choices;
use crate::headers::printable;
use crate::request::Request;
use crate::texts;
use crate::world::World;

const FORM: &str = "application/x-www-form-urlencoded";

/// A token is active if it's right, good and of the caller's company; of everything else nothing is told but that it's not.
pub fn introspections(data: &[u8]) {
    let world = World::of_thread();
    let mut choices = Choices::new(data);
    let strings = world.known.strings();
    let right = choices.one(&strings);
    let token = match choices.below(4) {
        0 | 1 => right.to_owned(),
        2 => texts::damaged(&mut choices, right),
        _ => texts::any(&mut choices),
    };
    let encoded: String = byte_serialize(token.as_bytes()).collect();
    let (body, is_one) = match choices.below(8) {
        0..4 => (format!("token={encoded}"), !token.is_empty()),
        4 => (format!("token_type_hint=refresh_token&token={encoded}&token=&x"), !token.is_empty()),
        5 => (format!("token={encoded}&token={encoded}"), false),
        6 => ("token=%FF".to_owned(), false),
        _ => ("token=".to_owned(), false),
    };
    let (content_type, is_form) = match choices.below(8) {
        0..5 => (FORM.to_owned(), true),
        5 => (format!("{} ; charset=UTF-8", FORM.to_uppercase()), true),
        6 => ("application/json".to_owned(), false),
        _ => (printable(&texts::any(&mut choices)), false),
    };
    let mut request = Request::new("POST", "/introspect").by(&world.known.reader).saying(body);
    request = request.with("content-type", &content_type);
    request.base64 = choices.once_in(2);
    let is_one = is_one && !token.contains('\u{fffd}');
    let fault = match (is_form, is_one) {
        (false, _) => Some("body"),
        (true, false) => Some("token"),
        (true, true) => None,
    };
    let answer =
        world.ask_with_faults(&request, &fault.map(str::to_owned).into_iter().collect::<BTreeSet<_>>());
    if fault.is_none() {
        let known = &world.known;
        let is_good = strings.contains(&token.as_str())
            && token != known.stranger
            && !known.ended.iter().any(|ended| ended.string == token);
        assert_eq!(answer.json()["active"], is_good);
        assert!(is_good || answer.json() == json!({"active": false}), "{}", answer.text);
        world.assert_no_secret("an introspection", &answer.text);
    }
}
