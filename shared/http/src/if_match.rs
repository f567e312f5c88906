//! `If-Match` (RFC 9110, section 13.1.1): the versions of a record that may be changed.

use keyturn_domain::fault::{FaultCode, Faults, Violation};

use crate::request::ApiRequest;

const HEADER: &str = "If-Match";

/// The versions that a request accepts; `None` accepts any: without the header, or with `*`. A well-formed but unknown or
/// weak tag matches no version; a malformed header is a fault.
pub fn if_match(request: &ApiRequest, faults: &mut Faults) -> Option<Vec<u64>> {
    if !request.has_header(HEADER) {
        return None;
    }
    let value = request.header(HEADER).unwrap_or_default().trim();
    if value == "*" {
        return None;
    }
    let versions = versions(value);
    if versions.is_none() {
        let error = "must be an ETag in its double quotes, a list of them, or *";
        faults.add(HEADER, Violation::new(FaultCode::InvalidEtag, error));
    }
    versions
}

/// The versions in a list of entity tags; `None` if malformed. Empty elements are skipped, as RFC 9110 requires.
fn versions(list: &str) -> Option<Vec<u64>> {
    const BETWEEN: [char; 3] = [',', ' ', '\t'];
    let mut versions = Vec::new();
    let mut rest = list.trim_start_matches(BETWEEN);
    loop {
        let weak = rest.strip_prefix("W/");
        let (tag, behind) = weak.unwrap_or(rest).strip_prefix('"')?.split_once('"')?;
        let version = tag.parse::<u64>().ok().filter(|version| weak.is_none() && version.to_string() == tag);
        versions.extend(version);
        rest = behind.trim_start_matches(BETWEEN);
        let ended = behind.trim_start().is_empty() || behind.trim_start().starts_with(',');
        if !ended {
            return None;
        }
        if rest.is_empty() {
            return Some(versions);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::versions;

    #[test]
    fn parses_lists_of_tags() {
        assert_eq!(versions(r#""3""#), Some(vec![3]));
        assert_eq!(versions(r#", "3", "4","5" ,"#), Some(vec![3, 4, 5]));
        assert_eq!(versions(r#"W/"3", "4""#), Some(vec![4]), "a weak tag never matches strongly");
        assert_eq!(versions(r#""", "a,b", "-1", "+1", "01""#), Some(vec![]), "tags of no version");
    }

    #[test]
    fn refuses_anything_else() {
        for none in ["", "3", r#""3"#, r#""3"4"#, r#"*, "3""#, r#""3" "4""#, r#"w/"3""#, r#""3", 4"#] {
            assert_eq!(versions(none), None, "{none}");
        }
    }
}
