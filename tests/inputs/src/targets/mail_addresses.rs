//! Mail addresses, and attempts to put more than one address into one.

use std::collections::BTreeSet;

use keyturn_domain::settings::MailAddress;
use serde_json::json;

use crate::choices::Choices;
use crate::request::Request;
use crate::texts;
use crate::world::World;

/// The API takes what the parser takes, exactly as it was sent; nothing that is taken can end a line or name a second
/// recipient.
pub fn mail_addresses(data: &[u8]) {
    let world = World::of_thread();
    let mut choices = Choices::new(data);
    let text = address(&mut choices);
    let body = json!({"renewalMailRecipient": text});
    let request =
        Request::new("PATCH", "/apiAccessTokens/{id}").about(&world.known.plain.id).by(&world.known.manager);
    let request = request.saying(body.to_string());
    if MailAddress::parse(&text).is_err() {
        world.ask_with_faults(&request, &BTreeSet::from(["renewalMailRecipient".to_owned()]));
        return;
    }
    let answer = world.ask_with_faults(&request, &BTreeSet::new());
    assert_eq!(answer.member("renewalMailRecipient"), text);
    assert!(text.bytes().all(|byte| (b' '..=b'~').contains(&byte) || byte == b'\t'), "{text:?}");
    let (local, domain) = text.rsplit_once('@').expect("an address has two parts");
    let quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"');
    assert!(
        quoted || !local.contains(['@', ',', ';', ':', '<', '>', '(', ')', '[', ']', '\\', '"', ' ', '\t']),
        "{text:?}"
    );
    assert!(
        domain.contains('.')
            && domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
    );
}

fn address(choices: &mut Choices<'_>) -> String {
    const LOCAL: [&str; 14] = [
        "ops",
        "\"o p s\"",
        "\"a@b\"",
        "a.b",
        ".a",
        "a.",
        "a..b",
        "a,b",
        "<a",
        "\"",
        "\"\\\"\"",
        "öps",
        "a\r\nb",
        "a;b",
    ];
    const DOMAIN: [&str; 14] = [
        "example.com",
        "xn--bcher-kva.example",
        "localhost",
        "[127.0.0.1]",
        "example..com",
        "-a.com",
        "a_b.com",
        "example.com.",
        "b.com,c@d.com",
        "b.com>",
        "b.com\r\nBcc: x@y.z",
        "bücher.example",
        "example。com",
        "",
    ];
    let part = |choices: &mut Choices<'_>, of: &[&'static str]| {
        if choices.once_in(6) { texts::any(choices) } else { choices.mostly(of).to_owned() }
    };
    let at = choices.mostly(&["@", "@@", "", " @", "\u{ff20}"]);
    let (local, domain) = (part(choices, &LOCAL), part(choices, &DOMAIN));
    format!("{local}{at}{domain}")
}
