//! The console's cookies.
//!
//! Their names begin with `__Host-`: a browser then takes them from this host only, over TLS only, and another host of the
//! same domain can neither read nor set them (RFC 6265bis, section 4.1.3). Over plain http on this machine, where a browser
//! would not keep such a cookie, they go without prefix and `Secure`.

use lambda_http::http::{HeaderName, header};

use crate::request::ApiRequest;
use crate::response::ApiResponse;

/// The name of a session's cookie, without its prefix.
const SESSION: &str = "keyturn-session";

/// The header that the console sends with every request. No other origin can: it would have to ask first (CORS), and the API
/// never allows it.
pub const CSRF_HEADER: HeaderName = HeaderName::from_static("x-keyturn-csrf");

/// What the browser says about where a request comes from.
const FETCH_SITE: &str = "sec-fetch-site";

impl ApiRequest {
    /// The string of the session's cookie.
    #[must_use]
    pub fn session_string(&self) -> Option<&str> {
        self.cookie(SESSION)
    }

    /// A cookie of the console, by its name without the prefix.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let prefix = self.cookie_prefix();
        self.cookies().find_map(|cookie| {
            let (found, value) = cookie.split_once('=')?;
            (found.strip_prefix(prefix)? == name).then_some(value)
        })
    }

    /// Whether the browser says that the request comes from a page of this origin, and the console's header is there.
    #[must_use]
    pub fn is_of_own_origin(&self) -> bool {
        self.has_header(CSRF_HEADER.as_str()) && self.header(FETCH_SITE) == Some("same-origin")
    }

    fn cookies(&self) -> impl Iterator<Item = &str> {
        self.header_values(header::COOKIE.as_str()).flat_map(|value| value.split(';')).map(str::trim)
    }

    fn cookie_prefix(&self) -> &'static str {
        if self.is_plain_loopback() { "" } else { "__Host-" }
    }

    /// Whether the request came over plain http to this machine. API Gateway says https in the header, whatever the client
    /// sent.
    fn is_plain_loopback(&self) -> bool {
        let host = self.header("host").unwrap_or_default();
        let name = host.rsplit_once(':').map_or(host, |(name, port)| match port.parse::<u16>() {
            Ok(_) => name,
            Err(_) => host,
        });
        self.header("x-forwarded-proto") == Some("http")
            && ["127.0.0.1", "[::1]", "localhost"].contains(&name)
    }

    /// A header that sets a cookie for this many seconds; `None` removes it.
    fn set_cookie(&self, name: &str, value: Option<(&str, i64)>) -> String {
        let secure = if self.is_plain_loopback() { "" } else { "; Secure" };
        let (text, seconds) = value.unwrap_or(("", 0));
        let prefix = self.cookie_prefix();
        format!("{prefix}{name}={text}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
    }
}

impl ApiResponse {
    /// The same answer, which sets a cookie for this many seconds.
    #[must_use]
    pub fn with_cookie(self, call: &ApiRequest, name: &str, value: &str, seconds: i64) -> Self {
        self.and(header::SET_COOKIE, &call.set_cookie(name, Some((value, seconds))))
    }

    /// The same answer, which removes a cookie.
    #[must_use]
    pub fn without_cookie(self, call: &ApiRequest, name: &str) -> Self {
        self.and(header::SET_COOKIE, &call.set_cookie(name, None))
    }

    /// The same answer, which gives the browser a session.
    #[must_use]
    pub fn with_session(self, call: &ApiRequest, string: &str, seconds: i64) -> Self {
        self.with_cookie(call, SESSION, string, seconds)
    }

    /// The same answer, which takes the session from the browser.
    #[must_use]
    pub fn without_session(self, call: &ApiRequest) -> Self {
        self.without_cookie(call, SESSION)
    }
}

#[cfg(test)]
mod tests {
    use lambda_http::Body;
    use lambda_http::http::StatusCode;

    use super::*;

    fn call(headers: &[(&str, &str)]) -> ApiRequest {
        let request = lambda_http::http::Request::builder();
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        ApiRequest::new(request.body(Body::Empty).unwrap())
    }

    #[test]
    fn only_a_cookie_of_this_host_counts() {
        let https = [("host", "api.example.com"), ("x-forwarded-proto", "https")];
        let with = |cookie| call(&[&https[..], &[("cookie", cookie)]].concat());
        assert_eq!(with("a=b; __Host-keyturn-session=kss_1; c=d").session_string(), Some("kss_1"));
        // Another host of the domain can set this one.
        assert_eq!(with("keyturn-session=kss_1").session_string(), None);
        assert_eq!(with("__Secure-keyturn-session=kss_1").session_string(), None);
        assert_eq!(with("x__Host-keyturn-session=kss_1").session_string(), None);
    }

    #[test]
    fn goes_without_prefix_on_this_machine_only() {
        for (host, proto, expected) in [
            ("127.0.0.1:8080", "http", Some("kss_1")),
            ("[::1]:8080", "http", Some("kss_1")),
            ("localhost", "http", Some("kss_1")),
            ("127.0.0.1:8080", "https", None),
            ("api.example.com", "http", None),
            ("127.0.0.1.example.com", "http", None),
        ] {
            let call =
                call(&[("host", host), ("x-forwarded-proto", proto), ("cookie", "keyturn-session=kss_1")]);
            assert_eq!(call.session_string(), expected, "{proto}://{host}");
        }
    }

    #[test]
    fn sets_strict_attributes() {
        let call = call(&[("host", "api.example.com")]);
        let answer = ApiResponse::text(
            StatusCode::OK,
            lambda_http::http::HeaderValue::from_static("text/plain"),
            String::new(),
        );
        let response = answer.with_session(&call, "kss_1", 60).without_cookie(&call, "other").into_response();
        let set: Vec<_> = response.headers().get_all("set-cookie").iter().collect();
        assert_eq!(
            set,
            [
                "__Host-keyturn-session=kss_1; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure",
                "__Host-other=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure",
            ]
        );
    }

    #[test]
    fn another_site_is_told_by_its_headers() {
        let own = ("sec-fetch-site", "same-origin");
        assert!(call(&[own, ("x-keyturn-csrf", "1")]).is_of_own_origin());
        for headers in [
            &[own][..],
            &[("x-keyturn-csrf", "1")],
            &[("sec-fetch-site", "same-site"), ("x-keyturn-csrf", "1")],
            &[("sec-fetch-site", "cross-site"), ("x-keyturn-csrf", "1")],
            &[("sec-fetch-site", "none"), ("x-keyturn-csrf", "1")],
            &[],
        ] {
            assert!(!call(headers).is_of_own_origin(), "{headers:?}");
        }
    }
}
