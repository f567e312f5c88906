//! Callback URLs, and the notations that hide an internal address. The ranges themselves are tested in `address`.

use proptest::prelude::*;

use super::*;
use crate::address::AllowedPorts;

fn parse(text: &str) -> Result<String, String> {
    CallbackUrl::parse(text, &AllowedNetworks::default())
        .map(|url| url.0)
        .map_err(|violation| violation.to_string())
}

fn parse_locally(text: &str) -> Result<String, String> {
    let ports = AllowedPorts::parse("443,8443,loopback").unwrap();
    CallbackUrl::parse(text, &AllowedNetworks::parse("127.0.0.0/8,::1/128").unwrap().with_ports(ports))
        .map(|url| url.0)
        .map_err(|violation| violation.to_string())
}

#[test]
fn accepts_receivers() {
    for (text, expected) in [
        ("https://example.com/hook?x=1", "https://example.com/hook?x=1"),
        ("HTTPS://EXAMPLE.com", "https://example.com/"),
        ("https://example.com:443/", "https://example.com/"),
        ("https://example.com:8443/hook", "https://example.com:8443/hook"),
        ("https://example.com./hook", "https://example.com./hook"),
        ("https://bücher.example/ü?ü", "https://xn--bcher-kva.example/%C3%BC?%C3%BC"),
        ("https://1.1.1.1/", "https://1.1.1.1/"),
        ("https://[2606:4700::1111]/", "https://[2606:4700::1111]/"),
        ("https://16843009/", "https://1.1.1.1/"),
        ("https://example.com/a/../b", "https://example.com/b"),
        ("https://example.com/@127.0.0.1/", "https://example.com/@127.0.0.1/"),
        ("https://example.com/?u=https://127.0.0.1/", "https://example.com/?u=https://127.0.0.1/"),
        ("https://127.0.0.1.example.com/", "https://127.0.0.1.example.com/"),
        ("https://localhost.example.com/", "https://localhost.example.com/"),
        // A backslash is a slash to every client, so the rest is the path.
        ("https://example.com\\@127.0.0.1/", "https://example.com/@127.0.0.1/"),
    ] {
        assert_eq!(parse(text).as_deref(), Ok(expected), "{text}");
    }
}

/// Internal hosts, one of each notation.
const INTERNAL: [&str; 30] = [
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "2130706433",
    "017700000001",
    "0x7f000001",
    "0x7f.1",
    "0x7f.0x0.0x0.0x1",
    "0177.0.0.1",
    "00000000177.1",
    "%31%32%37.0.0.1",
    "127%2e0%2e0%2e1",
    "１２７.０.０.１",
    "①②⑦.0.0.1",
    "127。0。0。1",
    "𝟏𝟐𝟕.𝟎.𝟎.𝟏",
    "0",
    "0.0.0.0",
    "10.1.2.3",
    "169.254.169.254",
    "2852039166",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[2002:7f00:1::]",
    "[fe80::1]",
    "[fd00:ec2::254]",
];

#[test]
fn refuses_internal_addresses_in_every_notation() {
    for host in INTERNAL {
        for url in [
            format!("https://{host}/"),
            format!("https://{host}:8443/hook?x=1"),
            format!("https:{host}"),
            format!("https:\\\\{host}\\"),
            format!("\thttps:///{host}/ "),
            format!("ht\ntps://{host}/"),
        ] {
            assert_eq!(parse(&url), Err("must have a public host".to_owned()), "{url:?}");
        }
        assert_eq!(parse(&format!("http://{host}/")), Err("must start with https://".to_owned()), "{host}");
    }
}

#[test]
fn accepts_allowed_networks_besides() {
    for host in
        ["127.0.0.1", "127.9.9.9", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "localhost", "LOCALHOST"]
    {
        assert!(parse_locally(&format!("http://{host}:9000/hook")).is_ok(), "{host}");
        assert!(parse_locally(&format!("https://{host}:9000/hook")).is_ok(), "{host}");
    }
    for host in
        ["10.1.2.3", "169.254.169.254", "[fe80::1]", "[::ffff:10.0.0.1]", "[64:ff9b::a01:203]", "intranet"]
    {
        for scheme in ["http", "https"] {
            let url = format!("{scheme}://{host}:8443/");
            assert_eq!(parse_locally(&url), Err("must have a public host".to_owned()), "{url}");
        }
    }
    assert!(parse_locally("http://example.com/").is_err() && parse_locally("http://1.1.1.1/").is_err());
    assert!(parse_locally("https://example.com/").is_ok());
}

#[test]
fn refuses_names_outside_the_public_dns() {
    for host in [
        "localhost",
        "LocalHost",
        "localhost.",
        "a.localhost",
        "a.b.localhost.",
        "ｌｏｃａｌｈｏｓｔ",
        "intranet",
        "intranet.",
    ] {
        let url = format!("https://{host}/");
        assert_eq!(parse(&url), Err("must have a public host".to_owned()), "{url}");
    }
}

#[test]
fn refuses_anything_else() {
    for bad in [
        "",
        "hook",
        "//example.com/hook",
        "example.com",
        "https:",
        "https://",
        "https://?x",
        "https://[::1",
        "https://[fe80::1%25eth0]/",
        "https://[::ffff:127.0.0.1.]/",
        "https://1.2.3.4.5/",
        "https://256.0.0.1/",
        "https://09.1.1.1/",
        "https://4294967296/",
        "https://./",
        "https://.example.com/",
        "https://example..com/",
        "https://exa mple.com/",
        "https://exa%00mple.com/",
        "https://example.com:99999/",
        "https://example.com:0/",
        "https://xn--zz/",
        "ftp://example.com",
        "http://example.com",
        "ws://example.com/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "blob:https://example.com/x",
        "https://a:b@example.com/",
        "https://a@example.com/",
        "https://example.com@127.0.0.1/",
        "https://example.com/#x",
        "https://example.com#@127.0.0.1/",
    ] {
        assert!(parse(bad).is_err(), "{bad:?} is accepted as {:?}", parse(bad));
        assert!(parse_locally(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn length() {
    let url = |length: usize| format!("https://example.com/{}", "x".repeat(length - 20));
    assert!(parse(&url(1_000)).is_ok());
    assert_eq!(parse(&url(1_001)), Err("must have at most 1000 characters".to_owned()));
    assert!(
        parse(&format!("https://{}com/", "x.".repeat(200))).is_err(),
        "no name is longer than 253 characters"
    );
    assert!(
        parse(&format!("https://{}.com/", "x".repeat(64))).is_err(),
        "no label is longer than 63 characters"
    );
}

/// Pieces of hostile URLs.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(INTERNAL.to_vec()).prop_map(str::to_owned),
        prop::sample::select(vec![
            "https:",
            "http:",
            "//",
            "\\\\",
            "/",
            "@",
            ":",
            "#",
            "?",
            "%2f",
            "%00",
            "\t",
            "\n",
            "[",
            "]",
            ".",
            "example.com",
            "localhost",
            "443",
            "0",
            "。",
            "\u{ad}",
            "\u{200d}",
            "xn--",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,3}",
    ]
}

proptest! {
    #[test]
    fn every_accepted_text_is_a_plain_https_url_of_a_public_host(
        start in prop::sample::select(vec!["https://", "https:", "HTTPS://example.com", "https://1.1.1.1", ""]),
        pieces in prop::collection::vec(piece(), 0..6),
    ) {
        let text = start.to_owned() + &pieces.concat();
        if let Ok(accepted) = parse(&text) {
            let url = Url::parse(&accepted).unwrap();
            prop_assert_eq!(url.as_str(), accepted.as_str());
            prop_assert_eq!(parse(&accepted), Ok(accepted.clone()), "accepted once but not again");
            prop_assert!(accepted.starts_with("https://") && accepted.bytes().all(|byte| byte.is_ascii_graphic()), "{}", accepted);
            prop_assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none(), "{}", accepted);
            match url.host().unwrap() {
                Host::Domain(name) => {
                    prop_assert!(name.trim_end_matches('.').contains('.'), "{}", accepted);
                    prop_assert!(!name.trim_end_matches('.').ends_with(".localhost"), "{}", accepted);
                }
                Host::Ipv4(address) => prop_assert!(crate::address::is_public(address.into()), "{}", accepted),
                Host::Ipv6(address) => prop_assert!(crate::address::is_public(address.into()), "{}", accepted),
            }
        }
    }
}
