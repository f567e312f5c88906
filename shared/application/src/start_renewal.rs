//! Makes an automatic renewal due now: a suspected leak, or a rehearsal.

use keyturn_domain::caller::Caller;
use keyturn_domain::manual;
use keyturn_domain::outliving;
use keyturn_domain::refusal::Refusal;

use crate::change::ChangeToken;
use crate::failure::Failure;
use crate::get_token::TokenWithUse;
use crate::named_token::NamedToken;

/// Why a renewal is started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Occasion {
    /// A rehearsal, or whatever else.
    #[default]
    Any,
    /// The token's string may have leaked: it never pulls again.
    SuspectedLeak,
}

/// The token, which the next sweep renews.
pub async fn start_renewal(
    change: &ChangeToken,
    caller: &Caller,
    token: NamedToken,
    occasion: Occasion,
) -> Result<TokenWithUse, Failure> {
    let actor = caller.actor();
    let decide = |token: &_, now| {
        let change = match occasion {
            Occasion::Any => manual::start_renewal(token, actor.clone(), now),
            Occasion::SuspectedLeak => manual::suspect_leak(token, actor.clone(), now),
        };
        let change = change.map_err(Refusal::Conflict)?;
        outliving::permit_renewal(caller, token, now)?;
        Ok(change)
    };
    let read = change.read_with_use(caller, token).await?;
    change.seen(caller, read, decide).await
}
