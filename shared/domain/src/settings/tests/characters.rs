//! Characters in names and descriptions.

use proptest::prelude::*;
use regex::Regex;

use super::*;

/// Signs of category Cf that are visible: they stand before or around the numbers and words that they belong to.
const VISIBLE: &str =
    "\u{600}\u{601}\u{602}\u{603}\u{604}\u{605}\u{6dd}\u{70f}\u{890}\u{891}\u{8e2}\u{110bd}\u{110cd}";

/// Every character that Unicode has a control or format category for.
fn format_characters() -> Vec<char> {
    let category = Regex::new(r"\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}").unwrap();
    let is_named = |c: &char| category.is_match(c.encode_utf8(&mut [0; 4]));
    ('\0'..=char::MAX).filter(is_named).collect()
}

#[test]
fn no_control_or_format_character_is_accepted_but_joiners() {
    let all = format_characters();
    assert!(all.len() > 200, "{}", all.len());
    for c in all {
        let text = format!("a{c}b");
        let allowed = VISIBLE.contains(c) || ['\u{200c}', '\u{200d}'].contains(&c);
        assert_eq!(Name::parse(&text).is_ok(), allowed, "U+{:04X} in a name", u32::from(c));
        let allowed = allowed || ['\n', '\r', '\t'].contains(&c);
        assert_eq!(Description::parse(&text).is_ok(), allowed, "U+{:04X} in a description", u32::from(c));
    }
}

#[test]
fn what_scripts_need_is_accepted() {
    for name in ["می‌خواهم", "क्‍ष", "👩‍👩‍👧", "❤️", "Ünïcödé", "שלום", "ორდერი", "注文"]
    {
        assert_eq!(Name::parse(name).map(|name| name.0), Ok(name.to_owned()));
    }
    for invisible in ["\u{200d}", "\u{200c}\u{200d}", "\u{3164}", "\u{feff}a"] {
        assert!(Name::parse(invisible).is_err(), "{invisible:?}");
    }
}

proptest! {
    /// Wherever it stands, and whatever else does.
    #[test]
    fn one_hidden_character_is_enough(
        before in "\\PC{0,20}", after in "\\PC{0,20}",
        hidden in prop::sample::select(vec!['\u{202e}', '\u{2066}', '\u{200b}', '\u{feff}', '\u{ad}', '\u{e0041}', '\u{7f}']),
    ) {
        let text = format!("a{before}{hidden}{after}z");
        prop_assert!(Name::parse(&text).is_err());
        prop_assert!(Description::parse(&text).is_err());
    }

    #[test]
    fn accepted_names_read_as_they_are_written(text in "\\PC{0,120}") {
        if let Ok(name) = Name::parse(&text) {
            prop_assert!(!name.as_str().chars().any(is_hidden));
            prop_assert_eq!(name.as_str(), text.trim());
        }
    }
}
