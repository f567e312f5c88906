//! Why a request is refused. The HTTP adapter maps each refusal to an answer in one place.

use chrono::TimeDelta;

use crate::Timestamp;
use crate::credential::Ended;
use crate::fault::Faults;
use crate::person::Role;

/// A refused request: nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No token string, a malformed or an unknown one; the caller cannot tell which.
    #[error("not authenticated")]
    Unauthenticated,
    /// The right string of a token that has ended.
    #[error("the caller's token has ended")]
    Ended(Ended),
    /// A `READ` token asked for a change.
    #[error("the caller's token only reads")]
    ReadOnly,
    /// The caller's token does not include this application.
    #[error("the caller's token lacks the application {0}")]
    ApplicationMissing(String),
    /// The caller may not redeem this request token.
    #[error("the caller is not the token being renewed")]
    NotTheRenewedToken,
    /// A management token that expires asked for one that outlives it.
    #[error("the management token would outlive the caller's")]
    OutlivesCaller,
    /// A session asked for what only a token string gives.
    #[error("the caller has a session and no token")]
    TokenNeeded,
    /// A token string asked for what only a session gives.
    #[error("the caller has a token and no session")]
    SessionNeeded,
    /// The person lacks this role.
    #[error("the caller lacks the role {0}")]
    RoleMissing(Role),
    /// The person's sign-in is not recent, or the provider does not say how recent it is.
    #[error("the caller's sign-in is too old")]
    SignInTooOld,
    /// A request with a session's cookie that another site may have caused.
    #[error("the request may come from another site")]
    CrossSite,
    /// No such record in the caller's company.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// The input breaks rules.
    #[error("invalid input")]
    Invalid(Faults),
    /// The request token can no longer be redeemed.
    #[error("the request token is dead: {0}")]
    Gone(InvalidReason),
    /// The record has another version than `If-Match` names.
    #[error("the token has been changed meanwhile")]
    VersionMismatch,
    /// The idempotency key was used for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// The caller's company has used up its share of the API.
    #[error("the company's share is used up")]
    ShareUsedUp {
        /// How long to wait.
        wait: TimeDelta,
    },
    /// Too many reports of leaks came from the same address.
    #[error("too many reports from one address")]
    TooManyReports {
        /// How long to wait.
        wait: TimeDelta,
    },
    /// The token's state does not allow it.
    #[error("{0}")]
    Conflict(Conflict),
}

/// Why a request token is dead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidReason {
    /// Its 2 hours are over.
    #[error("its redemption window closed at {}", .0.format("%Y-%m-%dT%H:%M:%SZ"))]
    WindowClosed(Timestamp),
    /// A newer one was issued, or the renewal was cancelled or done otherwise.
    #[error("it has been replaced or called off")]
    Replaced,
    /// The predecessor or the successor has ended.
    #[error("the token has ended")]
    TokenEnded,
}

/// Why a token's state does not allow a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// It has a successor already.
    #[error("the token has been renewed already")]
    AlreadyRenewed,
    /// It is expired.
    #[error("the token has expired")]
    Expired,
    /// It is deactivated.
    #[error("the token is deactivated")]
    Deactivated,
    /// It doesn't renew itself.
    #[error("the token does not renew itself")]
    NoAutoRenewal,
    /// It has no callback.
    #[error("the token has no callback")]
    NoCallback,
    /// It doesn't fetch its successor itself.
    #[error("the token does not renew itself by pull")]
    NoPull,
    /// Its string was reported as leaked, or is suspected to be.
    #[error(
        "the token's string is reported or suspected to have leaked; its successor is only handed over for a request token"
    )]
    Leaked,
    /// Its renewal is not due yet.
    #[error("the renewal is not due before {}", .at.format("%Y-%m-%dT%H:%M:%SZ"))]
    RenewalNotDue {
        /// When it is.
        at: Timestamp,
        /// How long that is from now.
        wait: TimeDelta,
    },
    /// Its successor has ended.
    #[error("the successor has ended")]
    SuccessorEnded,
    /// Its token string is not stored.
    #[error("token strings can't be copied in this deployment")]
    NotCopyable,
    /// The company exists already.
    #[error("the company exists already")]
    CompanyExists,
    /// The mass renewal is over.
    #[error("the mass renewal has ended")]
    MassRenewalEnded,
}
