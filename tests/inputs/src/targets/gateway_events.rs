//! Events for every route: unusual methods, paths, headers, encodings and bodies, and members that are missing or of
//! another type.

use serde_json::{Value, json};

use crate::{choices::Choices, request::Request, strings, values, world::World};

pub(crate) fn run(world: &World, choices: &mut Choices<'_>) {
    let routes = world.stack.routes();
    let (method, path) = &routes[choices.below(routes.len())];
    let request = request(choices, world, Request::new(method, path));
    let mut event = request.event();
    while choices.once_in(3) {
        change(choices, &mut event);
    }
    world.send_event(&request, &event);
}

fn request(choices: &mut Choices<'_>, world: &World, request: Request) -> Request {
    let parameter = match choices.below(4) {
        0 | 1 => choices.one(&world.fixtures.tokens()).id.clone(),
        2 => uuid::Uuid::nil().to_string(),
        _ => strings::any(choices),
    };
    let mut request = request.parameter(&parameter);
    match choices.below(8) {
        0 => {}
        1..6 => request = request.bearer(&world.fixtures.manager),
        _ => request = request.bearer(choices.one(&world.fixtures.token_strings())),
    }
    while choices.once_in(3) {
        let name = choices.one(&values::strings("/headers"));
        request = request.header(name, &strings::any(choices));
    }
    if choices.once_in(3) {
        request.query = query(choices);
    }
    request.body = match choices.below(8) {
        0 | 1 => Vec::new(),
        2 => json!({"requestToken": strings::secret(choices)}).to_string().into_bytes(),
        3 => json!({"name": "n", "rights": "READ", "applications": ["ORDERS"], "description": strings::any(choices)})
            .to_string()
            .into_bytes(),
        4 => format!("token={}", strings::secret(choices)).into_bytes(),
        5 => strings::any(choices).into_bytes(),
        6 => choices.bytes(200),
        _ => vec![b' '; 64 * 1_024 - 1 + choices.below(3)],
    };
    request.base64 = choices.once_in(3);
    request
}

/// A query as servers accept it: without spaces and control characters.
fn query(choices: &mut Choices<'_>) -> String {
    let mut query = strings::any(choices);
    if choices.once_in(2) {
        query = format!("size={query}&search=\"<{{}}>|\\^`'%zz%&&=&;[]");
    }
    query
        .chars()
        .filter(|character| !character.is_ascii_control() && !" #".contains(*character))
        .take(8_000)
        .collect()
}

/// Changes one part of the event. Members that clients don't control never get a client's string, since the log may
/// contain them.
fn change(choices: &mut Choices<'_>, event: &mut Value) {
    let (client, gateway) = (values::strings("/clientMembers"), values::strings("/gatewayMembers"));
    let other = choices.one(&values::list("/eventValues")).clone();
    match choices.below(8) {
        0 | 1 => {
            let change = choices.one(&values::list("/eventChanges"));
            set(event, change[0].as_str().expect("a pointer"), change[1].clone());
        }
        2 => {
            let name = choices.one(&values::strings("/removableMembers"));
            event.as_object_mut().and_then(|members| members.remove(name));
        }
        3 => set(event, "/rawPath", json!(format!("/{}", strings::any(choices)))),
        // The gateway sends lower-case names, but not every tool that creates events does.
        4 => {
            let headers = event["headers"].as_object().cloned().unwrap_or_default();
            event["headers"] =
                headers.into_iter().map(|(name, value)| (name.to_uppercase(), value)).collect();
        }
        5 => set(event, choices.one(&client), json!(strings::any(choices))),
        6 => set(event, choices.one(&client), other),
        _ => set(event, choices.one(&gateway), other),
    }
}

pub(super) fn set(event: &mut Value, pointer: &str, value: Value) {
    let (parent, name) = pointer.rsplit_once('/').unwrap_or_default();
    if let Some(members) = event.pointer_mut(parent).and_then(Value::as_object_mut) {
        members.insert(name.to_owned(), value);
    }
}
