//! The request's form (RFC 7662, section 2.1).

use keyturn_domain::fault::{FaultCode, Faults, Violation};
use keyturn_domain::refusal::Refusal;
use keyturn_http::ApiRequest;
use url::form_urlencoded;

const FORM: &str = "application/x-www-form-urlencoded";

/// What a decoder puts where bytes are no UTF-8.
const NOT_UTF8: char = '\u{fffd}';

/// The token that the caller asks about. `token_type_hint` and parameters that nobody knows are ignored, as the RFC asks;
/// one without a value counts as left out, and none may be sent twice (RFC 6749, section 3.2).
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

/// Never shows what was sent: it may be a token string.
fn fault(field: &str, violation: Violation) -> Refusal {
    let mut faults = Faults::default();
    faults.add(field, violation);
    Refusal::Invalid(faults)
}
