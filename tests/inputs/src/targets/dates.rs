//! Dates and date-times, right and almost right, as a new token's end.

use std::collections::BTreeSet;

use serde_json::json;

use crate::choices::Choices;
use crate::oracle;
use crate::request::Request;
use crate::texts;
use crate::world::World;

/// What RFC 3339 calls a date or a date-time is taken if it's in the future, and shown as what it means.
pub fn dates(data: &[u8]) {
    let world = World::of_thread();
    let mut choices = Choices::new(data);
    let text = date(&mut choices);
    let body = json!({"name": "n", "rights": "READ", "applications": ["ORDERS"], "expiresAt": text});
    let request = Request::new("POST", "/apiAccessTokens").by(&world.known.manager).saying(body.to_string());
    match oracle::end(&text).filter(|end| *end > world.stack.now()) {
        Some(end) => {
            let answer = world.ask_with_faults(&request, &BTreeSet::new());
            assert_eq!(answer.member("expiresAt"), end.format("%Y-%m-%dT%H:%M:%SZ").to_string(), "{text}");
        }
        None => {
            world.ask_with_faults(&request, &BTreeSet::from(["expiresAt".to_owned()]));
        }
    }
}

fn date(choices: &mut Choices<'_>) -> String {
    let year =
        choices.mostly(&["2999", "2027", "9999", "2000", "0000", "10000", "+2999", "-999", "29", "２９９９"]);
    let month = choices.mostly(&["01", "03", "12", "02", "00", "13", "1"]);
    let day = choices.mostly(&["01", "31", "28", "29", "30", "00", "32", "1", " 1"]);
    let dash = if choices.once_in(12) { choices.mostly(&["/", "", "–", ".", " -"]) } else { "-" };
    let date = format!("{year}{dash}{month}{dash}{day}");
    let text = match choices.below(8) {
        0..3 => date,
        3..7 => {
            let middle = choices.mostly(&["T", "t", " ", "_", "", "T "]);
            let time = choices.mostly(&[
                "12:00:00", "00:00:00", "23:59:59", "23:59:60", "24:00:00", "12:60:00", "12:00:61", "12:00",
                "1:00:00",
            ]);
            let fraction = choices.mostly(&["", ".5", ".123456789012345678901", ".", ",5"]);
            let zone = choices
                .one(&["Z", "z", "+02:00", "-23:59", "+24:00", "+02:60", "+0200", "", "-00:00", "Zulu"]);
            format!("{date}{middle}{time}{fraction}{zone}")
        }
        _ => texts::any(choices),
    };
    if choices.once_in(8) { texts::damaged(choices, &text) } else { text }
}
