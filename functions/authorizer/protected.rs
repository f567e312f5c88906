//! Maps paths of protected APIs to applications.

use keyturn_domain::settings::Catalogue;

/// Applications by path prefix, the longest prefix first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Protected(Vec<(Vec<String>, String)>);

/// Why a path maps to no application. The request is denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unclear {
    /// Neither the function's parameter nor the stage names an application.
    #[error("no application is configured for this path")]
    NotConfigured,
    /// The gateway and the integration may interpret the path differently.
    #[error("the path can be read in more than one way")]
    Ambiguous,
}

/// Characters and sequences that make a path ambiguous: an integration may resolve, decode or truncate it and then serve
/// another path than the authorized one. Two of them are also wildcards in a policy.
const AMBIGUOUS: [&str; 6] = ["\\", ";", "*", "?", "#", "//"];

impl Protected {
    /// Parses `/orders=ORDERS,/reports/yearly=REPORTS`; `/` matches every other path.
    pub fn parse(list: &str) -> Result<Self, String> {
        let mut paths = Vec::new();
        for entry in list.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let (path, application) = entry
                .split_once('=')
                .ok_or_else(|| format!("'{entry}' is not of the form /path=APPLICATION"))?;
            let segments = path
                .strip_prefix('/')
                .filter(|path| !is_ambiguous(path))
                .map(|path| segments(path).map(str::to_owned).collect::<Vec<_>>())
                .ok_or_else(|| format!("'{path}' is not a plain path that begins with /"))?;
            if application.is_empty() || application.contains('=') {
                return Err(format!("'{entry}' is not of the form /path=APPLICATION"));
            }
            Catalogue::parse(application)?;
            if paths.iter().any(|(known, _)| *known == segments) {
                return Err(format!("'{path}' stands there twice"));
            }
            paths.push((segments, application.to_owned()));
        }
        paths.sort_by_key(|(segments, _)| std::cmp::Reverse(segments.len()));
        Ok(Self(paths))
    }

    /// The application of a path: that of the longest matching prefix of whole segments, else that of the stage.
    pub(crate) fn application<'a>(
        &'a self,
        path: &str,
        of_stage: Option<&'a str>,
    ) -> Result<&'a str, Unclear> {
        let by_path = self.0.iter().any(|(segments, _)| !segments.is_empty());
        if by_path && is_ambiguous(path) {
            return Err(Unclear::Ambiguous);
        }
        let found = self.0.iter().find(|(prefix, _)| {
            let mut own = segments(path);
            prefix.iter().all(|segment| own.next() == Some(segment))
        });
        found.map(|(_, application)| application.as_str()).or(of_stage).ok_or(Unclear::NotConfigured)
    }
}

/// A trailing slash is ignored.
fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

fn is_ambiguous(path: &str) -> bool {
    AMBIGUOUS.iter().any(|part| path.contains(part))
        || path.starts_with('/')
        || path.split('/').any(|segment| segment == "." || segment == "..")
        || path.chars().any(char::is_control)
        || path.split('%').skip(1).any(hides_something)
}

/// Whether a percent-encoded byte needs no encoding or makes the path ambiguous. Spaces and non-ASCII characters remain.
fn hides_something(encoded: &str) -> bool {
    let byte = encoded.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
    byte.is_none_or(|byte| {
        byte.is_ascii_alphanumeric() || byte.is_ascii_control() || b"-._~/\\;*?#%".contains(&byte)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn application<'a>(protected: &'a Protected, path: &str) -> Result<&'a str, Unclear> {
        protected.application(path, None)
    }

    #[test]
    fn the_longest_prefix_of_whole_segments_wins() {
        let protected = Protected::parse("/=REPORTS, /orders=ORDERS,/orders/open/=INVOICES").unwrap();
        for (path, expected) in [
            ("", "REPORTS"),
            ("ordersX", "REPORTS"),
            ("order", "REPORTS"),
            ("orders", "ORDERS"),
            ("orders/", "ORDERS"),
            ("orders/1/open", "ORDERS"),
            ("orders/openly", "ORDERS"),
            ("orders/open", "INVOICES"),
            ("orders/open/1", "INVOICES"),
            ("ORDERS", "REPORTS"),
            ("orders/a%20b%C3%A9%2B", "ORDERS"),
            ("orders/é", "ORDERS"),
        ] {
            assert_eq!(application(&protected, path), Ok(expected), "{path}");
        }
    }

    #[test]
    fn unconfigured_paths_use_the_stage_or_are_denied() {
        let protected = Protected::parse("/orders=ORDERS").unwrap();
        assert_eq!(application(&protected, "products"), Err(Unclear::NotConfigured));
        assert_eq!(protected.application("products", Some("PRODUCTS")), Ok("PRODUCTS"));
        assert_eq!(protected.application("orders", Some("PRODUCTS")), Ok("ORDERS"));
        assert_eq!(application(&Protected::default(), "orders"), Err(Unclear::NotConfigured));
    }

    #[test]
    fn ambiguous_paths_are_denied() {
        let protected = Protected::parse("/=REPORTS,/orders=ORDERS").unwrap();
        for path in [
            "reports/../orders",
            "./orders",
            "reports/%2e%2e/orders",
            "reports%2F..%2Forders",
            "/orders",
            "reports//orders",
            "reports\\..\\orders",
            "%6Frders",
            "reports%252Forders",
            "reports/%",
            "reports/%zz",
            "orders;v=1",
            "*",
            "reports/?",
            "reports\n",
        ] {
            assert_eq!(application(&protected, path), Err(Unclear::Ambiguous), "{path}");
        }
    }

    #[test]
    fn one_application_for_all_paths_accepts_any_path() {
        let everything = Protected::parse("/=REPORTS").unwrap();
        assert_eq!(application(&everything, "a%20b/../c"), Ok("REPORTS"));
        assert_eq!(Protected::default().application("a%20b", Some("ORDERS")), Ok("ORDERS"));
    }

    #[test]
    fn malformed_lists_are_refused() {
        for list in
            ["orders=ORDERS", "/orders", "/orders=", "/a=orders", "/a=A,/a/=B", "/a/../b=A", "//=A", "/a=A=B"]
        {
            assert!(Protected::parse(list).is_err(), "{list}");
        }
        assert_eq!(Protected::parse(" , "), Ok(Protected::default()));
    }
}
