//! A successor that was handed over and never used: request tokens for it, to its callback as it then is.

use chrono::TimeDelta;
use keyturn_domain::Timestamp;
use keyturn_domain::change::Change;
use keyturn_domain::credential::Credential;
use keyturn_domain::due::{self, Due};
use keyturn_domain::edit::{Patch, TokenPatch};
use keyturn_domain::fault::Faults;
use keyturn_domain::follow_up::{self, SuccessorNow};
use keyturn_domain::history::{Action, Actor};
use keyturn_domain::lifecycle;
use keyturn_domain::pull::pull;
use keyturn_domain::redemption::{self, RedemptionOutcome, redeem};
use keyturn_domain::refusal::InvalidReason;
use keyturn_domain::token::{RequestReason, Token};

use crate::make::{
    BOTH, CALLING, PULLING, Plan, failure, first, id, key, pending, record_for, renewal_due, rules, second,
    string, token,
};

const SECOND: TimeDelta = TimeDelta::seconds(1);
const DAY: TimeDelta = TimeDelta::hours(24);

/// Both tokens after a redemption half an hour into the window.
fn redeemed(plan: Plan) -> (Token, Token) {
    let change = redeem(&pending(plan), string(2), &rules(), Actor::Token(id(1)), renewed_at());
    let change = change.expect("a request token");
    (change.tokens[0].clone(), second(&change).clone())
}

fn renewed_at() -> Timestamp {
    renewal_due() + TimeDelta::minutes(30)
}

fn hours(hours: i64) -> Timestamp {
    renewed_at() + TimeDelta::hours(hours)
}

fn credential(token: &Token, used: bool) -> Credential {
    Credential { last_used_at: used.then_some(renewed_at()), ..Credential::of(token) }
}

fn unused(token: &Token) -> Credential {
    credential(token, false)
}

/// What the sweep does for a successor in this state.
fn step(old: &Token, new: &Token, use_of_new: &Credential, hash: u128, now: Timestamp) -> Change {
    let successor = SuccessorNow { token: Some(new), credential: Some(use_of_new) };
    if follow_up::needs_request(old, successor, now) {
        follow_up::issue(old, successor, key(hash), now).expect("a request token to issue")
    } else {
        follow_up::skip(old, successor, now).expect("a check to pass over")
    }
}

fn requested(change: &Change) -> Option<(u32, RequestReason)> {
    match change.entry.as_ref()?.action {
        Action::RenewalRequested { attempt, reason, .. } => Some((attempt, reason)),
        _ => None,
    }
}

#[test]
fn a_request_token_goes_out_2_and_20_hours_after_the_redemption_for_a_successor_never_used() {
    let (old, new) = redeemed(CALLING);
    assert_eq!(due::next(&old), Some((hours(2), Due::FollowUp)));
    let change = step(&old, &new, &unused(&new), 101, hours(2));
    assert_eq!(requested(&change), Some((2, RequestReason::SuccessorUnused)));
    let sent = first(record_for(&first(change), Ok(200), hours(2)));
    assert_eq!(sent.follow_up.as_ref().unwrap().pending, None, "nothing of it is kept but its hash");
    let notice = (hours(20), Due::OverlapNotice);
    assert!([notice, (hours(20), Due::FollowUp)].contains(&due::next(&sent).unwrap()));
    let change = step(&sent, &new, &unused(&new), 102, hours(20));
    assert_eq!(requested(&change), Some((3, RequestReason::SuccessorUnused)));
    assert_eq!(first(change).follow_up.unwrap().next, None);
}

#[test]
fn it_redeems_to_the_same_successor_for_2_hours_and_invalidates_the_one_before() {
    let (old, new) = redeemed(CALLING);
    let issued = first(step(&old, &new, &unused(&new), 101, hours(2)));
    let hash = key(101).hash;
    for now in [hours(2), hours(4) - SECOND] {
        assert_eq!(redemption::evaluate(&issued, &hash, now), RedemptionOutcome::SameSuccessor(id(2)));
    }
    let closed = RedemptionOutcome::Nothing(InvalidReason::WindowClosed(hours(4)));
    assert_eq!(redemption::evaluate(&issued, &hash, hours(4)), closed);
    assert_eq!(redemption::evaluate(&issued, &key(100).hash, hours(2)), RedemptionOutcome::Unknown);
    let ended = first(lifecycle::deactivate(&issued, Actor::Operator, hours(2)).unwrap());
    let nothing = RedemptionOutcome::Nothing(InvalidReason::TokenEnded);
    assert_eq!(redemption::evaluate(&ended, &hash, hours(2)), nothing);
    assert_eq!(ended.follow_up, None);
}

#[test]
fn it_redeems_at_most_while_both_are_valid() {
    let (mut old, mut new) = redeemed(CALLING);
    let redeem_by = |old: &Token, new: &Token| {
        first(step(old, new, &unused(new), 101, hours(2))).redeemed.unwrap().redeem_by
    };
    new.expires_at = Some(hours(3));
    assert_eq!(redeem_by(&old, &new), hours(3));
    old.expires_at = Some(hours(2) + TimeDelta::minutes(5));
    assert_eq!(redeem_by(&old, &new), hours(2) + TimeDelta::minutes(5));
}

#[test]
fn a_use_in_between_cancels_it() {
    let (old, new) = redeemed(CALLING);
    let change = step(&old, &new, &credential(&new, true), 101, hours(2));
    assert_eq!(requested(&change), None);
    assert_eq!(first(change).follow_up, None, "a successor that was used needs no other");
    // Used after the first window: no second.
    let issued = first(step(&old, &new, &unused(&new), 101, hours(2)));
    let sent = first(record_for(&issued, Ok(200), hours(2)));
    assert_eq!(requested(&step(&sent, &new, &credential(&new, true), 102, hours(20))), None);
    // Used between two tries: no further try.
    let failed = first(record_for(&issued, failure(None, None), hours(2)));
    let (at, due) = due::next(&failed).unwrap();
    assert_eq!(due, Due::FollowUpTry);
    for (used, tries) in [(false, Some(2)), (true, None)] {
        let credential = credential(&new, used);
        let successor = SuccessorNow { token: Some(&new), credential: Some(&credential) };
        let tried = first(follow_up::take_up_try(&failed, successor, at).unwrap());
        assert_eq!(tried.in_delivery().map(|pending| pending.tries), tries);
    }
}

#[test]
fn none_goes_out_if_the_callback_is_off_or_the_successor_has_ended_or_been_renewed() {
    let (old, new) = redeemed(CALLING);
    let off = TokenPatch { auto_renewal: Patch::Remove, ..TokenPatch::default() };
    let edit = off.parse(&new, &rules(), hours(1), Faults::default()).unwrap();
    let off = first(edit.apply(&new, None, Actor::Operator, hours(1)).unwrap());
    let ended = first(lifecycle::deactivate(&new, Actor::Operator, hours(1)).unwrap());
    let mut expired = new.clone();
    expired.expires_at = Some(hours(2));
    let renewed = Token { renewed: old.renewed, ..new };
    for new in [&off, &ended, &expired, &renewed] {
        let change = step(&old, new, &unused(new), 101, hours(2));
        assert_eq!(requested(&change), None);
        let next = first(change).follow_up.unwrap().next.unwrap();
        assert_eq!(next.at, hours(20), "it is looked at once more");
    }
}

#[test]
fn tries_like_any_callback() {
    let (old, new) = redeemed(CALLING);
    let issued = first(step(&old, &new, &unused(&new), 101, hours(2)));
    assert_eq!(due::next(&issued), Some((hours(2) + TimeDelta::seconds(60), Due::FollowUpTry)), "a lease");
    let failed = first(record_for(&issued, failure(Some(503), None), hours(2)));
    assert_eq!(due::next(&failed), Some((hours(2) + TimeDelta::seconds(48), Due::FollowUpTry)));
    let gone = first(record_for(&issued, failure(Some(410), None), hours(2)));
    assert_eq!(gone.in_delivery(), None, "410 ends this window's tries");
    let last = hours(4);
    let credential = unused(&new);
    let successor = SuccessorNow { token: Some(&new), credential: Some(&credential) };
    let over = first(follow_up::take_up_try(&failed, successor, last).unwrap());
    assert_eq!(over.in_delivery(), None, "none after the window");
}

#[test]
fn a_pull_leaves_a_request_token_to_the_receiver() {
    let now = renewal_due() + TimeDelta::minutes(1);
    let change = pull(&token(BOTH), string(2), &rules(), Actor::Token(id(1)), now);
    let (new, old) = (second(&change).clone(), first(change));
    assert_eq!(due::next(&old), Some((now, Due::FollowUp)));
    // Whether or not the client that pulled uses it: the receiver may be another.
    for used in [false, true] {
        let change = step(&old, &new, &credential(&new, used), 101, now);
        assert_eq!(requested(&change), Some((1, RequestReason::RenewalDue)));
        let next = first(change).follow_up.unwrap().next.unwrap();
        assert_eq!((next.at, next.reason), (now + TimeDelta::hours(2), RequestReason::SuccessorUnused));
    }
    // One that is out needs no other before it is dead.
    let out = first(pull(&pending(BOTH), string(2), &rules(), Actor::Token(id(1)), now));
    let next = out.follow_up.as_ref().unwrap().next.unwrap();
    assert_eq!((next.at, next.reason), (now + TimeDelta::hours(2), RequestReason::SuccessorUnused));
    let pulling = first(pull(&token(PULLING), string(2), &rules(), Actor::Token(id(1)), now));
    assert_eq!(due::next(&pulling), Some((now + TimeDelta::hours(20), Due::OverlapNotice)));
}

#[test]
fn a_late_sweep_sends_one_at_a_time() {
    let (old, new) = redeemed(CALLING);
    let issued = first(step(&old, &new, &unused(&new), 101, hours(19)));
    assert_eq!(issued.follow_up.as_ref().unwrap().next.unwrap().at, hours(21), "when the one before is dead");
    let late = first(step(&old, &new, &unused(&new), 101, hours(22)));
    assert_eq!(late.follow_up.unwrap().next, None);
    assert_eq!(due::now(&old, renewed_at() + DAY), Some(Due::Expiry));
}
