//! Callback URLs, as far as their text tells: the tricks by which an address inside is written as something else.

use proptest::prelude::*;

use super::*;

fn parse(text: &str) -> Result<String, String> {
    CallbackUrl::parse(text, &AllowedNetworks::default())
        .map(|url| url.0)
        .map_err(|violation| violation.to_string())
}

fn parse_locally(text: &str) -> Result<String, String> {
    CallbackUrl::parse(text, &AllowedNetworks::parse("127.0.0.0/8,::1/128").unwrap())
        .map(|url| url.0)
        .map_err(|violation| violation.to_string())
}

#[test]
fn addresses_of_receivers() {
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
        // A backslash is a slash to every client, so what follows is the path.
        ("https://example.com\\@127.0.0.1/", "https://example.com/@127.0.0.1/"),
    ] {
        assert_eq!(parse(text).as_deref(), Ok(expected), "{text}");
    }
}

/// Hosts that are loopback, or a private or metadata address, however they are written.
const INSIDE: [&str; 58] = [
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "2130706433",
    "017700000001",
    "0x7f000001",
    "0X7F000001",
    "0x7f.1",
    "0x7f.0x0.0x0.0x1",
    "0177.0.0.1",
    "0177.0000.0000.0001",
    "0177.0x0.1",
    "00000000177.1",
    "%31%32%37.0.0.1",
    "%30x7f.1",
    "127%2e0%2e0%2e1",
    "１２７.０.０.１",
    "①②⑦.0.0.1",
    "127。0。0。1",
    "127．0．0．1",
    "𝟏𝟐𝟕.𝟎.𝟎.𝟏",
    "0",
    "0.0.0.0",
    "0x0",
    "10.1.2.3",
    "0xa010203",
    "172.16.0.1",
    "192.168.1",
    "169.254.169.254",
    "2852039166",
    "0xA9FEA9FE",
    "0251.0376.0251.0376",
    "169.254.43518",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "4294967295",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:169.254.169.254]",
    "[::127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::1]",
    "[2002:7f00:1::]",
    "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
    "[fe80::1]",
    "[fd00:ec2::254]",
    "[fec0::1]",
    "[ff02::1]",
];

#[test]
fn an_inner_address_is_refused_however_it_is_written() {
    for host in INSIDE {
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
fn only_networks_that_are_named_are_reached_besides() {
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
            let url = format!("{scheme}://{host}/");
            assert_eq!(parse_locally(&url), Err("must have a public host".to_owned()), "{url}");
        }
    }
    assert!(parse_locally("http://example.com/").is_err() && parse_locally("http://1.1.1.1/").is_err());
    assert!(parse_locally("https://example.com/").is_ok());
}

#[test]
fn names_that_are_nobodys() {
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
fn what_is_no_url_of_a_receiver() {
    for bad in [
        "",
        " ",
        "hook",
        "//example.com/hook",
        "example.com",
        "https",
        "https:",
        "https://",
        "https:///",
        "https://?x",
        "https://:443/",
        "https://[::1",
        "https://[fe80::1%25eth0]/",
        "https://[fe80::1%eth0]/",
        "https://[::ffff:127.0.0.1.]/",
        "https://[::ffff:0x7f.1]/",
        "https://[example.com]/",
        "https://1.2.3.4.5/",
        "https://256.0.0.1/",
        "https://127.0.0.256/",
        "https://0x/",
        "https://09.1.1.1/",
        "https://1e9/",
        "https://4294967296/",
        "https://./",
        "https://../",
        "https://.example.com/",
        "https://example..com/",
        "https://exa mple.com/",
        "https://exa%20mple.com/",
        "https://exa%00mple.com/",
        "https://exa<mple.com/",
        "https://exa%2fmple.com/",
        "https://example.com:99999/",
        "https://example.com:-1/",
        "https://example.com:0/",
        "https://example.com:443x/",
        "https://xn--zz/",
        "ftp://example.com",
        "http://example.com",
        "ws://example.com/",
        "wss://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "javascript:alert(1)",
        "data:text/plain,x",
        "blob:https://example.com/x",
        "httpss://example.com/",
        "https://a:b@example.com/",
        "https://a@example.com/",
        "https://:b@example.com/",
        "https://a:b@127.0.0.1/",
        "https://example.com@127.0.0.1/",
        "https://127.0.0.1@example.com/",
        "https://example.com/#x",
        "https://example.com/#",
        "https://example.com#@127.0.0.1/",
    ] {
        assert!(parse(bad).is_err(), "{bad:?} is taken as {:?}", parse(bad));
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

/// Pieces of which hostile URLs are made.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(INSIDE.to_vec()).prop_map(str::to_owned),
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
    fn whatever_is_taken_is_a_plain_https_url_of_a_public_host(
        start in prop::sample::select(vec!["https://", "https:", "HTTPS://example.com", "https://1.1.1.1", ""]),
        pieces in prop::collection::vec(piece(), 0..6),
    ) {
        let text = start.to_owned() + &pieces.concat();
        if let Ok(taken) = parse(&text) {
            let url = Url::parse(&taken).unwrap();
            prop_assert_eq!(url.as_str(), taken.as_str());
            prop_assert_eq!(parse(&taken), Ok(taken.clone()), "taken once and not again");
            prop_assert!(taken.starts_with("https://") && taken.bytes().all(|byte| byte.is_ascii_graphic()), "{}", taken);
            prop_assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none(), "{}", taken);
            match url.host().unwrap() {
                Host::Domain(name) => {
                    prop_assert!(name.trim_end_matches('.').contains('.'), "{}", taken);
                    prop_assert!(!name.trim_end_matches('.').ends_with(".localhost"), "{}", taken);
                }
                Host::Ipv4(address) => prop_assert!(crate::address::is_public(address.into()), "{}", taken),
                Host::Ipv6(address) => prop_assert!(crate::address::is_public(address.into()), "{}", taken),
            }
        }
    }
}
