//! The one mapping from refusals to answers: problem documents (RFC 9457) with the reference system's members.

use keyturn_application::PortError;
use keyturn_domain::fault::Fault;
use keyturn_domain::refusal::{Conflict, Refusal};
use lambda_http::http::{StatusCode, header};
use serde::Serialize;

use crate::field;
use crate::response::ApiResponse;

/// A problem document (RFC 9457) with the reference system's members. Fields may be added.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(crate) struct Problem<'a> {
    /// A URN that stands for the kind of problem.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "uri")))]
    r#type: String,
    /// The kind of problem in words.
    title: &'a str,
    /// The status code of the answer.
    status: u16,
    /// What is wrong with this request.
    detail: &'a str,
    /// What programs tell problems apart by. Codes may be added.
    error_code: &'a str,
    /// The same as `detail`.
    error_message: &'a str,
    /// All faults of a request that is not valid.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "Vec<ValidationError<'a>>"))]
    validation_errors: Option<Vec<ValidationError<'a>>>,
}

/// What is wrong with one field, parameter or header.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
struct ValidationError<'a> {
    /// Its name, `autoRenewal.everyDays` for a nested one.
    field: &'a str,
    /// What is allowed.
    error: &'a str,
    /// What programs tell faults apart by: one code for each rule. More may be added.
    code: &'a str,
    /// The beginning of what was sent, unless it may be a secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "&'a str"))]
    value: Option<&'a str>,
}

/// The fixed part of a problem document.
struct Kind {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
}

const fn kind(status: StatusCode, code: &'static str, title: &'static str) -> Kind {
    Kind { status, code, title }
}

fn kind_of(refusal: &Refusal) -> Kind {
    match refusal {
        Refusal::Unauthenticated | Refusal::Ended(_) => {
            kind(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", "A valid API access token is needed")
        }
        Refusal::ReadOnly => {
            kind(StatusCode::FORBIDDEN, "READ_ONLY_TOKEN", "The token has no right to write")
        }
        Refusal::ApplicationMissing(_) => {
            kind(StatusCode::FORBIDDEN, "APPLICATION_MISSING", "The token is not for this application")
        }
        Refusal::NotTheRenewedToken => kind(
            StatusCode::FORBIDDEN,
            "NOT_THE_RENEWED_TOKEN",
            "The token may not redeem this request token",
        ),
        Refusal::OutlivesCaller => kind(
            StatusCode::FORBIDDEN,
            "OUTLIVES_CALLER",
            "The token may not have a management token that outlives it",
        ),
        Refusal::TokenNeeded => {
            kind(StatusCode::FORBIDDEN, "TOKEN_NEEDED", "This call needs an API access token")
        }
        Refusal::SessionNeeded => kind(StatusCode::FORBIDDEN, "SESSION_NEEDED", "This call needs a session"),
        Refusal::RoleMissing(_) => {
            kind(StatusCode::FORBIDDEN, "ROLE_MISSING", "The person does not have the role for this")
        }
        Refusal::SignInTooOld => {
            kind(StatusCode::FORBIDDEN, "SIGN_IN_TOO_OLD", "This call needs a recent sign-in")
        }
        Refusal::CrossSite => {
            kind(StatusCode::FORBIDDEN, "CROSS_SITE", "The request may come from another site")
        }
        Refusal::NotFound(_) => kind(StatusCode::NOT_FOUND, "NOT_FOUND", "Not found"),
        Refusal::Invalid(_) => kind(StatusCode::BAD_REQUEST, "VALIDATION_FAILED", "The request is not valid"),
        Refusal::Gone(_) => {
            kind(StatusCode::GONE, "REQUEST_TOKEN_DEAD", "The request token can't be redeemed any more")
        }
        Refusal::VersionMismatch => {
            kind(StatusCode::PRECONDITION_FAILED, "VERSION_MISMATCH", "The token has been changed meanwhile")
        }
        Refusal::KeyReused => kind(
            StatusCode::UNPROCESSABLE_ENTITY,
            "IDEMPOTENCY_KEY_REUSED",
            "The idempotency key was used for another request",
        ),
        Refusal::ShareUsedUp { .. } => kind(
            StatusCode::TOO_MANY_REQUESTS,
            "SHARE_USED_UP",
            "The company has used up its share of the API",
        ),
        Refusal::TooManyReports { .. } => {
            kind(StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_REPORTS", "Too many reports from one address")
        }
        Refusal::Conflict(conflict) => kind(
            StatusCode::CONFLICT,
            match conflict {
                Conflict::AlreadyRenewed => "ALREADY_RENEWED",
                Conflict::Expired => "EXPIRED",
                Conflict::Deactivated => "DEACTIVATED",
                Conflict::NoAutoRenewal => "NO_AUTO_RENEWAL",
                Conflict::NoCallback => "NO_CALLBACK",
                Conflict::NoPull => "NO_PULL",
                Conflict::Leaked => "LEAKED",
                Conflict::RenewalNotDue { .. } => "RENEWAL_NOT_DUE",
                Conflict::SuccessorEnded => "SUCCESSOR_ENDED",
                Conflict::NotCopyable => "NOT_COPYABLE",
                Conflict::CompanyExists => "COMPANY_EXISTS",
                Conflict::MassRenewalEnded => "MASS_RENEWAL_ENDED",
            },
            "The state of the token does not allow this",
        ),
    }
}

fn detail_of(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Unauthenticated => {
            "Send a valid token string as 'Authorization: Bearer kat_…' or in the header X-plenigo-token."
                .to_owned()
        }
        Refusal::Ended(ended) => format!("The token {ended}."),
        Refusal::ReadOnly => "This call needs a token with the rights READ_WRITE.".to_owned(),
        Refusal::ApplicationMissing(name) => format!("This call needs a token for the application {name}."),
        Refusal::NotTheRenewedToken => {
            "Redeem it with the token that is being renewed, or with a READ_WRITE token for \
             the application API_ACCESS_TOKENS."
                .to_owned()
        }
        Refusal::OutlivesCaller => {
            "A management token that expires may not create, renew or give out a management token that is valid for \
             longer. Use one that is valid for as long, or one without expiry."
                .to_owned()
        }
        Refusal::TokenNeeded => "A session gives no access to this; send a token string.".to_owned(),
        Refusal::SessionNeeded => "This is about the caller's session; sign in to the console.".to_owned(),
        Refusal::RoleMissing(role) => format!("This call needs the role {role}."),
        Refusal::SignInTooOld => {
            "Sign in again: this call needs a sign-in that is not older than 5 minutes.".to_owned()
        }
        Refusal::CrossSite => "With a session, send the header X-Keyturn-CSRF from a page of the same origin; \
                               the browser adds Sec-Fetch-Site."
            .to_owned(),
        Refusal::NotFound(what) => format!("There is no such {what}."),
        Refusal::Invalid(faults) => match faults.as_slice() {
            [one] => format!("{} {}.", field::shown(&one.field), one.error),
            many => format!("{} fields are faulty; see validationErrors.", many.len()),
        },
        Refusal::Gone(dead) => format!("The request token can't be redeemed: {dead}."),
        Refusal::VersionMismatch => {
            "If-Match names another version than the token has; read it again.".to_owned()
        }
        Refusal::KeyReused => {
            "Send another Idempotency-Key, or the same request as with this one.".to_owned()
        }
        Refusal::TooManyReports { wait } => {
            format!("Wait for {} s, and report several strings at a time.", wait.num_seconds())
        }
        Refusal::ShareUsedUp { wait } => {
            format!("Wait for {} s, and then send fewer requests at a time.", wait.num_seconds())
        }
        Refusal::Conflict(conflict) => format!("Not done: {conflict}."),
    }
}

/// The answer to a refusal.
pub(crate) fn refused(refusal: &Refusal) -> Result<ApiResponse, PortError> {
    let Kind { status, code, title } = kind_of(refusal);
    let faults: Option<&[Fault]> = match refusal {
        Refusal::Invalid(faults) => Some(faults.as_slice()),
        _ => None,
    };
    let response = problem(status, code, title, &detail_of(refusal), faults)?;
    Ok(match refusal {
        Refusal::Unauthenticated => response.with(header::WWW_AUTHENTICATE, "Bearer"),
        Refusal::Ended(ended) => {
            let value = format!("Bearer error=\"invalid_token\", error_description=\"{ended}\"");
            response.with(header::WWW_AUTHENTICATE, &value)
        }
        Refusal::Conflict(Conflict::RenewalNotDue { wait, .. })
        | Refusal::ShareUsedUp { wait }
        | Refusal::TooManyReports { wait } => {
            response.with(header::RETRY_AFTER, &wait.num_seconds().to_string())
        }
        _ => response,
    })
}

/// The answer when a dependency fails: fixed text and the request id under which the cause was logged.
pub(crate) fn broken(request_id: &str) -> Result<ApiResponse, PortError> {
    let detail = format!("Nothing is lost; try again in a moment. Request id: {request_id}");
    let title = "Keyturn can't answer at the moment";
    Ok(problem(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", title, &detail, None)?
        .with(header::RETRY_AFTER, "1"))
}

/// The answer to a body that is too long to be read.
pub(crate) fn too_large(limit: usize) -> Result<ApiResponse, PortError> {
    let detail = format!("A body may have at most {limit} bytes.");
    problem(StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE", "The body is too large", &detail, None)
}

fn problem(
    status: StatusCode,
    code: &str,
    title: &str,
    detail: &str,
    faults: Option<&[Fault]>,
) -> Result<ApiResponse, PortError> {
    let validation_errors = faults.map(|faults| {
        faults
            .iter()
            .map(|fault| ValidationError {
                field: field::shown(&fault.field),
                error: &fault.error,
                code: fault.code.as_str(),
                value: fault.value.as_deref(),
            })
            .collect()
    });
    let document = Problem {
        r#type: format!("urn:keyturn:problem:{}", code.to_lowercase().replace('_', "-")),
        title,
        status: status.as_u16(),
        detail,
        error_code: code,
        error_message: detail,
        validation_errors,
    };
    Ok(ApiResponse::json(status, &document)?.with(header::CONTENT_TYPE, "application/problem+json"))
}
