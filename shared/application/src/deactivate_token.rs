//! Deactivates a token for good.

use keyturn_domain::caller::Caller;
use keyturn_domain::lifecycle;

use crate::change::ChangeToken;
use crate::failure::Failure;
use crate::get_token::TokenWithUse;
use crate::named_token::NamedToken;

/// The token, deactivated now or earlier.
pub async fn deactivate(
    change: &ChangeToken,
    caller: &Caller,
    token: NamedToken,
) -> Result<TokenWithUse, Failure> {
    let actor = caller.actor();
    let decide = |token: &_, now| {
        caller.require_recent_sign_in(now)?;
        Ok(lifecycle::deactivate(token, actor.clone(), now))
    };
    let read = change.read_with_use(caller, token).await?;
    change.seen(caller, read, decide).await
}
