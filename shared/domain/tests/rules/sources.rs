//! Who follows a series: source addresses that a successor's string was handed over to.

use std::net::IpAddr;

use chrono::TimeDelta;
use keyturn_domain::change::Change;
use keyturn_domain::history::{Action, Actor, Handover};
use keyturn_domain::lifecycle;
use keyturn_domain::limits;
use keyturn_domain::mail::Notice;
use keyturn_domain::pull::{PullOutcome, evaluate, pull};
use keyturn_domain::redemption::{handed_over, redeem, test_redeemed};
use keyturn_domain::source::{Requester, TwoAddresses};
use keyturn_domain::token::Token;

use crate::make::{BOTH, PULLING, Plan, first, id, mailed, pending, renewal_due, rules, string, token};

const FIRST: &str = "192.0.2.1";
const OTHER: &str = "192.0.2.2";

fn address(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn from(text: &str) -> Requester {
    Requester { actor: Actor::Token(id(1)), address: Some(address(text)) }
}

fn pulled(plan: Plan, by: impl Into<Requester>) -> Token {
    first(pull(&token(plan), string(2), &rules(), by, renewal_due()))
}

fn again(old: &Token, by: impl Into<Requester>) -> Change {
    handed_over(old, id(2), (Handover::Pull, true), by, renewal_due() + TimeDelta::hours(1))
}

/// Both addresses, if the change tells of two; in the event and in the mail alike.
fn two(change: &Change) -> Option<TwoAddresses> {
    let entry = change.entry.as_ref().expect("every handover is noted");
    let Action::HandedOver { repeat: true, elsewhere, .. } = entry.action else { panic!("{entry:?}") };
    assert_eq!(elsewhere, entry.addresses.is_some());
    assert_eq!(mailed(change), entry.addresses.map(Notice::TwoAddresses));
    entry.addresses
}

#[test]
fn another_address_is_told_of_once_and_revokes_nothing() {
    let redeemed = redeem(&pending(BOTH), string(2), &rules(), from(FIRST), renewal_due());
    for old in [pulled(PULLING, from(FIRST)), first(redeemed.expect("a request token"))] {
        let old = Token { pulled: true, ..old };
        assert_eq!(again(&old, from(FIRST)).tokens, [], "the same address changes no record");
        let change = again(&old, from(OTHER));
        assert_eq!(two(&change), Some(TwoAddresses { first: address(FIRST), other: address(OTHER) }));
        let noted = first(change);
        let unchanged = Token {
            version: old.version,
            handover_addresses: old.handover_addresses.clone(),
            ..noted.clone()
        };
        assert_eq!(unchanged, old, "the predecessor stays as valid as it was");
        assert_eq!(evaluate(&noted, renewal_due()), Ok(PullOutcome::SameSuccessor(id(2))));
        for known in [FIRST, OTHER] {
            let change = again(&noted, from(known));
            assert_eq!((two(&change), change.tokens), (None, vec![]), "{known}");
        }
    }
}

#[test]
fn addresses_of_one_network_of_ipv6_count_as_one() {
    for (one, other, same) in [
        ("2001:db8:0:1::a", "2001:db8:0:1:ffff::b", true),
        ("2001:db8:0:1::a", "2001:db8:0:2::a", false),
        ("::ffff:192.0.2.1", FIRST, true),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", false),
        (FIRST, "2001:db8:0:1::a", false),
    ] {
        assert_eq!(two(&again(&pulled(PULLING, from(one)), from(other))).is_none(), same, "{one} {other}");
    }
}

#[test]
fn an_unknown_address_is_compared_with_none() {
    let unknown = || Actor::Token(id(1));
    assert_eq!(two(&again(&pulled(PULLING, from(FIRST)), unknown())), None);
    // The first one that is known is the first.
    let noted = again(&pulled(PULLING, unknown()), from(OTHER));
    assert_eq!(two(&noted), None);
    assert_eq!(first(noted).handover_addresses, [address(OTHER)]);
}

#[test]
fn a_test_callback_hands_over_no_successor() {
    let old = pulled(BOTH, from(FIRST));
    assert_eq!(two(&test_redeemed(&old, old.hash, true, from(OTHER), renewal_due())), None);
}

#[test]
fn a_renewal_is_worth_a_limited_number_of_mails() {
    let (mut old, mut mails) = (pulled(PULLING, from(FIRST)), 0);
    for host in 2..=100 {
        let change = again(&old, from(&format!("192.0.2.{host}")));
        if two(&change).is_some() {
            mails += 1;
            old = first(change);
        }
    }
    assert_eq!(mails, limits::HANDOVER_ADDRESSES - 1);
}

#[test]
fn the_addresses_go_when_the_predecessor_ends() {
    let old = pulled(PULLING, from(FIRST));
    let end = old.expires_at.expect("an overlap");
    let deactivated = lifecycle::deactivate(&old, Actor::Operator, end).expect("it is active");
    for ended in [first(deactivated), first(lifecycle::expire(&old, end, end))] {
        assert_eq!(ended.handover_addresses, [] as [IpAddr; 0]);
    }
}
