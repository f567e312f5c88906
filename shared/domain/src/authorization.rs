//! Where a request carries the token string: `Authorization: Bearer` (RFC 6750) or the reference system's header.

/// The reference system's header for a token string.
pub const TOKEN_HEADER: &str = "x-plenigo-token";

/// The token string of a request. `header` looks one up by its name in lower case.
pub fn token_string<'a>(header: impl Fn(&str) -> Option<&'a str>) -> Option<&'a str> {
    header("authorization").and_then(bearer).or_else(|| header(TOKEN_HEADER).map(str::trim))
}

/// The string in the value of an `Authorization` header.
#[must_use]
pub fn bearer(value: &str) -> Option<&str> {
    let (scheme, string) = value.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| string.trim())
}
