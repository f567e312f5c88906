//! Who follows a series: the source addresses that a successor's string was handed over to.
//!
//! Whoever holds a predecessor's string can follow its series. Two addresses may be a thief and a client, or one client whose
//! address changed, and only the owner can tell: the owner is told, and nothing is revoked. The addresses are kept as long as
//! the overlap.

use std::net::IpAddr;

use crate::history::Actor;
use crate::limits;
use crate::token::Token;

/// Who asks for a string, and from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requester {
    /// Who.
    pub actor: Actor,
    /// The source address as the gateway sees it, if it is known.
    pub address: Option<IpAddr>,
}

impl From<Actor> for Requester {
    fn from(actor: Actor) -> Self {
        Self { actor, address: None }
    }
}

/// Two addresses that the same successor's string was handed over to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TwoAddresses {
    /// The first one.
    pub first: IpAddr,
    /// The other one.
    pub other: IpAddr,
}

/// What a handover adds to the predecessor's record.
pub(crate) struct NewAddress {
    /// The predecessor with the address.
    pub(crate) token: Token,
    /// Both addresses, unless this is the first one.
    pub(crate) two: Option<TwoAddresses>,
}

/// Notes the address of a handover. `None` if it is unknown or noted already, or if enough are noted.
pub(crate) fn note(token: &Token, address: Option<IpAddr>) -> Option<NewAddress> {
    let (address, noted) = (address?, &token.handover_addresses);
    if noted.len() >= limits::HANDOVER_ADDRESSES || noted.iter().any(|known| is_same(*known, address)) {
        return None;
    }
    let two = noted.first().map(|first| TwoAddresses { first: *first, other: address });
    let mut token = token.next_version();
    token.handover_addresses.push(address);
    Some(NewAddress { token, two })
}

/// Whether two addresses count as one. A host has a whole /64 of IPv6 and changes its address in it daily (RFC 8981).
fn is_same(one: IpAddr, other: IpAddr) -> bool {
    match (one.to_canonical(), other.to_canonical()) {
        (IpAddr::V6(one), IpAddr::V6(other)) => one.segments()[..4] == other.segments()[..4],
        (one, other) => one == other,
    }
}
