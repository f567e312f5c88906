//! Mail addresses: one bare address of a form that SES delivers to.

use proptest::prelude::*;

use super::*;

#[test]
fn accepts_addresses() {
    let longest = format!("{}@example.com", "x".repeat(64));
    for good in [
        "ops@example.com",
        "o'neil+tag@mail.example.org",
        "a@b.co",
        "1@2.example",
        "first.last@xn--bcher-kva.example",
        "!#$%&'*+-/=?^_`{|}~@example.com",
        "\"first last\"@example.com",
        "\"a@b\"@example.com",
        longest.as_str(),
    ] {
        assert_eq!(MailAddress::parse(good).map(|address| address.0), Ok(good.to_owned()), "{good}");
    }
}

#[test]
fn refuses_anything_else() {
    let long_name = format!("{}@example.com", "x".repeat(65));
    let long_label = format!("ops@{}.com", "x".repeat(64));
    let long_domain = format!("ops@{}com", "x.".repeat(130));
    for bad in [
        "",
        "ops",
        "@example.com",
        "ops@localhost",
        "ops@@example.com",
        "ops@example..com",
        "ops@example.com.",
        "ops@-example.com",
        ".ops@example.com",
        "ops @example.com",
        " ops@example.com",
        "ops@example.com\n",
        "ops\u{0}@example.com",
        "ops@[127.0.0.1]",
        "a@b.com,c@d.com",
        "a@b.com;c@d.com",
        "Ops <ops@example.com>",
        "mailto:ops@example.com",
        "a@b.com\r\nBcc: x@y.z",
        "\"a\r\nBcc: x@y.z\"@b.com",
        "\"\"@example.com",
        "\"a\"b\"@example.com",
        "ops@exa_mple.com",
        // SES takes neither; a domain can be written in Punycode.
        "öps@example.com",
        "ops@bücher.example",
        "ops@example.c\u{43e}m",
        "o\u{200b}ps@example.com",
        &long_name,
        &long_label,
        &long_domain,
    ] {
        assert!(MailAddress::parse(bad).is_err(), "{bad:?}");
    }
}

proptest! {
    /// No accepted text can end a header line, name a second recipient or differ from what was sent.
    #[test]
    fn every_accepted_text_is_printable_ascii(text in "([a-z.\"\\\\ ,;:<>()\\[\\]\r\n\t\u{0}ä]|\\PC){0,12}@([a-z0-9.-]|\\PC){0,20}") {
        if let Ok(address) = MailAddress::parse(&text) {
            prop_assert_eq!(address.as_str(), text.as_str());
            prop_assert!(text.bytes().all(|byte| (b' '..=b'~').contains(&byte) || byte == b'\t'), "{:?}", text);
            let (_, domain) = text.rsplit_once('@').unwrap();
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
            prop_assert!(domain.contains('.') && domain.bytes().all(allowed), "{:?}", text);
        }
    }
}
