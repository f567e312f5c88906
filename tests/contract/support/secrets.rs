//! Searches texts for secrets.

use regex::Regex;

/// Fails if a text holds a token string, a request token or a signing secret.
pub(crate) fn assert_none(place: &str, text: &str) {
    let secret = Regex::new(r"(kat|krt|kss)_[0-9A-Za-z]{71}|whsec_[0-9A-Za-z+/]{43}=").unwrap();
    if let Some(found) = secret.find(text) {
        let around = &text[text.floor_char_boundary(found.start().saturating_sub(200))..found.start()];
        panic!("{place} holds a secret after: {around}");
    }
}

#[test]
#[should_panic(expected = "holds a secret")]
fn finds_one() {
    assert_none("this text", &format!("see kat_{} there", "0".repeat(71)));
}
