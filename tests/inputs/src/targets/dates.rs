//! Dates and date-times, valid and almost valid, as the expiry of a new token.

use serde_json::json;

use crate::{choices::Choices, request::Request, strings, values, world::World};

pub(crate) fn run(world: &World, choices: &mut Choices<'_>) {
    let date = date(choices);
    let body = json!({"name": "n", "rights": "READ", "applications": ["ORDERS"], "expiresAt": date});
    let request = Request::new("POST", "/apiAccessTokens").bearer(&world.fixtures.manager);
    world.send_field(&request.body(body.to_string()), "expiresAt");
}

fn date(choices: &mut Choices<'_>) -> String {
    let mut part = |name: &str| choices.mostly_first(&values::strings(&format!("/date/{name}")));
    let (year, month, day) = (part("years"), part("months"), part("days"));
    let (separator, time, fraction, zone) =
        (part("separators"), part("times"), part("fractions"), part("zones"));
    let dash = if choices.once_in(12) { choices.one(&values::strings("/date/dashes")) } else { "-" };
    let date = format!("{year}{dash}{month}{dash}{day}");
    let text = match choices.below(8) {
        0..3 => date,
        3..7 => format!("{date}{separator}{time}{fraction}{zone}"),
        _ => strings::any(choices),
    };
    if choices.once_in(8) { strings::mutate(choices, &text) } else { text }
}
