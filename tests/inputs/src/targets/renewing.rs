//! Bodies of `POST /apiAccessTokens/{id}/renew`.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::body::{Body, Kind, no_texts};
use crate::choices::Choices;
use crate::headers;
use crate::oracle;
use crate::request::Request;
use crate::settings;
use crate::stack;
use crate::world::World;

/// The bodies of renewals by hand: exactly the faulty fields are named, and without any there is a successor.
pub fn renewal_bodies(data: &[u8]) {
    let world = World::of_thread();
    let mut choices = Choices::new(data);
    let (token, latest) = match choices.below(3) {
        0 => (&world.known.plain, None),
        1 => (&world.known.mailed, Some(stack::start() + TimeDelta::days(100))),
        _ => (&world.known.pending, None),
    };
    let mut body = Body::default();
    body.send_required(&mut choices, "existingTokenExpiresAt", &end(world.stack.now(), latest));
    body.send_required(&mut choices, "name", &settings::name());
    body.send(&mut choices, "description", &settings::description());
    body.send_unknown(&mut choices, &["existingTokenExpiresAt", "name", "description"]);
    let request =
        Request::new("POST", "/apiAccessTokens/{id}/renew").about(&token.id).by(&world.known.manager);
    let (request, mut faulty) = headers::idempotency_key(request, &mut choices);
    let mut request = request.saying(body.written(&mut choices));
    request.base64 = choices.once_in(4);
    faulty.extend(body.faulty);
    let answer = world.ask_with_faults(&request, &faulty);
    if faulty.is_empty() {
        assert_eq!(answer.status, 201);
        assert_eq!(answer.member("renewedFrom"), token.id);
        assert!(answer.member("token").starts_with("kat_"));
    }
}

/// Now or later, a minute of tolerance included, and not after the token's own end.
fn end(now: DateTime<Utc>, latest: Option<DateTime<Utc>>) -> Kind {
    let at = |moment: DateTime<Utc>| json!(moment.to_rfc3339());
    let mut good = vec![at(now), at(now + TimeDelta::days(1)), at(now - TimeDelta::seconds(60))];
    good.push(json!(now.date_naive().to_string()));
    let mut bad = vec![at(now - TimeDelta::seconds(61)), json!("2020-01-01"), json!(""), json!("now")];
    match latest {
        Some(latest) => {
            good.push(at(latest));
            bad.extend([at(latest + TimeDelta::seconds(1)), json!("9999-12-31")]);
        }
        None => good.push(json!("9999-12-31")),
    }
    let judge = move |text: &str| {
        oracle::end(text).is_some_and(|end| {
            end >= now - TimeDelta::seconds(60) && latest.is_none_or(|latest| end <= latest)
        })
    };
    let wrong: Vec<Value> = no_texts();
    Kind { good, bad, wrong, judge: Box::new(judge) }
}
