//! Texts that people choose: which are taken, and what becomes of them.

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
fn applications() {
    let catalogue = Catalogue::parse("ORDERS, PRODUCTS,ORDERS").unwrap();
    assert_eq!(catalogue.names(), [MANAGEMENT, "ORDERS", "PRODUCTS"]);
    let parse = |names: &[&str]| {
        Applications::parse(&names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>(), &catalogue)
    };
    assert!(parse(&["ORDERS", MANAGEMENT]).is_ok());
    assert!(parse(&[]).is_err());
    assert_eq!(parse(&["X", "X"]).unwrap_err().len(), 2);
    for bad in ["orders", "A-B", "1A", &"A".repeat(31)] {
        assert!(Catalogue::parse(bad).is_err(), "{bad}");
    }
}
