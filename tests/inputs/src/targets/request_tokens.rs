//! Request tokens, alive, dead and invented, by GET and by POST, from everybody who could hold one.

use std::collections::BTreeSet;

use keyturn_domain::secret::{Kind as Purpose, SecretString};
use serde_json::{Map, Value, json};
use url::form_urlencoded::byte_serialize;

use crate::body::{Body, Kind, Sent, no_texts};
use crate::choices::Choices;
use crate::known::Token;
use crate::request::Request;
use crate::texts;
use crate::world::World;

const PATH: &str = "/apiAccessTokens/requestRenewedToken";
const FIELD: &str = "requestToken";

/// Only who may redeem a request token learns anything about it, and only a live one opens anything.
pub fn request_tokens(data: &[u8]) {
    let world = World::of_thread();
    let mut choices = Choices::new(data);
    let known = &world.known;
    let callers = known.strings();
    let caller = choices.one(&callers);
    if choices.once_in(8) {
        bodies(world, &mut choices);
        return;
    }
    let keys = known.keys();
    let key = match choices.below(5) {
        0 | 1 => choices.one(&keys).to_owned(),
        2 => texts::damaged(&mut choices, known.keys.live.as_str()),
        3 => texts::well_formed(&mut choices),
        _ => texts::any(&mut choices),
    };
    let by_get = choices.once_in(2) && !key.contains('\u{fffd}');
    let request = if by_get {
        let encoded: String = byte_serialize(key.as_bytes()).collect();
        Request::new("GET", PATH).asking(&format!("{FIELD}={encoded}")).by(caller)
    } else {
        Request::new("POST", PATH).saying(json!({FIELD: key}).to_string()).by(caller)
    };
    let answer = world.ask(&request);
    if key.is_empty() && by_get {
        assert!([400, 401].contains(&answer.status), "{}", answer.status);
    } else {
        assert_eq!(answer.status, expected(world, caller, &key), "{}", answer.text);
    }
    if answer.status == 200 {
        assert!(answer.member("token").starts_with("kat_"));
        assert_eq!(answer.json().as_object().map(Map::len), Some(1));
    }
}

/// The status by the contract.
fn expected(world: &World, caller: &str, key: &str) -> u16 {
    let known = &world.known;
    let holds = |token: &Token| token.string == caller;
    if known.ended.iter().any(holds) {
        return 401;
    }
    let manages = caller == known.manager;
    let owned = [
        (&known.keys.live, &known.pending, 200),
        (&known.keys.tested, &known.called, 200),
        (&known.keys.redeemed, &known.redeemed, 200),
        (&known.keys.lapsed, &known.lapsed, 410),
    ];
    if let Some((_, owner, status)) = owned.into_iter().find(|(own, ..)| *own == key) {
        return if caller == known.stranger {
            404
        } else if manages || holds(owner) {
            status
        } else {
            403
        };
    }
    // One that was never given out, but for a token that there is: who may not redeem it is told no more than that.
    let about = SecretString::parse(Purpose::Request, key);
    let about = about.ok().map(|key| key.id().to_string());
    match known.tokens().into_iter().find(|token| Some(&token.id) == about.as_ref()) {
        Some(token) if caller != known.stranger && !manages && !holds(token) => 403,
        _ => 404,
    }
}

/// Bodies of the POST that say more, less or something else.
fn bodies(world: &World, choices: &mut Choices<'_>) {
    let good = vec![json!(world.known.keys.redeemed)];
    let kind = Kind { good, bad: Vec::new(), wrong: no_texts(), judge: Box::new(|_| true) };
    let mut body = Body::default();
    let sent = body.send_required(choices, FIELD, &kind);
    body.send_unknown(choices, &[FIELD]);
    let request = Request::new("POST", PATH).saying(body.written(choices)).by(&world.known.manager);
    let faulty: BTreeSet<String> = body.faulty;
    match sent {
        Sent::Good(Value::String(key)) if faulty.is_empty() => {
            assert_eq!(world.ask(&request).status, expected(world, &world.known.manager, &key));
        }
        _ => {
            world.ask_with_faults(&request, &faulty);
        }
    }
}
