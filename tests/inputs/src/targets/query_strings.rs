//! Query strings of lists: valid, invalid, repeated and unknown parameters in every encoding.

use std::collections::BTreeSet;

use url::form_urlencoded::byte_serialize;

use crate::{choices::Choices, request::Request, strings, values, world::World};

const PAGING: [&str; 4] = ["size", "sort", "startingAfter", "endingBefore"];
const TOKEN_FILTERS: [&str; 3] = ["status", "application", "search"];
const CALLBACK_FILTERS: [&str; 4] = ["tokenId", "errorOnly", "startTime", "endTime"];

pub(crate) fn run(world: &World, choices: &mut Choices<'_>) {
    let (path, filters) = choices.one(&[
        ("/apiAccessTokens", TOKEN_FILTERS.as_slice()),
        ("/callbacks/logs", CALLBACK_FILTERS.as_slice()),
        ("/apiAccessTokens/{id}/activities", &[]),
    ]);
    let (mut query, mut invalid) = (Vec::new(), BTreeSet::new());
    for name in PAGING.iter().chain(filters) {
        let value = |choices: &mut Choices<'_>, part: &str| {
            let value = choices.one(&values::strings(&format!("/parameters/{name}/{part}")));
            ((*name).to_owned(), value.to_owned())
        };
        match choices.below(8) {
            0..4 => {}
            4 => query.push(value(choices, "valid")),
            5 => {
                query.push(value(choices, "invalid"));
                invalid.insert((*name).to_owned());
            }
            6 => {
                query.extend([value(choices, "valid"), value(choices, "valid")]);
                invalid.insert((*name).to_owned());
            }
            _ => query.push(((*name).to_owned(), strings::any(choices))),
        }
    }
    while choices.once_in(8) {
        query.push((strings::any(choices), strings::any(choices)));
    }
    let pairs: Vec<_> = query
        .iter()
        .map(|(name, value)| {
            let encode = encoding(choices);
            format!("{}={}", encode(name), encode(value))
        })
        .collect();
    let request = Request::new("GET", path).parameter(&world.fixtures.token("redeemed").id);
    world.send_invalid(&request.bearer(&world.fixtures.reader).query(&pairs.join("&")), &invalid);
}

/// Form encoding, percent-encoding of everything, or of as little as servers accept.
fn encoding(choices: &mut Choices<'_>) -> fn(&str) -> String {
    match choices.below(4) {
        0 | 1 => |text| byte_serialize(text.as_bytes()).collect(),
        2 => |text| text.bytes().map(|byte| format!("%{byte:02x}")).collect(),
        _ => |text| {
            let encode = |c: char| match c {
                '&' | '=' | '#' | '%' | '+' | ' ' | '\0'..='\x1f' | '\x7f' => {
                    format!("%{:02X}", u32::from(c))
                }
                other => other.to_string(),
            };
            text.chars().map(encode).collect()
        },
    }
}
