//! Cursors of lists: existing ids, their neighbours, other ids, and strings that are not ids.

use uuid::Uuid;

use crate::{choices::Choices, request::Request, strings, world::World};

pub(crate) fn run(world: &World, choices: &mut Choices<'_>) {
    let path = choices.one(&["/apiAccessTokens", "/callbacks/logs", "/apiAccessTokens/{id}/activities"]);
    let (sort, size) = (choices.one(&["ASC", "DESC"]), 1 + choices.below(100));
    let parameter = choices.one(&["startingAfter", "endingBefore"]);
    let cursor = cursor(choices);
    let encoded: String = url::form_urlencoded::byte_serialize(cursor.as_bytes()).collect();
    let request = Request::new("GET", path).parameter(&world.fixtures.token("redeemed").id);
    let request = request.query(&format!("{parameter}={encoded}&sort={sort}&size={size}"));
    world.send_field(&request.bearer(&world.fixtures.reader), parameter);
}

fn cursor(choices: &mut Choices<'_>) -> String {
    let id = &choices.one(&World::get().fixtures.tokens()).id;
    let number = Uuid::try_parse(id).expect("an id").as_u128();
    match choices.below(8) {
        0 | 1 => id.clone(),
        2 => Uuid::from_u128(number.wrapping_add(1)).to_string(),
        3 => Uuid::from_u128(number.wrapping_sub(1)).to_string(),
        4 => choices.one(&[Uuid::nil(), Uuid::max()]).to_string(),
        5 => Uuid::from_bytes(choices.array()).to_string(),
        6 => strings::mutate(choices, id),
        _ => strings::any(choices),
    }
}
