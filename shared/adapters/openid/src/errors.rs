//! Which errors mean that a provider refuses, and which that it does not answer. Neither's text holds a token.

use std::error::Error;

use keyturn_application::PortError;
use keyturn_application::ports::IdentityError;
use openidconnect::core::CoreErrorResponseType;
use openidconnect::{DiscoveryError, RequestTokenError, StandardErrorResponse, UserInfoError};

use crate::http::HttpError;

type TokenError = RequestTokenError<HttpError, StandardErrorResponse<CoreErrorResponseType>>;

/// Something that does not hold.
pub(crate) const fn refused(why: &'static str) -> IdentityError {
    IdentityError::Refused(PortError::bare(why))
}

/// Something that is of no use.
pub(crate) fn unreadable(why: &'static str, error: impl Error + Send + Sync + 'static) -> IdentityError {
    IdentityError::Unavailable(PortError::new(why, error))
}

pub(crate) fn of_discovery(error: DiscoveryError<HttpError>) -> IdentityError {
    unreadable("the provider's metadata or keys could not be read", error)
}

pub(crate) fn of_user_info(error: UserInfoError<HttpError>) -> IdentityError {
    match error {
        UserInfoError::ClaimsVerification(_) => {
            IdentityError::Refused(PortError::new("the user info does not hold", error))
        }
        error => unreadable("the user info could not be read", error),
    }
}

/// Of the exchange of a code: whatever the provider answers is a refusal.
pub(crate) fn of_exchange(error: TokenError) -> IdentityError {
    match error {
        RequestTokenError::Request(error) => unreadable("the code could not be exchanged", error),
        error => IdentityError::Refused(PortError::new("the code was not exchanged", text_of(&error))),
    }
}

/// Of a refresh: only `invalid_grant` says that the session is over (RFC 6749, section 5.2). A secret that was rotated and the
/// like are no reason to end it.
pub(crate) fn of_refresh(error: &TokenError) -> IdentityError {
    match error {
        RequestTokenError::ServerResponse(answer)
            if *answer.error() == CoreErrorResponseType::InvalidGrant =>
        {
            IdentityError::Refused(PortError::bare("the refresh token is not good any more"))
        }
        _ => IdentityError::Unavailable(PortError::new("the role could not be refreshed", text_of(error))),
    }
}

/// The kind of error, without what the provider wrote: that may repeat what was sent.
fn text_of(error: &TokenError) -> String {
    match error {
        RequestTokenError::ServerResponse(answer) => {
            format!("the provider answered with the error {}", answer.error().as_ref())
        }
        RequestTokenError::Request(error) => error.to_string(),
        RequestTokenError::Parse(error, _) => format!("the answer is malformed: {error}"),
        RequestTokenError::Other(text) => text.clone(),
    }
}
