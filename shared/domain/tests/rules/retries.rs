//! Deliveries of a request token: when the next one is due, and when none is.

use chrono::TimeDelta;
use keyturn_domain::Timestamp;
use keyturn_domain::change::Change;
use keyturn_domain::delivery::{self, Delivery, DeliveryReport, Failure, LastDelivery};
use keyturn_domain::due::{self, Due};
use keyturn_domain::history::{Action, Actor};
use keyturn_domain::redemption::{RedemptionOutcome, evaluate, redeem};
use keyturn_domain::renewal;
use keyturn_domain::token::{PendingRenewal, Token};

use crate::make::{CALLING, failure, first, id, key, out, pending, record, renewal_due, rules, string};

const UNAVAILABLE: Option<u16> = Some(503);

/// The log entry that a change writes.
fn logged(change: &Change) -> Delivery {
    match change.entry.as_ref().map(|entry| entry.action.clone()) {
        Some(Action::CallbackTried(delivery)) => delivery,
        other => panic!("not a delivery: {other:?}"),
    }
}

/// The next try after a failure of this try; `None` if it was the last.
fn planned(token: &Token, outcome: Result<u16, Failure>, jitter: u8, now: Timestamp) -> Option<Timestamp> {
    let change = record(token, outcome, jitter, now);
    let next = out(&first(change.clone())).next_try_at;
    assert_eq!(logged(&change).last_try, next.is_none());
    next
}

/// A token whose request token has been tried this often.
fn tried(tries: u32) -> Token {
    let token = pending(CALLING);
    (1..tries).fold(token, |token, _| first(renewal::take_up_try(&token, renewal_due()).expect("a try")))
}

#[test]
fn retries_failed_delivery_on_schedule() {
    for (tries, minutes) in [(1, 1), (2, 2), (3, 5), (4, 15), (5, 30), (6, 60)] {
        let token = tried(tries);
        let now = renewal_due();
        let delay = |jitter| planned(&token, failure(UNAVAILABLE, None), jitter, now).unwrap() - now;
        assert_eq!(delay(0), TimeDelta::seconds(minutes * 48));
        assert_eq!(delay(255), TimeDelta::seconds(minutes * 72));
        let middle = (delay(127) + delay(128)) / 2;
        assert!((middle - TimeDelta::minutes(minutes)).abs() <= TimeDelta::seconds(3), "{middle}");
        assert!((0..255).all(|jitter| delay(jitter) <= delay(jitter + 1)));
    }
}

#[test]
fn the_seventh_delivery_is_the_last() {
    assert_eq!(planned(&tried(7), failure(UNAVAILABLE, None), 0, renewal_due()), None);
}

#[test]
fn schedules_no_delivery_after_the_window() {
    let (token, end) = (tried(6), renewal_due() + TimeDelta::hours(2));
    let fits = end - TimeDelta::minutes(48) - TimeDelta::seconds(1);
    assert_eq!(planned(&token, failure(None, None), 0, fits), Some(end - TimeDelta::seconds(1)));
    assert_eq!(planned(&token, failure(None, None), 0, fits + TimeDelta::seconds(1)), None);
}

#[test]
fn honours_retry_after_within_the_window() {
    let (token, now) = (tried(1), renewal_due());
    for (asked, planned_after) in [
        (TimeDelta::zero(), Some(48)),
        (TimeDelta::seconds(47), Some(48)),
        (TimeDelta::seconds(600), Some(600)),
        (TimeDelta::seconds(7_199), Some(7_199)),
        (TimeDelta::hours(2), None),
        (TimeDelta::days(365), None),
        (TimeDelta::MAX, None),
    ] {
        let next = planned(&token, failure(UNAVAILABLE, Some(asked)), 0, now);
        assert_eq!(next.map(|at| (at - now).num_seconds()), planned_after, "{asked}");
    }
}

#[test]
fn status_410_ends_the_retries_but_not_the_window() {
    let now = renewal_due();
    let change = record(&tried(1), failure(Some(410), Some(TimeDelta::minutes(1))), 0, now);
    assert!(logged(&change).last_try);
    let token = first(change);
    assert_eq!(due::next(&token), Some((now + TimeDelta::hours(2), Due::Lapse)));
    assert_eq!(evaluate(&token, &key(100).hash, now), RedemptionOutcome::NewSuccessor);
    let lapsed = first(renewal::lapse(&token, now + TimeDelta::hours(2)).unwrap());
    assert_eq!(due::next(&lapsed), Some((now + TimeDelta::hours(24), Due::Issue)));
}

#[test]
fn a_successful_delivery_is_the_last() {
    let now = renewal_due() + TimeDelta::seconds(5);
    let change = record(&tried(2), Ok(204), 0, now);
    let delivery = logged(&change);
    assert_eq!((delivery.attempt, delivery.try_number, delivery.last_try), (1, 2, true));
    assert_eq!(change.entry.as_ref().unwrap().action.event(), Some("Callback Delivered"));
    let token = first(change);
    assert_eq!(out(&token).last_delivery, Some(LastDelivery { success: true, at: now }));
    assert_eq!(due::next(&token), Some((renewal_due() + TimeDelta::hours(2), Due::Lapse)));
}

#[test]
fn retries_after_a_minute_if_the_process_died() {
    let token = pending(CALLING);
    let lease = renewal_due() + TimeDelta::seconds(60);
    assert_eq!(due::next(&token), Some((lease, Due::Try)));
    let again = first(renewal::take_up_try(&token, lease).unwrap());
    assert_eq!(out(&again).tries, 2);
    assert_eq!(due::next(&again), Some((lease + TimeDelta::seconds(60), Due::Try)));
}

/// What comes back late of a try that was taken for lost.
fn late(token: &Token, tried: &PendingRenewal, outcome: Result<u16, Failure>, now: Timestamp) -> Change {
    renewal::record_delivery(
        token,
        tried,
        DeliveryReport { at: renewal_due(), duration_ms: 70_000, outcome },
        0,
        now,
    )
}

#[test]
fn a_late_result_changes_the_schedule_only_if_it_succeeded() {
    let (first_try, now) = (pending(CALLING), renewal_due() + TimeDelta::seconds(60));
    let second_try = first(renewal::take_up_try(&first_try, now).unwrap());
    let planned = out(&second_try).next_try_at;
    let failed = late(&second_try, out(&first_try), failure(None, None), now);
    assert_eq!(out(&first(failed)).next_try_at, planned);
    let delivered = late(&second_try, out(&first_try), Ok(200), now);
    assert_eq!(out(&first(delivered)).next_try_at, None);
}

#[test]
fn a_result_for_a_changed_token_is_only_logged() {
    let token = pending(CALLING);
    let now = renewal_due() + TimeDelta::seconds(2);
    let redeemed = redeem(&token, string(2), &rules(), Actor::Token(id(1)), now).unwrap();
    let lapsed = first(renewal::lapse(&token, renewal_due() + TimeDelta::hours(2)).unwrap());
    let reissued = first(renewal::issue(&lapsed, key(101), renewal_due() + TimeDelta::hours(24)));
    for moved_on in [first(redeemed), lapsed, reissued] {
        let change = late(&moved_on, out(&token), failure(None, None), now);
        assert_eq!(change.tokens, []);
        assert!(logged(&change).last_try);
    }
}

#[test]
fn deliveries_of_a_request_token_share_a_message_id() {
    let (once, twice) = (tried(1), tried(2));
    let other = first(renewal::issue(&once, key(101), renewal_due()));
    let message_id = |token: &Token| delivery::message_id(token.id, &out(token).hash);
    assert_eq!(message_id(&once), message_id(&twice));
    assert_ne!(message_id(&once), message_id(&other));
    assert!(message_id(&once).starts_with("msg_"));
}
