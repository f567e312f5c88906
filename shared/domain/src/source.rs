//! Who follows a series: the source addresses that a successor's string was handed over to.
//!
//! Whoever holds a predecessor's string can follow its series. Two addresses may be a thief and a client, or one client whose
//! address changed, and only the owner can tell: the owner is told, and nothing is revoked. The addresses are kept as long as
//! the overlap.

use std::net::{IpAddr, Ipv6Addr};

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

/// Notes the address of a handover, and whether it was a pull. `None` if there is nothing new: the address is unknown or noted
/// already, or enough are noted.
pub(crate) fn note(token: &Token, address: Option<IpAddr>, is_pull: bool) -> Option<NewAddress> {
    let noted = &token.handover_addresses;
    let is_new = |address: &IpAddr| {
        noted.len() < limits::HANDOVER_ADDRESSES && !noted.iter().any(|known| is_same(*known, *address))
    };
    let address = address.filter(is_new);
    if address.is_none() && (token.pulled || !is_pull) {
        return None;
    }
    let two = noted.first().zip(address).map(|(first, other)| TwoAddresses { first: *first, other });
    let mut token = token.next_version();
    token.pulled |= is_pull;
    token.handover_addresses.extend(address);
    Some(NewAddress { token, two })
}

/// Whether two addresses count as one.
fn is_same(one: IpAddr, other: IpAddr) -> bool {
    network(one) == network(other)
}

/// The address that stands for all that count as one. A host has a whole /64 of IPv6 and changes its address in it daily
/// (RFC 8981).
#[must_use]
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [first, second, third, fourth, ..] = address.segments();
            Ipv6Addr::new(first, second, third, fourth, 0, 0, 0, 0).into()
        }
        address @ IpAddr::V4(_) => address,
    }
}
