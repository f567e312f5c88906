//! Merge patches: `PATCH /apiAccessTokens/{id}`, merged into tokens of which each renews itself in another way.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::body::{Body, Sent};
use crate::choices::Choices;
use crate::headers::printable;
use crate::known::{Known, Token};
use crate::request::Request;
use crate::settings;
use crate::world::World;

const FIELDS: [&str; 3] = ["description", "autoRenewal", "renewalMailRecipient"];

/// What the rules of auto renewal see of a token.
#[derive(Clone, Copy)]
struct Before {
    every_days: Option<i64>,
    has_callback: bool,
    has_recipient: bool,
    /// When it ends, and what time it is, counted from its creation.
    lifetime: Option<TimeDelta>,
    age: TimeDelta,
}

/// The bodies of edits: exactly the faulty fields of the outcome are named, and without any the token is edited.
pub fn merge_patches(data: &[u8]) {
    let world = World::of_thread();
    let mut choices = Choices::new(data);
    let (token, before) = token(&mut choices, &world.known, world.stack.now());
    let body = patch(&mut choices, before);
    let request = Request::new("PATCH", "/apiAccessTokens/{id}").about(&token.id).by(&world.known.manager);
    let mut request = request.saying(body.written(&mut choices));
    request.base64 = choices.once_in(4);
    let mut faulty = body.faulty;
    match if_match(&mut choices) {
        IfMatch::Nothing => {}
        IfMatch::Accepts(value) => request = request.with("if-match", &value),
        IfMatch::OtherVersion(value) => {
            // Whether the record is the one that was meant is found out before what is asked of it.
            assert_eq!(world.ask(&request.with("if-match", &value)).status, 412);
            return;
        }
        IfMatch::Malformed(value) => {
            request = request.with("if-match", &value);
            faulty.insert("If-Match".to_owned());
        }
    }
    world.ask_with_faults(&request, &faulty);
}

fn token<'a>(choices: &mut Choices<'_>, known: &'a Known, now: DateTime<Utc>) -> (&'a Token, Before) {
    let plain = Before {
        every_days: None,
        has_callback: false,
        has_recipient: false,
        lifetime: None,
        age: now - crate::stack::start(),
    };
    let lifetime = Some(TimeDelta::days(100));
    match choices.below(3) {
        0 => (&known.plain, plain),
        1 => (&known.mailed, Before { every_days: Some(30), has_recipient: true, lifetime, ..plain }),
        _ => (&known.called, Before { every_days: Some(30), has_callback: true, lifetime, ..plain }),
    }
}

fn patch(choices: &mut Choices<'_>, before: Before) -> Body {
    let mut body = Body::default();
    body.send(choices, "description", &settings::description());
    let recipient = body.send(choices, "renewalMailRecipient", &settings::mail_recipient());
    let has_recipient = match recipient {
        Sent::Nothing => before.has_recipient,
        Sent::Null => false,
        Sent::Good(_) | Sent::Bad | Sent::WrongType => true,
    };
    let before_mail = Before { has_recipient, ..before };
    match choices.below(8) {
        0 => {
            // Nothing is said of the renewal, but it may have lost the only one that it was told to.
            if recipient == Sent::Null && before.every_days.is_some() && !before.has_callback {
                body.blame("autoRenewal");
            }
        }
        1 => {
            body.json.insert("autoRenewal".to_owned(), Value::Null);
        }
        2 => {
            let wrong = settings::no_objects();
            body.json.insert("autoRenewal".to_owned(), wrong[choices.below(wrong.len())].clone());
            body.blame("autoRenewal");
        }
        _ => auto_renewal(choices, &mut body, before_mail),
    }
    body.send_unknown(choices, &FIELDS);
    body
}

fn auto_renewal(choices: &mut Choices<'_>, body: &mut Body, before: Before) {
    let mut renewal = body.inside("autoRenewal");
    let sent = renewal.send(choices, "everyDays", &settings::every_days());
    let days = match &sent {
        Sent::Nothing => before.every_days,
        Sent::Null | Sent::Bad | Sent::WrongType => None,
        Sent::Good(days) => settings::days(days),
    };
    if days.is_none() {
        renewal.blame("everyDays");
    }
    let has_callback = callback(choices, &mut renewal, before);
    renewal.send_unknown(choices, &["everyDays", "callback"]);
    if let (Some(days), Some(lifetime)) = (days, before.lifetime) {
        let moved = before.every_days != Some(days);
        let renewed_at = TimeDelta::days(days).max(if moved { before.age } else { TimeDelta::zero() });
        if renewed_at + TimeDelta::hours(48) > lifetime {
            renewal.blame("everyDays");
        }
    }
    body.absorb("autoRenewal", renewal);
    if !has_callback && !before.has_recipient {
        body.blame("autoRenewal");
    }
}

/// Whether there is a callback afterwards, or one was at least meant.
fn callback(choices: &mut Choices<'_>, renewal: &mut Body, before: Before) -> bool {
    match choices.below(6) {
        0 => before.has_callback,
        1 => {
            renewal.json.insert("callback".to_owned(), Value::Null);
            false
        }
        2 => {
            let wrong = settings::no_objects();
            renewal.json.insert("callback".to_owned(), wrong[choices.below(wrong.len())].clone());
            renewal.blame("callback");
            true
        }
        _ => {
            let mut callback = renewal.inside("callback");
            match callback.send(choices, "url", &settings::callback_url()) {
                Sent::Nothing if !before.has_callback => callback.blame("url"),
                Sent::Null => callback.blame("url"),
                _ => {}
            }
            callback.send_unknown(choices, &["url"]);
            renewal.absorb("callback", callback);
            true
        }
    }
}

enum IfMatch {
    Nothing,
    Accepts(String),
    OtherVersion(String),
    Malformed(String),
}

fn if_match(choices: &mut Choices<'_>) -> IfMatch {
    let text = |text: &str| text.to_owned();
    match choices.below(16) {
        0..8 => IfMatch::Nothing,
        8 => IfMatch::Accepts(text("*")),
        9 => IfMatch::Accepts(text(r#""1", "2", "3", "4", "5""#)),
        10 => IfMatch::OtherVersion(text(choices.one(&[
            r#""999""#,
            r#"W/"1""#,
            r#""""#,
            r#""x", "y""#,
            r#""01""#,
        ]))),
        11..15 => {
            let malformed = ["", " ", "1", r#""1"#, r#"*, "1""#, r#""1" "2""#, "''", "\"1\"\u{e4}", "null"];
            IfMatch::Malformed(text(choices.one(&malformed)))
        }
        // What holds no quote at all is no list of tags.
        _ => IfMatch::Malformed(printable(&choices.text(40)).replace(['"', '*'], "x")),
    }
}
