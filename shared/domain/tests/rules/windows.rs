//! Request tokens: when they go out, and how long they can be redeemed.

use chrono::TimeDelta;
use keyturn_domain::due::{self, Due};
use keyturn_domain::history::Actor;
use keyturn_domain::redemption::{RedemptionOutcome, evaluate, redeem};
use keyturn_domain::refusal::InvalidReason;
use keyturn_domain::{lifecycle, renewal};

use crate::make::{CALLING, MAILING, Plan, first, id, key, out, pending, renewal_due, rules, string, token};

const SECOND: TimeDelta = TimeDelta::seconds(1);
const WINDOW: TimeDelta = TimeDelta::hours(2);
const DAY: TimeDelta = TimeDelta::hours(24);

#[test]
fn a_renewal_is_due_at_creation_plus_every_days_and_not_a_second_before() {
    for (plan, due) in [(CALLING, Due::Issue), (MAILING, Due::Renew)] {
        let token = token(plan);
        assert_eq!(due::next(&token), Some((renewal_due(), due)));
        assert_eq!(due::now(&token, renewal_due() - SECOND), None);
        assert_eq!(due::now(&token, renewal_due()), Some(due));
    }
}

#[test]
fn a_request_token_can_be_redeemed_for_2_hours() {
    let token = pending(CALLING);
    let (issued, hash) = (renewal_due(), key(100).hash);
    let closed = RedemptionOutcome::Nothing(InvalidReason::WindowClosed(issued + WINDOW));
    assert_eq!(evaluate(&token, &hash, issued), RedemptionOutcome::NewSuccessor);
    assert_eq!(evaluate(&token, &hash, issued + WINDOW - SECOND), RedemptionOutcome::NewSuccessor);
    assert_eq!(evaluate(&token, &hash, issued + WINDOW), closed);
    let lapsed = first(renewal::lapse(&token, issued + WINDOW).unwrap());
    assert_eq!(evaluate(&lapsed, &hash, issued + WINDOW), closed);
    assert_eq!(evaluate(&token, &key(999).hash, issued), RedemptionOutcome::Unknown);
}

#[test]
fn repeats_the_same_answer_until_the_2_hours_end() {
    let (issued, hash) = (renewal_due(), key(100).hash);
    let redeemed_at = issued + TimeDelta::minutes(119);
    let change = redeem(&pending(CALLING), string(2), &rules(), Actor::Token(id(1)), redeemed_at).unwrap();
    let old = first(change);
    assert_eq!(evaluate(&old, &hash, redeemed_at), RedemptionOutcome::SameSuccessor(id(2)));
    assert_eq!(evaluate(&old, &hash, issued + WINDOW - SECOND), RedemptionOutcome::SameSuccessor(id(2)));
    let closed = RedemptionOutcome::Nothing(InvalidReason::WindowClosed(issued + WINDOW));
    assert_eq!(evaluate(&old, &hash, issued + WINDOW), closed);
    let deactivated = first(lifecycle::deactivate(&old, Actor::Operator, redeemed_at).unwrap());
    assert_eq!(
        evaluate(&deactivated, &hash, redeemed_at),
        RedemptionOutcome::Nothing(InvalidReason::TokenEnded)
    );
}

#[test]
fn the_end_of_a_token_invalidates_its_request_token() {
    // 32 days of life, renewal after 30, a schedule that is 47 hours late: the window reaches beyond the expiry.
    let plan = Plan { lives: Some(TimeDelta::days(32)), ..CALLING };
    let issued = renewal_due() + TimeDelta::hours(47);
    let out = first(renewal::issue(&token(plan), key(100), issued));
    let end = renewal_due() + TimeDelta::hours(48);
    assert_eq!(evaluate(&out, &key(100).hash, end - SECOND), RedemptionOutcome::NewSuccessor);
    assert_eq!(evaluate(&out, &key(100).hash, end), RedemptionOutcome::Nothing(InvalidReason::TokenEnded));
    assert_eq!(due::now(&out, end), Some(Due::Expiry));
    let expired = first(lifecycle::expire(&out, end, end));
    assert_eq!(evaluate(&expired, &key(100).hash, end), RedemptionOutcome::Unknown);
}

#[test]
fn issues_the_next_request_token_24_hours_after_the_one_before() {
    let issued = renewal_due();
    let lapsed = first(renewal::lapse(&pending(CALLING), issued + WINDOW).unwrap());
    assert_eq!(due::next(&lapsed), Some((issued + DAY, Due::Issue)));
    assert_eq!(due::now(&lapsed, issued + DAY - SECOND), None);
    let again = first(renewal::issue(&lapsed, key(101), issued + DAY));
    assert_eq!((out(&again).attempt, out(&again).tries), (2, 1));
    assert_eq!(evaluate(&again, &key(100).hash, issued + DAY), RedemptionOutcome::Unknown);
    assert_eq!(evaluate(&again, &key(101).hash, issued + DAY), RedemptionOutcome::NewSuccessor);
}

#[test]
fn a_late_sweep_closes_the_window_first_and_counts_24_hours_from_the_new_one() {
    let late = renewal_due() + TimeDelta::days(10);
    let token = pending(CALLING);
    assert_eq!(due::now(&token, late), Some(Due::Lapse));
    let lapsed = first(renewal::lapse(&token, late).unwrap());
    assert_eq!(due::now(&lapsed, late), Some(Due::Issue));
    let again = first(renewal::issue(&lapsed, key(101), late));
    assert_eq!(out(&again).redeem_by(), late + WINDOW);
    assert_eq!(out(&again).next_callback_at(), late + DAY);
}

#[test]
fn a_closed_window_ends_the_deliveries() {
    let token = pending(CALLING);
    let last = renewal_due() + WINDOW - SECOND;
    assert_eq!(due::now(&token, last), Some(Due::Try));
    assert!(renewal::take_up_try(&token, last).is_some());
    assert_eq!(due::now(&token, renewal_due() + WINDOW), Some(Due::Lapse));
    assert!(renewal::take_up_try(&token, renewal_due() + WINDOW).is_none());
}
