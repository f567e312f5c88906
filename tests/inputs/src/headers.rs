//! Headers that may be wrong.

use std::collections::BTreeSet;

use crate::choices::Choices;
use crate::request::Request;

/// Sends an idempotency key, good or bad, or none.
pub(crate) fn idempotency_key(request: Request, choices: &mut Choices<'_>) -> (Request, BTreeSet<String>) {
    const NAME: &str = "idempotency-key";
    let value = match choices.below(16) {
        0..10 => return (request, BTreeSet::new()),
        10 => "a".to_owned(),
        11 => "~".repeat(255),
        12 => String::new(),
        13 => "a".repeat(256),
        14 => "schlüssel".to_owned(),
        _ => printable(&choices.text(300)),
    };
    let is_good = (1..=255).contains(&value.len()) && value.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    let faulty = if is_good { BTreeSet::new() } else { BTreeSet::from(["Idempotency-Key".to_owned()]) };
    (request.with(NAME, &value), faulty)
}

/// A text as a header can carry it: the gateway lets no control characters through.
pub(crate) fn printable(text: &str) -> String {
    text.chars().filter(|character| !character.is_ascii_control()).collect()
}
