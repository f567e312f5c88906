//! Bodies of `POST /apiAccessTokens`, and bodies that are none.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};

use crate::body::{Body, Sent};
use crate::choices::Choices;
use crate::headers;
use crate::oracle;
use crate::request::Request;
use crate::settings;
use crate::texts;
use crate::world::World;

const FIELDS: [&str; 7] =
    ["name", "description", "rights", "applications", "expiresAt", "autoRenewal", "renewalMailRecipient"];

/// The bodies of creating requests: exactly the faulty fields are named, and without any a token is created.
pub fn request_bodies(data: &[u8]) {
    let world = World::of_thread();
    let mut choices = Choices::new(data);
    let request = Request::new("POST", "/apiAccessTokens").by(&world.known.manager);
    let (request, mut faulty) = headers::idempotency_key(request, &mut choices);
    if choices.once_in(6) {
        any_bytes(world, choices, request, faulty);
        return;
    }
    let body = draft(&mut choices, world.stack.now());
    let mut request = request.saying(body.written(&mut choices));
    request.base64 = choices.once_in(4);
    faulty.extend(body.faulty);
    let answer = world.ask_with_faults(&request, &faulty);
    if faulty.is_empty() {
        assert_eq!(answer.status, 201);
        assert_eq!(
            answer.header("location"),
            Some(format!("/apiAccessTokens/{}", answer.member("id")).as_str())
        );
        assert!(answer.member("token").starts_with("kat_"));
    }
}

/// Whatever is no JSON object in UTF-8 is a fault of the body; an object of anything is not.
fn any_bytes(world: &World, mut choices: Choices<'_>, request: Request, mut faulty: BTreeSet<String>) {
    let start: &str = choices.one(&[
        "",
        "{",
        "[",
        "\"",
        "\u{feff}{}",
        "{\"name\":",
        "{}{}",
        "nul",
        "{\"name\": \"\\ud800\"}",
    ]);
    let long = choices.once_in(8);
    let mut bytes = [start.as_bytes(), &texts::any(&mut choices).into_bytes(), choices.rest()].concat();
    if long {
        bytes.resize(64 * 1_024 + 1, b' ');
        assert_eq!(world.ask(&request.saying(bytes)).status, 413);
        return;
    }
    let is_object = serde_json::from_slice::<Map<String, Value>>(&bytes).is_ok();
    let request = request.saying(bytes);
    if is_object {
        world.ask(&request);
    } else {
        faulty.insert("body".to_owned());
        world.ask_with_faults(&request, &faulty);
    }
}

fn draft(choices: &mut Choices<'_>, now: DateTime<Utc>) -> Body {
    let mut body = Body::default();
    body.send_required(choices, "name", &settings::name());
    body.send_required(choices, "rights", &settings::rights());
    body.send_required(choices, "applications", &settings::applications());
    if choices.is_over() {
        return body;
    }
    body.send(choices, "description", &settings::description());
    let end = body.send(choices, "expiresAt", &settings::expires_at(now));
    let recipient = body.send(choices, "renewalMailRecipient", &settings::mail_recipient());
    match choices.below(8) {
        0 => {}
        1 => {
            body.json.insert("autoRenewal".to_owned(), Value::Null);
        }
        2 => {
            let wrong = settings::no_objects();
            body.json.insert("autoRenewal".to_owned(), wrong[choices.below(wrong.len())].clone());
            body.blame("autoRenewal");
        }
        _ => {
            let end = end.good().and_then(Value::as_str).and_then(oracle::end);
            auto_renewal(choices, &mut body, !recipient.is_nothing(), end.map(|end| end - now));
        }
    }
    body.send_unknown(choices, &FIELDS);
    body
}

fn auto_renewal(
    choices: &mut Choices<'_>,
    body: &mut Body,
    has_recipient: bool,
    lifetime: Option<TimeDelta>,
) {
    let mut renewal = body.inside("autoRenewal");
    let days = renewal.send_required(choices, "everyDays", &settings::every_days());
    let mut has_callback = true;
    match choices.below(6) {
        0 => has_callback = false,
        1 => {
            renewal.json.insert("callback".to_owned(), Value::Null);
            has_callback = false;
        }
        2 => {
            let wrong = settings::no_objects();
            renewal.json.insert("callback".to_owned(), wrong[choices.below(wrong.len())].clone());
            renewal.blame("callback");
        }
        _ => {
            let mut callback = renewal.inside("callback");
            callback.send_required(choices, "url", &settings::callback_url());
            callback.send_unknown(choices, &["url"]);
            renewal.absorb("callback", callback);
        }
    }
    renewal.send_unknown(choices, &["everyDays", "callback"]);
    if let Sent::Good(days) = days
        && let Some(days) = settings::days(&days)
        && lifetime.is_some_and(|lifetime| TimeDelta::days(days) + TimeDelta::hours(48) > lifetime)
    {
        renewal.blame("everyDays");
    }
    body.absorb("autoRenewal", renewal);
    if !has_callback && !has_recipient {
        body.blame("autoRenewal");
    }
}
