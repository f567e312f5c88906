//! Strings that tend to break programs.

use keyturn_domain::ids::TokenId;
use keyturn_domain::secret::{Kind, SecretString};

use crate::{choices::Choices, values, world::World};

/// Any string: hostile, random, very long, or a secret where none belongs.
pub(crate) fn any(choices: &mut Choices<'_>) -> String {
    match choices.below(8) {
        0 => choices.string(8),
        1 | 2 => hostile(choices).to_owned(),
        3 => choices.string(150),
        4 => choices.string(3).repeat(1 + choices.below(500)),
        5 => hostile(choices).repeat(1 + choices.below(40)),
        6 => format!("see {} there", secret(choices)),
        _ => secret(choices),
    }
}

/// Empty, blank, invisible, combining, or meant for another parser.
fn hostile(choices: &mut Choices<'_>) -> &'static str {
    choices.one(&values::strings("/hostileStrings"))
}

/// A token string or request token: an existing one or one with a correct checksum.
pub(crate) fn secret(choices: &mut Choices<'_>) -> String {
    let fixtures = &World::get().fixtures;
    match choices.below(3) {
        0 => choices.one(&fixtures.token_strings()).to_owned(),
        1 => choices.one(&fixtures.request_tokens()).to_owned(),
        _ => well_formed(choices),
    }
}

/// A secret with a correct checksum that was never issued, for the id of an existing token or any other.
pub(crate) fn well_formed(choices: &mut Choices<'_>) -> String {
    let kind = if choices.once_in(2) { Kind::Request } else { Kind::Token };
    let id = if choices.once_in(2) {
        TokenId::new(uuid::Uuid::from_bytes(choices.array()))
    } else {
        choices.one(&World::get().fixtures.tokens()).id.parse().expect("an id")
    };
    SecretString::new(kind, id, &choices.array()).expose().to_owned()
}

/// A mutation of a string, which may happen to equal it.
pub(crate) fn mutate(choices: &mut Choices<'_>, string: &str) -> String {
    let mut characters: Vec<char> = string.chars().collect();
    if characters.is_empty() {
        return "0".to_owned();
    }
    let index = choices.below(characters.len());
    match choices.below(8) {
        0 => characters[index] = if characters[index] == 'A' { 'B' } else { 'A' },
        1 => {
            characters.remove(index);
        }
        2 => characters.insert(index, '0'),
        3 => characters.truncate(index),
        4 => characters[index] = choices.one(&['é', '０', '\u{0}', ' ', '-', '\u{1f600}']),
        5 => characters.swap(index, 0),
        6 => return string.to_uppercase(),
        _ => return string.repeat(2),
    }
    characters.into_iter().collect()
}
