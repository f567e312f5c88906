//! Sanitizes events for the runtime's conversion into requests.

use lambda_http::LambdaEvent;
use lambda_http::request::LambdaRequest;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// Characters that are not allowed in the query of a URI (RFC 3986, section 3.4). The percent sign is.
const NOT_IN_QUERY: AsciiSet = CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// The same event with a valid query. The gateway passes on what the client sent, and some clients send quotes and brackets
/// unencoded; the conversion puts it into a URI and panics at characters that are not allowed there. The meaning of the
/// parameters stays the same, since they are decoded again.
#[must_use]
pub fn fit_for_conversion(mut event: LambdaEvent<LambdaRequest>) -> LambdaEvent<LambdaRequest> {
    if let LambdaRequest::ApiGatewayV2(request) = &mut event.payload
        && let Some(query) = &mut request.raw_query_string
    {
        *query = utf8_percent_encode(query, &NOT_IN_QUERY).to_string();
    }
    event
}

#[cfg(test)]
mod tests {
    use lambda_http::{Context, Request, RequestExt as _};
    use serde_json::json;

    use super::*;

    fn convert(query: &str) -> Request {
        let event = json!({
            "version": "2.0", "rawPath": "/apiAccessTokens", "rawQueryString": query, "headers": {"host": "example.com"},
            "requestContext": {"stage": "$default", "http": {"method": "GET"}}, "isBase64Encoded": false,
        });
        let payload = serde_json::from_value(event).unwrap();
        fit_for_conversion(LambdaEvent::new(payload, Context::default())).payload.into()
    }

    #[test]
    fn keeps_the_meaning_of_a_query() {
        for (query, expected) in [
            ("search=plain&size=1", "plain"),
            ("search=a%20b+c%22", "a b c\""),
            ("search=\"<a>\" {b}|\\^`[c]", "\"<a>\" {b}|\\^`[c]"),
            ("search=ü\u{1f4e6}\u{7f}\r\n", "ü\u{1f4e6}\u{7f}\r\n"),
            ("search=100%", "100%"),
            ("search=a#b", "a#b"),
        ] {
            let request = convert(query);
            let parameters = request.query_string_parameters();
            assert_eq!(parameters.first("search"), Some(expected), "{query}");
        }
        assert_eq!(convert("").uri().query(), None);
    }
}
