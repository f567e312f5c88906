//! Deactivates a token for good.

use keyturn_domain::credential::Credential;
use keyturn_domain::history::Actor;
use keyturn_domain::ids::TokenId;
use keyturn_domain::lifecycle;

use crate::change::ChangeToken;
use crate::failure::Failure;
use crate::get_token::TokenWithUse;

/// The token, deactivated now or earlier.
pub async fn deactivate(
    change: &ChangeToken,
    caller: &Credential,
    id: TokenId,
) -> Result<TokenWithUse, Failure> {
    let actor = Actor::Token(caller.id);
    change.seen(caller, id, |token, now| Ok(lifecycle::deactivate(token, actor, now))).await
}
