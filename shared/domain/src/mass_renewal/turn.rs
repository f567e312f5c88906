//! What a mass renewal makes of one token.

use super::MassRenewal;
use crate::Timestamp;
use crate::change::Change;
use crate::manual;
use crate::token::Token;

/// How a token's turn ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Its renewal was made due, now or earlier.
    Started,
    /// It was renewed or deactivated meanwhile, or the caller may not renew it.
    Skipped,
}

/// What the second pass makes of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Its renewal is made due.
    Start(Box<Change>),
    /// There is nothing to write.
    Over(Turn),
    /// It does not belong to the mass renewal: it had ended or been renewed before, or does not renew itself.
    Other,
}

/// Whether a selected token renews itself: `None` if it is not to be counted, since it has a successor or has ended.
#[must_use]
pub fn renews_itself(token: &Token, now: Timestamp) -> Option<bool> {
    (token.is_active(now) && token.renewed.is_none()).then_some(token.auto_renewal.is_some())
}

/// Makes a token's renewal due, as starting one by hand does, unless this mass renewal has done so already.
#[must_use]
pub fn take_up(mass: &MassRenewal, token: &Token, now: Timestamp) -> Decision {
    if token.mass_renewal == Some(mass.id) {
        return Decision::Over(Turn::Started);
    }
    let is_later = |at: Timestamp| at >= mass.created_at;
    let ended_meanwhile = token.renewed.is_some_and(|renewed| is_later(renewed.at))
        || token.deactivated_at.is_some_and(is_later);
    if token.company != mass.company || (renews_itself(token, now) != Some(true) && !ended_meanwhile) {
        return Decision::Other;
    }
    let by = &mass.started_by;
    if ended_meanwhile || !by.may_renew(token, now) {
        return Decision::Over(Turn::Skipped);
    }
    match manual::start_renewal(token, by.actor.clone(), now) {
        Err(_) => Decision::Over(Turn::Skipped),
        Ok(change) => {
            // A request token that is out stays good; the token is only marked.
            let mut change = change.unwrap_or_else(|| Change::replacing(token, token.next_version(), None));
            for token in &mut change.tokens {
                token.mass_renewal = Some(mass.id);
            }
            Decision::Start(Box::new(change))
        }
    }
}
