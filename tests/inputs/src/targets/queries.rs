//! Query strings of the lists: every parameter in order, faulty, twice or unknown, in every way of encoding.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::choices::Choices;
use crate::known::Known;
use crate::oracle;
use crate::request::Request;
use crate::texts;
use crate::world::World;

/// A parameter: its name, texts that are in order, texts that aren't, and how to judge any other.
struct Parameter {
    name: &'static str,
    good: Vec<String>,
    bad: &'static [&'static str],
    judge: fn(&str) -> bool,
}

/// What was sent for a parameter.
enum Sent {
    Good(String),
    Bad,
}

/// The queries of lists: exactly the faulty parameters are named, and without any there is a page.
pub fn query_strings(data: &[u8]) {
    let world = World::of_thread();
    let mut choices = Choices::new(data);
    let (request, parameters) = list(&mut choices, &world.known);
    let (mut query, mut faulty) = (Vec::new(), BTreeSet::new());
    let mut sent = BTreeMap::new();
    for parameter in &parameters {
        match choices.below(6) {
            0..3 => {}
            3 => {
                let text = parameter.good[choices.below(parameter.good.len())].clone();
                query.push((parameter.name.to_owned(), text.clone()));
                sent.insert(parameter.name, Sent::Good(text));
            }
            4 => {
                let text = choices.one(parameter.bad);
                query.push((parameter.name.to_owned(), text.to_owned()));
                sent.insert(parameter.name, Sent::Bad);
            }
            _ => any(&mut choices, parameter, &mut query, &mut sent),
        }
    }
    faulty.extend(
        sent.iter().filter(|(_, sent)| matches!(sent, Sent::Bad)).map(|(name, _)| (*name).to_owned()),
    );
    faulty.extend(together(&sent));
    unknown(&mut choices, &parameters, &mut query, &mut faulty);
    let encoded: Vec<_> = query.iter().map(|pair| encoded(&mut choices, pair)).collect();
    let answer = world.ask_with_faults(&request.asking(&encoded.join("&")), &faulty);
    if faulty.is_empty() {
        let size = match sent.get("size") {
            Some(Sent::Good(size)) => size.parse().expect("a number"),
            _ => 25,
        };
        assert!(
            answer.json()["items"].as_array().is_some_and(|items| items.len() <= size),
            "{}",
            answer.text
        );
    }
}

/// Any text, or the parameter twice.
fn any(
    choices: &mut Choices<'_>,
    parameter: &Parameter,
    query: &mut Vec<(String, String)>,
    sent: &mut BTreeMap<&'static str, Sent>,
) {
    let text = texts::any(choices);
    let is_good = (parameter.judge)(&text) && !text.contains('\u{fffd}');
    query.push((parameter.name.to_owned(), text.clone()));
    sent.insert(parameter.name, if is_good { Sent::Good(text.clone()) } else { Sent::Bad });
    if choices.once_in(3) {
        query.push((parameter.name.to_owned(), text));
        sent.insert(parameter.name, Sent::Bad);
    }
}

/// Faults that only show in two parameters together.
fn together(sent: &BTreeMap<&'static str, Sent>) -> Vec<String> {
    let moment = |name, read: fn(&str) -> Option<DateTime<Utc>>| match sent.get(name) {
        Some(Sent::Good(text)) => read(text),
        _ => None,
    };
    let (start, end) = (moment("startTime", oracle::start), moment("endTime", oracle::end));
    let both = sent.contains_key("startingAfter") && sent.contains_key("endingBefore");
    let backwards = start.zip(end).is_some_and(|(start, end)| end < start);
    let faults = [(backwards, "endTime"), (both, "endingBefore")];
    faults.into_iter().filter(|(is_fault, _)| *is_fault).map(|(_, name)| name.to_owned()).collect()
}

fn unknown(
    choices: &mut Choices<'_>,
    parameters: &[Parameter],
    query: &mut Vec<(String, String)>,
    faulty: &mut BTreeSet<String>,
) {
    while choices.once_in(8) {
        let name = texts::any(choices);
        if parameters.iter().any(|parameter| parameter.name == name)
            || query.iter().any(|(other, _)| *other == name)
        {
            continue;
        }
        let value = texts::any(choices);
        if name.is_empty() && value.is_empty() {
            // Nothing between two ampersands is no parameter, and neither is a lone equals sign to every reader.
            continue;
        }
        let looks_secret = ["kat_", "krt_", "whsec_"].iter().any(|prefix| name.contains(prefix));
        let shown = if looks_secret { "***".to_owned() } else { name.chars().take(100).collect() };
        faulty.insert(shown);
        query.push((name, value));
    }
}

/// A parameter as clients write it: by the book, with percent signs for everything, or carelessly.
fn encoded(choices: &mut Choices<'_>, (name, value): &(String, String)) -> String {
    let encode: fn(&str) -> String = match choices.below(4) {
        0 | 1 => |text| url::form_urlencoded::byte_serialize(text.as_bytes()).collect(),
        2 => |text| text.bytes().map(|byte| format!("%{byte:02x}")).collect(),
        _ => careless,
    };
    format!("{}={}", encode(name), encode(value))
}

/// Only what would change the meaning is encoded, and what no server lets through.
fn careless(text: &str) -> String {
    let mut written = String::new();
    for character in text.chars() {
        if character.is_ascii_control() || "&=#%+ ".contains(character) {
            written.push_str(&format!("%{:02X}", u32::from(character)));
        } else {
            written.push(character);
        }
    }
    written
}

fn list(choices: &mut Choices<'_>, known: &Known) -> (Request, Vec<Parameter>) {
    let mut parameters = paging(known);
    let request = match choices.below(3) {
        0 => {
            parameters.extend(of_tokens());
            Request::new("GET", "/apiAccessTokens")
        }
        1 => {
            parameters.extend(of_callbacks(known));
            Request::new("GET", "/callbacks/logs")
        }
        _ => Request::new("GET", "/apiAccessTokens/{id}/activities").about(&known.redeemed.id),
    };
    (request.by(&known.reader), parameters)
}

fn strings(of: &[&str]) -> Vec<String> {
    of.iter().map(|text| (*text).to_owned()).collect()
}

fn is_id(text: &str) -> bool {
    uuid::Uuid::try_parse(text).is_ok_and(|id| id.to_string() == text)
}

fn paging(known: &Known) -> Vec<Parameter> {
    const NO_IDS: [&str; 8] = [
        "",
        "1",
        "0199A3C4-5B6D-7E8F-9012-3456789ABCDE",
        "0199a3c45b6d7e8f90123456789abcde",
        "{0199a3c4-5b6d-7e8f-9012-3456789abcde}",
        "urn:uuid:0199a3c4-5b6d-7e8f-9012-3456789abcde",
        " 0199a3c4-5b6d-7e8f-9012-3456789abcde",
        "0199a3c4-5b6d-7e8f-9012-3456789abcdé",
    ];
    let ids = || {
        let mut ids =
            strings(&["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"]);
        ids.push(known.plain.id.clone());
        ids
    };
    vec![
        Parameter {
            name: "size",
            good: strings(&["1", "2", "100", "007"]),
            bad: &["", "0", "101", "-1", "1.0", "1e1", "ten", " 1", "0x10", "99999999999999999999", "٣"],
            judge: |text| {
                text.strip_prefix('+').unwrap_or(text).bytes().all(|byte| byte.is_ascii_digit())
                    && text.parse::<u64>().is_ok_and(|size| (1..=100).contains(&size))
            },
        },
        Parameter {
            name: "sort",
            good: strings(&["ASC", "DESC"]),
            bad: &["", "asc", "ASC,DESC", "ASC "],
            judge: |text| ["ASC", "DESC"].contains(&text),
        },
        Parameter { name: "startingAfter", good: ids(), bad: &NO_IDS, judge: is_id },
        Parameter { name: "endingBefore", good: ids(), bad: &NO_IDS, judge: is_id },
    ]
}

fn of_tokens() -> Vec<Parameter> {
    const STATUSES: [&str; 3] = ["ACTIVE", "EXPIRED", "DEACTIVATED"];
    vec![
        Parameter {
            name: "status",
            good: strings(&STATUSES),
            bad: &["", "active", "GONE", "ACTIVE,EXPIRED"],
            judge: |text| STATUSES.contains(&text),
        },
        Parameter {
            name: "application",
            good: strings(&["ORDERS", "API_ACCESS_TOKENS", "NOT_IN_THE_CATALOGUE"]),
            bad: &["", "orders", "ORDERS,PRODUCTS", "1A", "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDE"],
            judge: oracle::is_application_name,
        },
        Parameter {
            name: "search",
            good: strings(&["plain", "PLAIN", "", "%", "ä", "\u{1f4e6}"]),
            bad: &[
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            ],
            judge: |text| text.chars().count() <= 100,
        },
    ]
}

fn of_callbacks(known: &Known) -> Vec<Parameter> {
    const NO_MOMENTS: [&str; 6] =
        ["", "now", "2027-02-30", "2027-03-01T12:00:00", "1803902400", "-2027-03-01"];
    let mut ids = strings(&["00000000-0000-0000-0000-000000000000"]);
    ids.push(known.called.id.clone());
    vec![
        Parameter {
            name: "tokenId",
            good: ids,
            bad: &["", "1", "0199A3C4-5B6D-7E8F-9012-3456789ABCDE"],
            judge: is_id,
        },
        Parameter {
            name: "errorOnly",
            good: strings(&["true", "false"]),
            bad: &["", "1", "True", "yes"],
            judge: |text| ["true", "false"].contains(&text),
        },
        Parameter {
            name: "startTime",
            good: strings(&[
                "2027-03-01",
                "0001-01-01",
                "2027-03-01T12:00:00.5+01:00",
                "9999-12-31T23:59:59Z",
            ]),
            bad: &NO_MOMENTS,
            judge: |text| oracle::start(text).is_some(),
        },
        Parameter {
            name: "endTime",
            good: strings(&["9999-12-31", "2027-03-01 15:00:00Z", "0000-01-01T00:00:00Z"]),
            bad: &NO_MOMENTS,
            judge: |text| oracle::end(text).is_some(),
        },
    ]
}
