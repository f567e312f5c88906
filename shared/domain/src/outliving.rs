//! A management token that expires cannot bring about or get hold of a management token that outlives it: it could stay for
//! ever otherwise. A renewal that somebody set up who may is not affected.

use crate::Timestamp;
use crate::caller::Caller;
use crate::draft::Settings;
use crate::edit::Edit;
use crate::history::Actor;
use crate::refusal::Refusal;
use crate::settings::{Applications, MANAGEMENT};
use crate::token::Token;

/// Whether the caller may create this token. One that renews itself has successors without end.
pub fn permit_creation(caller: &Caller, settings: &Settings) -> Result<(), Refusal> {
    let end = settings.expires_at.filter(|_| settings.auto_renewal.is_none());
    permit(caller, &settings.applications, end)
}

/// Whether the caller may have the token's own string.
pub fn permit_string(caller: &Caller, token: &Token) -> Result<(), Refusal> {
    permit(caller, &token.applications, token.expires_at)
}

/// Whether the caller may renew the token now, or have it renewed. Its own renewal would end it before its successor.
pub fn permit_renewal(caller: &Caller, token: &Token, now: Timestamp) -> Result<(), Refusal> {
    permit_renewal_by((&caller.actor(), caller.expires_at()), token, now)
}

/// The same for a caller of earlier, and when its token expires.
pub fn permit_renewal_by(
    (actor, own_end): (&Actor, Option<Timestamp>),
    token: &Token,
    now: Timestamp,
) -> Result<(), Refusal> {
    let lifetime = token.lifetime().filter(|_| *actor != Actor::Token(token.id));
    permit_until(own_end, &token.applications, lifetime.map(|lifetime| now + lifetime))
}

/// Whether the caller may edit how the token renews itself, other than to switch it off.
pub fn permit_edit(caller: &Caller, token: &Token, edit: &Edit) -> Result<(), Refusal> {
    if edit.changes_renewal(token) { permit(caller, &token.applications, None) } else { Ok(()) }
}

fn permit(caller: &Caller, applications: &Applications, end: Option<Timestamp>) -> Result<(), Refusal> {
    permit_until(caller.expires_at(), applications, end)
}

fn permit_until(
    own_end: Option<Timestamp>,
    applications: &Applications,
    end: Option<Timestamp>,
) -> Result<(), Refusal> {
    match own_end {
        Some(own_end) if applications.contains(MANAGEMENT) && end.is_none_or(|end| own_end < end) => {
            Err(Refusal::OutlivesCaller)
        }
        _ => Ok(()),
    }
}
