//! Maps paths of protected APIs to applications. Whatever is unclear is denied.

use keyturn_domain::settings::Catalogue;

use super::near_miss::is_near_miss;

/// Applications by API and path prefix, the longest prefix first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Protected(Vec<Entry>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    /// The id of the only API that this is for; any API without entries of its own if there is none.
    api: Option<String>,
    prefix: Vec<String>,
    application: String,
}

/// Where a request goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// The id of the API.
    pub(crate) api: &'a str,
    /// The path below the stage, without its leading slash.
    pub(crate) path: &'a str,
    /// The application that the stage names.
    pub(crate) of_stage: Option<&'a str>,
}

/// Why a path maps to no application. The request is denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unclear {
    /// Neither the function's parameter nor the stage names an application.
    #[error("no application is configured for this path")]
    NotConfigured,
    /// The gateway and the integration may interpret the path differently.
    #[error("the path can be read in more than one way")]
    Ambiguous,
    /// Path and stage name different applications.
    #[error("the path and the stage are configured for different applications")]
    Contradiction,
}

/// Characters and sequences that make a path ambiguous: an integration may resolve, decode or truncate it and then serve
/// another path than the authorized one. Two of them are also wildcards in a policy.
const AMBIGUOUS: [&str; 6] = ["\\", ";", "*", "?", "#", "//"];

impl Protected {
    /// Parses `/orders=ORDERS,a1b2c3/reports=REPORTS`; `/` matches every other path. An entry that begins with an API's id is
    /// for that API, which then has no other entries than its own.
    pub fn parse(list: &str) -> Result<Self, String> {
        let mut entries: Vec<Entry> = Vec::new();
        for text in list.split(',').map(str::trim).filter(|text| !text.is_empty()) {
            let (place, application) = text
                .split_once('=')
                .ok_or_else(|| format!("'{text}' is not of the form /path=APPLICATION"))?;
            let (api, path) = place
                .split_once('/')
                .filter(|(api, path)| is_api(api) && !is_ambiguous(path))
                .ok_or_else(|| format!("'{place}' is not a plain path that begins with / or an API's id"))?;
            if application.is_empty() || application.contains('=') {
                return Err(format!("'{text}' is not of the form /path=APPLICATION"));
            }
            Catalogue::parse(application)?;
            let api = Some(api.to_owned()).filter(|api| !api.is_empty());
            let prefix: Vec<_> = segments(path).map(str::to_owned).collect();
            if entries.iter().any(|known| known.api == api && known.has_prefix(&prefix)) {
                return Err(format!("'{place}' stands there twice"));
            }
            entries.push(Entry { api, prefix, application: application.to_owned() });
        }
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.prefix.len()));
        Ok(Self(entries))
    }

    /// The application of a path: that of the longest matching prefix of whole segments, or that of the stage. If both are
    /// configured, they must agree.
    pub(crate) fn application<'a>(&'a self, place: Place<'a>) -> Result<&'a str, Unclear> {
        let Place { api, path, of_stage } = place;
        let has_own = self.0.iter().any(|entry| entry.api.as_deref() == Some(api));
        let entries = || self.0.iter().filter(|entry| entry.api.as_deref() == has_own.then_some(api));
        let by_path = entries().any(|entry| !entry.prefix.is_empty());
        if by_path && is_ambiguous(path) {
            return Err(Unclear::Ambiguous);
        }
        let own: Vec<_> = segments(path).collect();
        let found = entries().find(|entry| own.starts_with(&entry.segments()));
        let matched = found.map_or(0, |entry| entry.prefix.len());
        let mut longer = entries().filter(|entry| entry.prefix.len() > matched);
        if longer.any(|entry| is_near_miss(&own, &entry.segments())) {
            return Err(Unclear::Ambiguous);
        }
        match (found.map(|entry| entry.application.as_str()), of_stage) {
            (Some(by_path), Some(of_stage)) if by_path != of_stage => Err(Unclear::Contradiction),
            (Some(application), _) | (None, Some(application)) => Ok(application),
            (None, None) => Err(Unclear::NotConfigured),
        }
    }
}

impl Entry {
    fn segments(&self) -> Vec<&str> {
        self.prefix.iter().map(String::as_str).collect()
    }

    /// Whether this entry has that prefix, in any case: an integration may not distinguish them.
    fn has_prefix(&self, prefix: &[String]) -> bool {
        let folded = |prefix: &[String]| prefix.join("/").to_lowercase();
        folded(&self.prefix) == folded(prefix)
    }
}

/// API Gateway's ids are lower-case letters and digits. None stands for every API.
fn is_api(id: &str) -> bool {
    id.chars().all(|character| character.is_ascii_lowercase() || character.is_ascii_digit())
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

    const API: &str = "a1b2c3";

    fn application<'a>(protected: &'a Protected, path: &'a str) -> Result<&'a str, Unclear> {
        protected.application(Place { api: API, path, of_stage: None })
    }

    fn at_stage<'a>(protected: &'a Protected, path: &'a str, stage: &'a str) -> Result<&'a str, Unclear> {
        protected.application(Place { api: API, path, of_stage: Some(stage) })
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
        assert_eq!(at_stage(&protected, "products", "PRODUCTS"), Ok("PRODUCTS"));
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
        assert_eq!(at_stage(&Protected::default(), "a%20b", "ORDERS"), Ok("ORDERS"));
    }

    #[test]
    fn path_and_stage_must_agree() {
        let protected = Protected::parse("/orders=ORDERS,/=REPORTS").unwrap();
        assert_eq!(at_stage(&protected, "orders", "ORDERS"), Ok("ORDERS"));
        assert_eq!(at_stage(&protected, "orders", "REPORTS"), Err(Unclear::Contradiction));
        assert_eq!(at_stage(&protected, "elsewhere", "ORDERS"), Err(Unclear::Contradiction));
    }

    #[test]
    fn an_api_with_entries_of_its_own_has_no_others() {
        let protected =
            Protected::parse("/orders=ORDERS,/=REPORTS,a1b2c3/orders=INVOICES,z9/=ORDERS").unwrap();
        assert_eq!(application(&protected, "orders"), Ok("INVOICES"));
        assert_eq!(application(&protected, "elsewhere"), Err(Unclear::NotConfigured));
        let of = |api| protected.application(Place { api, path: "orders", of_stage: None });
        assert_eq!((of("z9"), of("other")), (Ok("ORDERS"), Ok("ORDERS")));
        let elsewhere = Place { api: "other", path: "elsewhere", of_stage: None };
        assert_eq!(protected.application(elsewhere), Ok("REPORTS"));
    }

    #[test]
    fn malformed_lists_are_refused() {
        for list in [
            "orders=ORDERS",
            "/orders",
            "/orders=",
            "/a=orders",
            "/a=A,/a/=B",
            "/a/../b=A",
            "//=A",
            "/a=A=B",
            "API/a=A",
            "x y/a=A",
            "x/a=A,x/a=B",
            "/orders=A,/Orders=B",
        ] {
            assert!(Protected::parse(list).is_err(), "{list}");
        }
        assert_eq!(Protected::parse(" , "), Ok(Protected::default()));
    }
}
