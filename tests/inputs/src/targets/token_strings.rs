//! Token strings in either header: right ones of tokens that are good or have ended, and everything that only looks like one.

use crate::choices::Choices;
use crate::headers::printable;
use crate::request::Request;
use crate::texts;
use crate::world::World;

/// One and the same 401 for everything that opens nothing, and more only for who holds a right string.
pub fn token_strings(data: &[u8]) {
    let world = World::of_thread();
    let mut choices = Choices::new(data);
    let strings = world.known.strings();
    let right = choices.one(&strings);
    let string = match choices.below(6) {
        0 => right.to_owned(),
        1 | 2 => printable(&texts::damaged(&mut choices, right)),
        3 => texts::well_formed(&mut choices),
        4 => printable(&texts::any(&mut choices)),
        _ => choices.one(&world.known.keys()).to_owned(),
    };
    let (request, is_found) = sent(&mut choices, Request::new("GET", "/apiAccessTokens/self"), &string);
    let answer = world.ask(&request);
    let is_right = is_found && strings.contains(&string.trim());
    let has_ended = world.known.ended.iter().any(|token| token.string == string.trim());
    if is_right && !has_ended {
        assert_eq!(answer.status, 200);
    } else if is_right {
        assert_eq!(answer.status, 401);
        let why = answer.header("www-authenticate").unwrap_or_default();
        assert!(why.starts_with("Bearer error=\"invalid_token\", error_description=\""), "{why}");
    } else {
        let nobody = world.ask(&Request::new("GET", "/apiAccessTokens/self"));
        assert_eq!((answer.status, nobody.text, nobody.headers), (401, answer.text, answer.headers));
    }
}

/// The string as clients and people send it, and whether that is a way to send one.
fn sent(choices: &mut Choices<'_>, request: Request, string: &str) -> (Request, bool) {
    match choices.below(12) {
        0..4 => (request.by(string), true),
        4 => (request.with("x-plenigo-token", string), true),
        5 => (request.with("X-Plenigo-Token", &format!("  {string} ")), true),
        6 => (request.with("Authorization", &format!("  bEARER   {string}  ")), true),
        7 => (request.with("authorization", "Bearer ").with("x-plenigo-token", string), true),
        8 => (request.with("authorization", string), false),
        9 => (request.with("authorization", &format!("Basic {string}")), false),
        10 => (request.with("authorization", &format!("Bearer {string},Bearer {string}")), false),
        _ => (request.by("kat_").with("x-plenigo-token", string), false),
    }
}
