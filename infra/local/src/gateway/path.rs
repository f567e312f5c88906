//! A request's path as an HTTP API matches it: decoded, and cut at an encoded question mark. This follows the observed
//! behaviour of HTTP APIs; REST APIs differ.

use percent_encoding::percent_decode_str;

/// The decoded path; `None` if it is not UTF-8.
pub(crate) fn decode(path: &str) -> Option<String> {
    let decoded = percent_decode_str(path).decode_utf8().ok()?;
    let end = decoded.find('?').unwrap_or(decoded.len());
    Some(decoded[..end].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_decoded() {
        for (path, decoded) in [
            ("/apiAccessTokens/a%20b", Some("/apiAccessTokens/a b")),
            ("/apiAccessTokens/%C3%BC+", Some("/apiAccessTokens/ü+")),
            ("/a%2Fb", Some("/a/b")),
            ("/a%3Fb=c", Some("/a")),
            ("/100%", Some("/100%")),
            ("/%FF", None),
        ] {
            assert_eq!(decode(path).as_deref(), decoded, "{path}");
        }
    }
}
