//! Who may do what.

use crate::credential::Credential;
use crate::ids::{CompanyId, TokenId};
use crate::refusal::Refusal;
use crate::settings::{MANAGEMENT, Rights};
use crate::token::Token;

/// What a use case asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Any valid token.
    Any,
    /// A token that manages tokens.
    Manage,
    /// A token that manages tokens and may change them.
    ManageAndWrite,
}

/// Whether the caller may do it.
pub fn permit(caller: &Credential, need: Need) -> Result<(), Refusal> {
    match need {
        Need::Any => Ok(()),
        Need::Manage | Need::ManageAndWrite if !caller.applications.contains(MANAGEMENT) => {
            Err(Refusal::ApplicationMissing(MANAGEMENT))
        }
        Need::ManageAndWrite if caller.rights == Rights::Read => Err(Refusal::ReadOnly),
        Need::Manage | Need::ManageAndWrite => Ok(()),
    }
}

/// Whether the caller may see a record of this company. Another company's record does not exist for it.
pub fn same_company(caller: &Credential, company: &CompanyId, what: &'static str) -> Result<(), Refusal> {
    if caller.company == *company { Ok(()) } else { Err(Refusal::NotFound(what)) }
}

/// Whether the caller may redeem request tokens of a token: the token itself, or who may manage and write.
pub fn permit_redemption(caller: &Credential, renewed: TokenId) -> Result<(), Refusal> {
    if caller.id == renewed || permit(caller, Need::ManageAndWrite).is_ok() {
        Ok(())
    } else {
        Err(Refusal::NotTheRenewedToken)
    }
}

/// A token that is the caller's to see, or a refusal that doesn't tell whether there is one elsewhere.
pub fn visible(caller: &Credential, token: Option<Token>) -> Result<Token, Refusal> {
    let token = token.ok_or(Refusal::NotFound("token"))?;
    same_company(caller, &token.company, "token")?;
    Ok(token)
}
