//! Parsing of settings.

mod characters;
mod dates;
mod mails;
mod urls;

use super::*;

#[test]
fn names() {
    assert_eq!(Name::parse("  partner ").map(|name| name.0), Ok("partner".into()));
    assert!(Name::parse(&"ä".repeat(100)).is_ok());
    for bad in ["", "   ", "a\nb", "a\u{0}b", &"x".repeat(101)] {
        assert!(Name::parse(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn each_rule_has_its_own_code() {
    let urls = |text: &str| CallbackUrl::parse(text, &AllowedNetworks::default()).unwrap_err().code;
    for (text, code) in [
        (format!("https://a.com/{}", "x".repeat(1_000)).as_str(), FaultCode::TooLong),
        ("x", FaultCode::InvalidUrl),
        ("http://a.com/", FaultCode::HttpsRequired),
        ("https://u:p@a.com/", FaultCode::UrlHasCredentials),
        ("https://a.com/#x", FaultCode::UrlHasFragment),
        ("https://a.com:0/", FaultCode::InvalidPort),
        ("https://a.com:6379/", FaultCode::InvalidPort),
        ("https://127.0.0.1/", FaultCode::HostNotPublic),
    ] {
        assert_eq!(urls(text), code, "{text}");
    }
    assert_eq!(Name::parse("").unwrap_err().code, FaultCode::LengthOutOfRange);
    assert_eq!(Name::parse("a\0b").unwrap_err().code, FaultCode::ControlCharacters);
    assert_eq!(Description::parse(&"x".repeat(1_001)).unwrap_err().code, FaultCode::TooLong);
    assert_eq!(Application::parse("orders").unwrap_err().code, FaultCode::InvalidApplicationName);
}

#[test]
fn applications() {
    let catalogue = Catalogue::parse("ORDERS, PRODUCTS,ORDERS").unwrap();
    assert_eq!(catalogue.names(), [MANAGEMENT, "ORDERS", "PRODUCTS"]);
    let parse = |names: &[&str]| {
        Applications::parse(&names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>(), &catalogue)
    };
    assert!(parse(&["ORDERS", MANAGEMENT]).is_ok());
    let codes = |names: &[&str]| parse(names).unwrap_err().iter().map(|it| it.code).collect::<Vec<_>>();
    assert_eq!(codes(&[]), [FaultCode::CountOutOfRange]);
    assert_eq!(codes(&["X", "X"]), [FaultCode::UnknownApplication, FaultCode::DuplicateApplication]);
    for bad in ["orders", "A-B", "1A", &"A".repeat(31)] {
        assert!(Catalogue::parse(bad).is_err(), "{bad}");
    }
}
