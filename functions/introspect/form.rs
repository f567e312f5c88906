//! The request's form (RFC 7662, section 2.1).

use keyturn_domain::fault::{FaultCode, Faults, Violation};
use keyturn_domain::refusal::Refusal;
use keyturn_http::ApiRequest;
use url::form_urlencoded;

const FORM: &str = "application/x-www-form-urlencoded";

/// The replacement character of lossy UTF-8 decoding.
const NOT_UTF8: char = '\u{fffd}';

/// The token to introspect. `token_type_hint` and unknown parameters are ignored (RFC 7662, section 2.1); a parameter without
/// a value counts as omitted, and none may be repeated (RFC 6749, section 3.2).
pub(crate) fn token(call: &ApiRequest) -> Result<String, Refusal> {
    let is_form = call
        .header("content-type")
        .and_then(|value| value.split(';').next())
        .is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case(FORM));
    if !is_form {
        return Err(fault(
            "body",
            Violation::new(FaultCode::UnsupportedMediaType, format!("must be {FORM}")),
        ));
    }
    let values =
        || form_urlencoded::parse(call.body()).filter(|(name, value)| name == "token" && !value.is_empty());
    match (values().next(), values().count()) {
        (None, _) => Err(fault("token", Violation::required())),
        (Some((_, token)), 1) if token.contains(NOT_UTF8) => {
            Err(fault("token", Violation::new(FaultCode::InvalidUtf8, "is not UTF-8")))
        }
        (Some((_, token)), 1) => Ok(token.into_owned()),
        (Some(_), _) => {
            Err(fault("token", Violation::new(FaultCode::DuplicateParameter, "must be sent once")))
        }
    }
}

/// Without the value: it may be a token string.
fn fault(field: &str, violation: Violation) -> Refusal {
    let mut faults = Faults::default();
    faults.add(field, violation);
    Refusal::Invalid(faults)
}
