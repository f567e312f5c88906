//! Callback URLs: schemes, hosts and addresses in every spelling, credentials, ports, fragments.

use std::collections::BTreeSet;

use keyturn_domain::address::{AllowedNetworks, is_public};
use keyturn_domain::settings::CallbackUrl;
use serde_json::json;
use url::{Host, Url};

use crate::choices::Choices;
use crate::request::Request;
use crate::settings::networks;
use crate::texts;
use crate::world::World;

/// The API takes what the parser takes; without networks that a deployment names, that is https to a public host.
pub fn callback_urls(data: &[u8]) {
    let world = World::of_thread();
    let mut choices = Choices::new(data);
    let text = address(&mut choices);
    if let Ok(taken) = CallbackUrl::parse(&text, &AllowedNetworks::default()) {
        check(&taken, &text);
    }
    let body = json!({"autoRenewal": {"callback": {"url": text}}});
    let request =
        Request::new("PATCH", "/apiAccessTokens/{id}").about(&world.known.called.id).by(&world.known.manager);
    let request = request.saying(body.to_string());
    match CallbackUrl::parse(&text, &networks()) {
        Ok(taken) => {
            let answer = world.ask_with_faults(&request, &BTreeSet::new()).json();
            assert_eq!(answer["autoRenewal"]["callback"]["url"], taken.as_str());
        }
        Err(_) => {
            world.ask_with_faults(&request, &BTreeSet::from(["autoRenewal.callback.url".to_owned()]));
        }
    }
}

fn check(taken: &CallbackUrl, text: &str) {
    let url = Url::parse(taken.as_str()).expect("what is taken is a URL");
    assert_eq!((url.as_str(), url.scheme()), (taken.as_str(), "https"), "{text}");
    assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none(), "{text}");
    assert!(taken.as_str().bytes().all(|byte| byte.is_ascii_graphic()), "{text}");
    assert_ne!(url.port(), Some(0), "{text}");
    let public = match url.host().expect("a host") {
        Host::Ipv4(address) => is_public(address.into()),
        Host::Ipv6(address) => is_public(address.into()),
        Host::Domain(name) => {
            name.trim_end_matches('.').contains('.') && !name.trim_end_matches('.').ends_with(".localhost")
        }
    };
    assert!(public, "{text} leads to {taken:?}");
}

fn address(choices: &mut Choices<'_>) -> String {
    const SCHEME: [&str; 12] = [
        "https://",
        "http://",
        "https:",
        "https:\\\\",
        "HTTPS:///",
        "//",
        "",
        "ftp://",
        "ht\ntps://",
        "javascript:",
        "file://",
        " https://",
    ];
    const HOST: [&str; 34] = [
        "example.com",
        "example.com.",
        "bücher.example",
        "1.1.1.1",
        "[2606:4700::1111]",
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "１２７.0.0.1",
        "127。0。0。1",
        "%31%32%37.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "0xA9FEA9FE",
        "100.100.100.200",
        "168.63.129.16",
        "0",
        "255.255.255.255",
        "256.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:a9fe:a9fe]",
        "[64:ff9b::a00:1]",
        "[2002:a00:1::]",
        "[fe80::1%25eth0]",
        "[fd00:ec2::254]",
        "localhost",
        "a.localhost.",
        "intranet",
        ".",
        "a..b",
        "xn--",
    ];
    const PORT: [&str; 8] = ["", ":443", ":8443", ":0", ":65535", ":65536", ":-1", ":"];
    const REST: [&str; 10] =
        ["", "/", "/hook?x=1", "#x", "?#", "/%00", "/a\r\nb", "\\@10.0.0.1/", "/\u{202e}", "?q=\u{1f4e6}"];
    const CREDENTIALS: [&str; 6] = ["a:b@", "a@", ":b@", "@", "example.com@", "1.1.1.1:443@"];
    let mut part = |of: &[&'static str]| match choices.below(16) {
        0 => texts::any(choices),
        1..8 => of[0].to_owned(),
        _ => choices.one(of).to_owned(),
    };
    let (scheme, host, port, rest) = (part(&SCHEME), part(&HOST), part(&PORT), part(&REST));
    let credentials = part(&CREDENTIALS);
    let credentials = if choices.once_in(8) { credentials } else { String::new() };
    format!("{scheme}{credentials}{host}{port}{rest}")
}
