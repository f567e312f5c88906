//! Whole events on every route: odd methods, paths, headers, encodings and bodies, members that are missing or of another
//! type, and nothing that only the gateway writes.

use serde_json::{Map, Value, json};

use crate::choices::Choices;
use crate::headers::printable;
use crate::request::Request;
use crate::texts;
use crate::world::World;

/// Whatever the gateway can hand over is answered; what it can't is refused by the runtime, and nothing breaks.
pub fn gateway_events(data: &[u8]) {
    let world = World::of_thread();
    let mut choices = Choices::new(data);
    let routes = world.stack.routes();
    let (method, path) = &routes[choices.below(routes.len())];
    let request = request(&mut choices, world, Request::new(method, path));
    let mut event = request.event();
    leave_out(&mut choices, &mut event);
    let mut is_the_gateways = true;
    while choices.once_in(3) {
        is_the_gateways &= change(&mut choices, &mut event);
    }
    let answer = world.hand_over(&request, &event);
    assert!(answer.is_some() || !is_the_gateways, "the runtime refuses {event}");
}

fn request(choices: &mut Choices<'_>, world: &World, request: Request) -> Request {
    let tokens = world.known.tokens();
    let parameter = match choices.below(4) {
        0 | 1 => choices.one(&tokens).id.clone(),
        2 => uuid::Uuid::nil().to_string(),
        _ => texts::any(choices),
    };
    let mut request = request.about(&parameter);
    let strings = world.known.strings();
    match choices.below(8) {
        0 => {}
        1..6 => request = request.by(&world.known.manager),
        _ => request = request.by(choices.one(&strings)),
    }
    while choices.once_in(3) {
        const NAMES: [&str; 12] = [
            "Authorization",
            "x-plenigo-token",
            "IDEMPOTENCY-KEY",
            "if-match",
            "content-type",
            "content-length",
            "content-encoding",
            "accept",
            "accept-encoding",
            "cookie",
            "x-amzn-trace-id",
            "expect",
        ];
        let name = choices.one(&NAMES);
        request = request.with(name, &printable(&texts::any(choices)));
    }
    if choices.once_in(3) {
        request.query = query(choices);
    }
    request.body = match choices.below(8) {
        0 | 1 => Vec::new(),
        2 => json!({"requestToken": texts::secret(choices)}).to_string().into_bytes(),
        3 => json!({"name": "n", "rights": "READ", "applications": ["ORDERS"], "description": texts::any(choices)})
            .to_string()
            .into_bytes(),
        4 => format!("token={}", texts::secret(choices)).into_bytes(),
        5 => texts::any(choices).into_bytes(),
        6 => choices.bytes(200),
        _ => vec![b' '; 64 * 1_024 - 1 + choices.below(3)],
    };
    request.base64 = choices.once_in(3);
    request
}

/// A query as it stands in a request line that a server has let through: no spaces and no control characters.
fn query(choices: &mut Choices<'_>) -> String {
    let mut query = texts::any(choices);
    if choices.once_in(2) {
        query = format!("size={query}&search=\"<{{}}>|\\^`'%zz%&&=&;[]");
    }
    query
        .chars()
        .filter(|character| !character.is_ascii_control() && !" #".contains(*character))
        .take(8_000)
        .collect()
}

/// Leaves members out that the gateway leaves out where there is nothing to say, or says `null` of.
fn leave_out(choices: &mut Choices<'_>, event: &mut Value) {
    const OPTIONAL: [&str; 6] =
        ["queryStringParameters", "pathParameters", "body", "cookies", "stageVariables", "rawQueryString"];
    while choices.once_in(4) {
        let name = choices.one(&OPTIONAL);
        let Some(members) = event.as_object_mut() else { return };
        match choices.below(2) {
            0 => {
                members.remove(name);
                if name == "body" {
                    members.insert("isBase64Encoded".to_owned(), json!(false));
                }
            }
            _ if ["body", "cookies"].contains(&name) => {
                members.insert(name.to_owned(), Value::Null);
                members.insert("isBase64Encoded".to_owned(), json!(false));
            }
            _ => {}
        }
    }
}

/// Changes one thing; says whether the gateway could have done it.
fn change(choices: &mut Choices<'_>, event: &mut Value) -> bool {
    match choices.below(8) {
        0 => {
            // A method that the route doesn't name, as on a route for any.
            let method = choices.one(&["DELETE", "HEAD", "OPTIONS", "PROPFIND", "TRACE", "get", "M-SEARCH"]);
            event["requestContext"]["http"]["method"] = json!(method);
            true
        }
        1 => {
            let path = texts::any(choices).replace(char::is_control, "");
            event["rawPath"] = json!(format!("/{path}"));
            true
        }
        2 => {
            event["cookies"] = json!([printable(&texts::any(choices)), "a=b"]);
            true
        }
        3 => {
            event["requestContext"]["authorizer"] = json!({"lambda": {"anything": [1, "x", null]}});
            event["aMemberOfTomorrow"] = json!({"a": 1});
            true
        }
        4 => {
            event["requestContext"]["authentication"] = Value::Null;
            event["requestContext"]["routeKey"] = json!("$default");
            true
        }
        5 => {
            // Header names are lower case in a deployment, but not in every tool that makes events.
            let headers = event["headers"].as_object().cloned().unwrap_or_default();
            let upper: Map<String, Value> =
                headers.into_iter().map(|(name, value)| (name.to_uppercase(), value)).collect();
            event["headers"] = Value::Object(upper);
            true
        }
        _ => {
            break_something(choices, event);
            false
        }
    }
}

/// Makes an event that no gateway sends. What only the gateway writes, and the runtime's conversion relies on, stays; and
/// what the log names a request by is never a text of the client's.
fn break_something(choices: &mut Choices<'_>, event: &mut Value) {
    const FROM_THE_CLIENT: [&str; 6] = [
        "/rawQueryString",
        "/queryStringParameters",
        "/pathParameters",
        "/pathParameters/id",
        "/headers/authorization",
        "/requestContext/http/method",
    ];
    const FROM_THE_GATEWAY: [&str; 8] = [
        "/version",
        "/routeKey",
        "/requestContext/requestId",
        "/requestContext/routeKey",
        "/requestContext/time",
        "/requestContext/timeEpoch",
        "/requestContext/http/sourceIp",
        "/requestContext/accountId",
    ];
    let value = [
        json!(null),
        json!(7),
        json!(true),
        json!([]),
        json!({}),
        json!([{"a": null}]),
        json!("\u{0}\r\n ü"),
    ];
    let value = value[choices.below(value.len())].clone();
    let (member, value) = match choices.below(3) {
        0 => (choices.one(&FROM_THE_CLIENT), json!(texts::any(choices))),
        1 => (choices.one(&FROM_THE_CLIENT), value),
        _ => (choices.one(&FROM_THE_GATEWAY), value),
    };
    if let Some(place) = event.pointer_mut(member) {
        *place = value;
    }
}
