//! Token strings in either header: of active and ended tokens, mutated and invented.

use crate::{choices::Choices, request::Request, strings, world::World};

pub(crate) fn run(world: &World, choices: &mut Choices<'_>) {
    let known = world.fixtures.token_strings();
    let string = match choices.below(6) {
        0 | 1 => choices.one(&known).to_owned(),
        2 => {
            let string = choices.one(&known);
            strings::mutate(choices, string)
        }
        3 => strings::well_formed(choices),
        4 => strings::any(choices),
        _ => choices.one(&world.fixtures.request_tokens()).to_owned(),
    };
    let string = string.replace(|c: char| c.is_ascii_control(), "");
    let request = authenticate(choices, Request::new("GET", "/apiAccessTokens/self"), &string);
    let response = world.send(&request);
    assert!(!response.is_success() || known.contains(&string.trim()), "an unknown string is accepted");
}

/// Adds the string in one of the ways in which clients send it.
fn authenticate(choices: &mut Choices<'_>, request: Request, string: &str) -> Request {
    match choices.below(12) {
        0..4 => request.bearer(string),
        4 => request.header("x-plenigo-token", string),
        5 => request.header("X-Plenigo-Token", &format!("  {string} ")),
        6 => request.header("Authorization", &format!("  bEARER   {string}  ")),
        7 => request.header("authorization", "Bearer ").header("x-plenigo-token", string),
        8 => request.header("authorization", string),
        9 => request.header("authorization", &format!("Basic {string}")),
        10 => request.header("authorization", &format!("Bearer {string},Bearer {string}")),
        _ => request.bearer("kat_").header("x-plenigo-token", string),
    }
}
