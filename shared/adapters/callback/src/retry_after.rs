//! The header `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date.

use chrono::{DateTime, TimeDelta, Utc};
use hyper::header::HeaderValue;
use keyturn_domain::Timestamp;

/// The longest wait: past every window in which the same request token could be sent again.
const LONGEST: TimeDelta = TimeDelta::days(1);

/// How long from now the receiver asks to wait; `None` if the value has neither form.
pub(crate) fn parse(value: &HeaderValue, now: Timestamp) -> Option<TimeDelta> {
    let text = value.to_str().ok()?.trim();
    let wait = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are a long wait too.
        text.parse().ok().and_then(TimeDelta::try_seconds).unwrap_or(LONGEST)
    } else {
        DateTime::<Utc>::from(httpdate::parse_http_date(text).ok()?) - now
    };
    Some(wait.clamp(TimeDelta::zero(), LONGEST))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn noon() -> Timestamp {
        "2027-03-01T12:00:00Z".parse().unwrap()
    }

    fn seconds(text: &str) -> Option<i64> {
        parse(&HeaderValue::from_str(text).unwrap(), noon()).map(|wait| wait.num_seconds())
    }

    #[test]
    fn seconds_and_dates() {
        for (text, expected) in [
            ("0", 0),
            ("120", 120),
            ("86401", 86_400),
            ("99999999999999999999999999", 86_400),
            ("Mon, 01 Mar 2027 12:01:30 GMT", 90),
            ("Monday, 01-Mar-27 12:01:30 GMT", 90),
            ("Mon Mar  1 12:01:30 2027", 90),
            ("Mon, 01 Mar 2027 11:00:00 GMT", 0),
            ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400),
        ] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn ignores_anything_else() {
        for text in ["", "-5", "1.5", "soon", "2027-03-01T12:01:30Z", "+1"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_wait_is_within_bounds(text in "[ -~]{0,40}") {
            prop_assert!(seconds(&text).is_none_or(|wait| (0..=86_400).contains(&wait)));
        }
    }
}
