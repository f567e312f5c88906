//! Texts that have broken programs before.

use keyturn_domain::ids::TokenId;
use keyturn_domain::secret::{Kind, SecretString};

use crate::choices::Choices;
use crate::world::World;

/// Empty, blank, invisible, endless, from another language, or meant for another parser.
const NASTY: [&str; 24] = [
    "",
    " ",
    "\u{0}",
    "\r\n",
    "\t",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "\u{200b}",
    "\u{202e}gnp.exe",
    "\u{feff}",
    "\u{fffd}",
    "\u{10ffff}",
    "e\u{301}\u{301}\u{301}",
    "null",
    "true",
    "-0",
    "1e400",
    "\"",
    "\\u0000",
    "${jndi:ldap://127.0.0.1/}",
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "../../../../etc/passwd",
];

/// Any text: a nasty one, one from bytes, one many times over, or a secret where none belongs.
pub(crate) fn any(choices: &mut Choices<'_>) -> String {
    match choices.below(8) {
        0 => choices.text(8),
        1 | 2 => choices.one(&NASTY).to_owned(),
        3 => choices.text(150),
        4 => choices.text(3).repeat(1 + choices.below(500)),
        5 => choices.one(&NASTY).repeat(1 + choices.below(40)),
        6 => format!("see {} there", secret(choices)),
        _ => secret(choices),
    }
}

/// A string that opens something, or has the form of one.
pub(crate) fn secret(choices: &mut Choices<'_>) -> String {
    let known = &World::of_thread().known;
    match choices.below(3) {
        0 => {
            let strings = known.strings();
            choices.one(&strings).to_owned()
        }
        1 => {
            let keys = known.keys();
            choices.one(&keys).to_owned()
        }
        _ => well_formed(choices),
    }
}

/// A string with a right checksum that was never given out, for the id of a token or for any.
pub(crate) fn well_formed(choices: &mut Choices<'_>) -> String {
    let kind = if choices.once_in(2) { Kind::Request } else { Kind::Token };
    let tokens = World::of_thread().known.tokens();
    let id: TokenId = if choices.once_in(2) {
        let mut id = [0; 16];
        let bytes = choices.bytes(16);
        id[..bytes.len()].copy_from_slice(&bytes);
        TokenId::new(uuid::Uuid::from_bytes(id))
    } else {
        choices.one(&tokens).id.parse().expect("an id")
    };
    let mut random = [1; 32];
    let bytes = choices.bytes(32);
    random[..bytes.len()].copy_from_slice(&bytes);
    SecretString::new(kind, id, &random).expose().to_owned()
}

/// A string with something done to it, so that it's another.
pub(crate) fn damaged(choices: &mut Choices<'_>, string: &str) -> String {
    let mut damaged = changed(choices, string);
    if damaged == string {
        damaged.push('0');
    }
    damaged
}

/// May be the same again: an exchange of equal characters, or what is in capitals already.
fn changed(choices: &mut Choices<'_>, string: &str) -> String {
    let mut characters: Vec<char> = string.chars().collect();
    if characters.is_empty() {
        return "0".to_owned();
    }
    let place = choices.below(characters.len());
    match choices.below(8) {
        0 => characters[place] = if characters[place] == 'A' { 'B' } else { 'A' },
        1 => {
            characters.remove(place);
        }
        2 => characters.insert(place, '0'),
        3 => characters.truncate(place),
        4 => characters[place] = choices.one(&['é', '０', '\u{0}', ' ', '-', '\u{1f600}']),
        5 => characters.swap(place, 0),
        6 => return string.to_uppercase(),
        _ => return string.repeat(2),
    }
    characters.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_damaged_differs() {
        for string in ["", "k", "kk", "kat_kat", "KAT"] {
            for data in (0..8).flat_map(|kind| (0..8).map(move |place| [place, kind])) {
                assert_ne!(damaged(&mut Choices::new(&data), string), string, "{data:?}");
            }
        }
    }
}
