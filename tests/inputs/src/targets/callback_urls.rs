//! Callback URLs: schemes, hosts and addresses in every notation, credentials, ports, fragments.

use serde_json::json;

use crate::{choices::Choices, request::Request, strings, values, world::World};

pub(crate) fn run(world: &World, choices: &mut Choices<'_>) {
    let body = json!({"autoRenewal": {"callback": {"url": url(choices)}}});
    let request =
        Request::new("PATCH", "/apiAccessTokens/{id}").parameter(&world.fixtures.token("called").id);
    let request = request.bearer(&world.fixtures.manager).body(body.to_string());
    world.send_field(&request, "autoRenewal.callback.url");
}

fn url(choices: &mut Choices<'_>) -> String {
    let mut part = |name: &str| match choices.below(16) {
        15 => strings::any(choices),
        _ => choices.mostly_first(&values::strings(&format!("/url/{name}"))).to_owned(),
    };
    let (scheme, host, port, path) = (part("schemes"), part("hosts"), part("ports"), part("paths"));
    let credentials = part("credentials");
    let credentials = if choices.once_in(8) { credentials } else { String::new() };
    format!("{scheme}{credentials}{host}{port}{path}")
}
