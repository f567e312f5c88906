//! Paths that are not a protected one but that an integration may serve as one: in another case, with an extension, or with
//! letters that it maps to others.

use percent_encoding::percent_decode_str;

/// Whether the first segments of a path come close to a prefix.
pub(crate) fn is_near_miss(path: &[&str], prefix: &[&str]) -> bool {
    path.len() >= prefix.len() && path.iter().zip(prefix).all(|(own, protected)| is_near(own, protected))
}

/// Whether a segment is the protected one, but for case, white space and dots around it, and what follows its name: `.json`,
/// `:batch`, `(1)`. A segment that only begins with it, like `orders-archive` or `orders2`, is another name.
fn is_near(own: &str, protected: &str) -> bool {
    let (own, protected) = (folded(own), folded(protected));
    let is_name = |character: &char| character.is_alphanumeric() || ['-', '_'].contains(character);
    own.len() >= protected.len()
        && own.iter().zip(&protected).all(|(own, protected)| is_like(*own, *protected))
        && !own.get(protected.len()).is_some_and(is_name)
}

/// The characters of a segment that count, in lower case. Invisible characters and marks are among those that do not.
fn folded(segment: &str) -> Vec<char> {
    let text = percent_decode_str(segment).decode_utf8_lossy();
    let is_edge = |character: char| character == '.' || character.is_whitespace() || character.is_control();
    let counts = |character: &char| character.is_ascii() || character.is_alphanumeric();
    // By way of upper case, as some letters have only one of their forms in ASCII.
    text.trim_matches(is_edge).to_uppercase().to_lowercase().chars().filter(counts).collect()
}

/// Whether an integration may take a character for another: it may map any letter beyond ASCII to a letter of ASCII.
const fn is_like(own: char, protected: char) -> bool {
    own == protected || (protected.is_ascii() && !own.is_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_names_are_no_near_misses() {
        for path in ["order", "ordersx", "orders2", "orders-archive", "orders_old", "orderß", "reorders", ""]
        {
            assert!(!is_near("orders", path) && !is_near(path, "orders"), "{path}");
        }
        assert!(!is_near_miss(&["orders"], &["orders", "open"]));
    }

    #[test]
    fn what_an_integration_may_map_to_a_prefix_is_near() {
        for path in [
            "ORDERS",
            "Orders",
            "orders.",
            "orders ",
            " orders",
            "orders%20",
            "orders.json",
            "orders.JSON",
            "orders:batch",
            "orders(1)",
            "orders+",
            "orders,1",
            "orders%00",
            "%6frders",
            "order\u{17f}",
            "\u{ff4f}rders",
            "\u{f6}rders",
            "or\u{200b}ders",
            "o\u{308}rders",
            "orders\u{a0}",
        ] {
            assert!(is_near(path, "orders"), "{path:?}");
        }
        assert!(is_near_miss(&["Orders", "open.json", "1"], &["orders", "open"]));
    }
}
