//! Cursors: pages that begin after or end before anything that has the form of an id, and things that haven't.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::choices::Choices;
use crate::request::Request;
use crate::texts;
use crate::world::World;

/// Whatever id a page starts at, it is a piece of the whole list: in order, without holes, on the right side of the id.
pub fn cursors(data: &[u8]) {
    let world = World::of_thread();
    let mut choices = Choices::new(data);
    let path = choices.one(&["/apiAccessTokens", "/callbacks/logs", "/apiAccessTokens/{id}/activities"]);
    let request = || Request::new("GET", path).about(&world.known.redeemed.id).by(&world.known.reader);
    let sort = choices.one(&["ASC", "DESC"]);
    let all = ids(world, &request().asking(&format!("sort={sort}&size=100")));
    let (parameter, size) = (choices.one(&["startingAfter", "endingBefore"]), 1 + choices.below(100));
    let cursor = cursor(&mut choices, &all);
    let encoded: String = url::form_urlencoded::byte_serialize(cursor.as_bytes()).collect();
    let request = request().asking(&format!("{parameter}={encoded}&sort={sort}&size={size}"));
    let Some(cursor) = Uuid::try_parse(&cursor).ok().filter(|id| id.to_string() == cursor) else {
        world.ask_with_faults(&request, &BTreeSet::from([parameter.to_owned()]));
        return;
    };
    let after = (sort == "ASC") == (parameter == "startingAfter");
    let mut expected: Vec<_> =
        all.into_iter().filter(|id| if after { *id > cursor } else { *id < cursor }).collect();
    if parameter == "startingAfter" {
        expected.truncate(size);
    } else {
        expected.drain(..expected.len().saturating_sub(size));
    }
    assert_eq!(ids(world, &request), expected);
}

fn ids(world: &World, request: &Request) -> Vec<Uuid> {
    let answer = world.ask_with_faults(request, &BTreeSet::new()).json();
    let items = answer["items"].as_array().expect("items");
    items.iter().map(|item| item["id"].as_str().and_then(|id| id.parse().ok()).expect("an id")).collect()
}

fn cursor(choices: &mut Choices<'_>, all: &[Uuid]) -> String {
    let known = if all.is_empty() { Uuid::nil() } else { all[choices.below(all.len())] };
    match choices.below(8) {
        0 | 1 => known.to_string(),
        2 => Uuid::from_u128(known.as_u128().wrapping_add(1)).to_string(),
        3 => Uuid::from_u128(known.as_u128().wrapping_sub(1)).to_string(),
        4 => choices.one(&[Uuid::nil(), Uuid::max()]).to_string(),
        5 => {
            let mut bytes = [0; 16];
            let drawn = choices.bytes(16);
            bytes[..drawn.len()].copy_from_slice(&drawn);
            Uuid::from_bytes(bytes).to_string()
        }
        6 => texts::damaged(choices, &known.to_string()),
        _ => texts::any(choices),
    }
}
