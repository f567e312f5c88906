//! Authentication and authorization.

use crate::Timestamp;
use crate::caller::Caller;
use crate::credential::{Credential, Ended};
use crate::ids::CompanyId;
use crate::leak::LeakSource;
use crate::person::Role;
use crate::refusal::Refusal;
use crate::secret::SecretString;
use crate::settings::{MANAGEMENT, Rights};
use crate::token::Token;

/// Why an API, Keyturn's own or one behind it, denies access.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// No string, a malformed or an unknown one; the caller can't tell which.
    #[error("no valid token string")]
    Unauthenticated,
    /// The right string of a token that is no longer valid.
    #[error("the token {0}")]
    Ended(Ended),
    /// The token does not include this application.
    #[error("the token is not for the application {0}")]
    ApplicationMissing(String),
    /// The token may only read.
    #[error("the token has no right to write")]
    ReadOnly,
}

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Unauthenticated => Self::Unauthenticated,
            Denied::Ended(ended) => Self::Ended(ended),
            Denied::ApplicationMissing(name) => Self::ApplicationMissing(name),
            Denied::ReadOnly => Self::ReadOnly,
        }
    }
}

/// Resolves the credential for a token string, if it's the right one and the token is valid now. `stored` is the credential
/// stored under the string's id.
pub fn verify(
    stored: Option<Credential>,
    string: &SecretString,
    now: Timestamp,
) -> Result<Credential, Denied> {
    let credential =
        stored.filter(|credential| credential.hash == string.hash()).ok_or(Denied::Unauthenticated)?;
    credential.check(now).map_err(Denied::Ended)?;
    Ok(credential)
}

/// Whether the caller may use an application with these rights.
pub fn permit_use(caller: &Credential, application: &str, needed: Rights) -> Result<(), Denied> {
    if !caller.applications.contains(application) {
        return Err(Denied::ApplicationMissing(application.to_owned()));
    }
    match (needed, caller.rights) {
        (Rights::ReadWrite, Rights::Read) => Err(Denied::ReadOnly),
        (Rights::Read, _) | (Rights::ReadWrite, Rights::ReadWrite) => Ok(()),
    }
}

/// The access that a use case requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequiredAccess {
    /// Any valid token; no session.
    Any,
    /// A token that manages tokens, or a person.
    Manage,
    /// A token that manages tokens and may change them, or an operator.
    ManageAndWrite,
    /// A token that manages tokens and may change them, or an administrator.
    Administer,
    /// A person.
    SignedIn,
}

/// Whether the caller has the required access.
pub fn permit(caller: &Caller, need: RequiredAccess) -> Result<(), Refusal> {
    match caller {
        Caller::Token(credential) => permit_token(credential, need),
        Caller::Person(person) => match need {
            RequiredAccess::Any => Err(Refusal::TokenNeeded),
            RequiredAccess::Manage | RequiredAccess::SignedIn => Ok(()),
            RequiredAccess::ManageAndWrite => person.require(Role::Operator),
            RequiredAccess::Administer => person.require(Role::Admin),
        },
    }
}

fn permit_token(credential: &Credential, need: RequiredAccess) -> Result<(), Refusal> {
    match need {
        RequiredAccess::Any => Ok(()),
        RequiredAccess::Manage => permit_use(credential, MANAGEMENT, Rights::Read).map_err(Refusal::from),
        RequiredAccess::ManageAndWrite | RequiredAccess::Administer => {
            permit_use(credential, MANAGEMENT, Rights::ReadWrite).map_err(Refusal::from)
        }
        RequiredAccess::SignedIn => Err(Refusal::SessionNeeded),
    }
}

/// Whether a caller of one company may see a record of another; another company's is not found.
pub fn same_company(caller: &CompanyId, company: &CompanyId, what: &'static str) -> Result<(), Refusal> {
    if caller == company { Ok(()) } else { Err(Refusal::NotFound(what)) }
}

/// Whether the caller may redeem request tokens of a token: the token itself, or one that may manage and write. One that a
/// leaked predecessor pulled may be in the hands of a thief alone, so those of its predecessors that are still valid may too.
pub fn permit_redemption(caller: &Credential, renewed: &Token) -> Result<(), Refusal> {
    let is_implicated = renewed.leak.as_ref().is_some_and(|leak| leak.source == LeakSource::Predecessor);
    if caller.id == renewed.id
        || (is_implicated && caller.series == renewed.series)
        || permit_token(caller, RequiredAccess::ManageAndWrite).is_ok()
    {
        Ok(())
    } else {
        Err(Refusal::NotTheRenewedToken)
    }
}

/// The token, if the caller may see it; the refusal doesn't reveal whether another company has it.
pub fn visible(caller: &Caller, token: Option<Token>) -> Result<Token, Refusal> {
    let token = token.ok_or(Refusal::NotFound("token"))?;
    same_company(caller.company(), &token.company, "token")?;
    Ok(token)
}

/// The token, if the caller may see and change it.
pub fn changeable(caller: &Caller, token: Option<Token>) -> Result<Token, Refusal> {
    let token = visible(caller, token)?;
    caller.permit_change(&token.applications)?;
    Ok(token)
}
