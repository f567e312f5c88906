//! Mail addresses, and strings that try to name more than one recipient.

use serde_json::json;

use crate::{choices::Choices, request::Request, strings, values, world::World};

pub(crate) fn run(world: &World, choices: &mut Choices<'_>) {
    let body = json!({"renewalMailRecipient": address(choices)});
    let request = Request::new("PATCH", "/apiAccessTokens/{id}").parameter(&world.fixtures.token("plain").id);
    let request = request.bearer(&world.fixtures.manager).body(body.to_string());
    world.send_field(&request, "renewalMailRecipient");
}

fn address(choices: &mut Choices<'_>) -> String {
    let mut part = |name: &str| match choices.below(6) {
        5 => strings::any(choices),
        _ => choices.mostly_first(&values::strings(&format!("/mail/{name}"))).to_owned(),
    };
    format!("{}{}{}", part("locals"), part("separators"), part("domains"))
}
