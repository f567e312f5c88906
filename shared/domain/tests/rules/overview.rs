//! What needs attention, each kind at its boundaries, and renewals by day.

use chrono::TimeDelta;
use keyturn_domain::Timestamp;
use keyturn_domain::history::Actor;
use keyturn_domain::leak::LeakSource;
use keyturn_domain::leak_report::{self, Report};
use keyturn_domain::overview::{self, Attention, Overview, Past};
use keyturn_domain::summary::TokenSummary;
use keyturn_domain::token::Token;
use keyturn_domain::{lifecycle, limits, pull, redemption, renewal};

use crate::make::{
    BOTH, CALLING, ENDING, MAILING, PLAIN, PULLING, birth, failure, first, key, pending, record, renewal_due,
    rules, second, string, token,
};

fn days(days: i64) -> TimeDelta {
    TimeDelta::days(days)
}

fn hours(hours: i64) -> TimeDelta {
    TimeDelta::hours(hours)
}

const SECOND: TimeDelta = TimeDelta::seconds(1);

fn since(kind: Attention, token: &Token, used: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    kind.since(&TokenSummary::from(token), used, now)
}

/// From when on a token is of a kind: not a second before.
#[track_caller]
fn assert_from(kind: Attention, token: &Token, used: Option<Timestamp>, from: Timestamp) {
    assert_eq!(since(kind, token, used, from - SECOND), None);
    assert!(since(kind, token, used, from).is_some());
}

#[test]
fn a_callback_fails_from_its_last_delivery_to_the_next_good_one() {
    let at = renewal_due() + SECOND;
    let failed = first(record(&pending(CALLING), failure(Some(500), None), 0, at));
    assert_eq!(since(Attention::FailingCallback, &failed, None, at), Some(at));
    let again = first(renewal::take_up_try(&failed, at).unwrap());
    assert!(since(Attention::FailingCallback, &again, None, at).is_some());
    let good = first(record(&again, Ok(204), 0, at + SECOND));
    assert_eq!(since(Attention::FailingCallback, &good, None, at + SECOND), None);
    let ended = first(lifecycle::deactivate(&failed, Actor::Operator, at).unwrap());
    assert_eq!(since(Attention::FailingCallback, &ended, None, at), None);
}

#[test]
fn a_request_token_counts_as_unredeemed_once_its_window_has_passed() {
    let out = pending(CALLING);
    let closed = renewal_due() + hours(2);
    assert_from(Attention::Unredeemed, &out, None, closed);
    // And while the next one is out.
    let lapsed = first(renewal::lapse(&out, closed).unwrap());
    let second_one = first(renewal::issue(&lapsed, key(101), renewal_due() + days(1)));
    assert!(since(Attention::Unredeemed, &second_one, None, renewal_due() + days(1)).is_some());
    assert_from(Attention::Unredeemed, &token(PULLING), None, renewal_due() + days(1));
    let called = since(Attention::Unredeemed, &pending(BOTH), None, renewal_due() + hours(1));
    assert_eq!(called, None);
}

#[test]
fn a_leaked_string_counts_until_it_ends_and_its_request_tokens_are_no_windows() {
    let at = birth() + days(1);
    let report = Report { source: LeakSource::Anybody, found_at: None, last_use: None };
    assert_eq!(since(Attention::Leaked, &token(CALLING), None, at), None);
    let leaked = first(leak_report::report_string(&token(CALLING), None, report, &rules(), at).unwrap());
    assert_eq!(since(Attention::Leaked, &leaked, None, at), Some(at));
    assert_eq!(since(Attention::Leaked, &leaked, None, at + limits::LEAK_DEADLINE), None, "it has ended");
    let half_an_hour = TimeDelta::minutes(30);
    let out =
        first(renewal::issue(&first(renewal::issue(&leaked, key(100), at)), key(101), at + half_an_hour));
    assert_eq!(TokenSummary::from(&out).pending.unwrap().next_callback_at(), at + hours(1));
    assert_eq!(since(Attention::Unredeemed, &out, None, at + hours(3)), None);
    assert_eq!(past(&out, at + hours(3)), []);
    let renewed = redemption::redeem(&out, string(2), &rules(), Actor::Schedule, at + half_an_hour).unwrap();
    assert!(
        since(Attention::Leaked, &first(renewed), None, at + half_an_hour).is_some(),
        "it is valid still"
    );
}

#[test]
fn a_successor_counts_as_unused_two_hours_after_its_renewal() {
    let change = renewal::by_schedule(&token(MAILING), string(2), &rules(), renewal_due());
    let (old, new) = (&change.tokens[0], second(&change));
    assert_from(Attention::SuccessorUnused, new, None, renewal_due() + hours(2));
    let later = renewal_due() + days(1);
    assert_eq!(since(Attention::SuccessorUnused, new, Some(later), later), None);
    assert_eq!(since(Attention::SuccessorUnused, old, None, later), None);
    assert_eq!(since(Attention::SuccessorUnused, &token(PLAIN), None, later), None);
}

#[test]
fn a_token_is_expiring_for_thirty_days_unless_it_renews_itself() {
    let end = birth() + days(90);
    assert_from(Attention::Expiring, &token(ENDING), None, end - days(30));
    assert_eq!(since(Attention::Expiring, &token(ENDING), None, end), None, "expired");
    let mut renewing = token(MAILING);
    renewing.expires_at = Some(end);
    assert_eq!(since(Attention::Expiring, &renewing, None, end - days(30)), None);
}

#[test]
fn a_predecessor_in_use_counts_near_its_end_and_a_day_beyond() {
    let old = first(renewal::by_schedule(&token(MAILING), string(2), &rules(), renewal_due()));
    let end = renewal_due() + hours(24);
    let kind = Attention::OverlapInUse;
    let used = Some(renewal_due() + SECOND);
    assert_from(kind, &old, used, end - limits::OVERLAP_NOTICE);
    for unused in [None, Some(renewal_due())] {
        assert_eq!(since(kind, &old, unused, end - SECOND), None, "not since the renewal");
    }
    assert_eq!(since(kind, &old, Some(end - hours(2)), end), None, "it ended quietly");
    for (later, counts) in [(end, true), (end + hours(24) - SECOND, true), (end + hours(24), false)] {
        assert_eq!(since(kind, &old, Some(end - hours(1)), later).is_some(), counts, "{later}");
    }
}

#[test]
fn age_and_disuse_count_for_tokens_that_have_no_successor() {
    let plain = token(PLAIN);
    let half_a_year = "2026-07-01T09:00:01Z".parse().unwrap();
    let a_year = "2027-01-01T09:00:01Z".parse().unwrap();
    assert_from(Attention::Orange, &plain, None, half_a_year);
    assert_from(Attention::Red, &plain, None, a_year);
    assert_eq!(since(Attention::Orange, &plain, None, a_year), None, "red, not orange");
    assert_from(Attention::Unused, &plain, None, birth() + days(90));
    assert_from(Attention::Unused, &plain, Some(birth() + days(5)), birth() + days(95));
    let mut old = first(renewal::by_schedule(&token(MAILING), string(2), &rules(), renewal_due()));
    old.expires_at = None;
    for kind in [Attention::Orange, Attention::Red, Attention::Unused] {
        assert_eq!(since(kind, &old, None, a_year), None);
    }
}

#[test]
fn renewals_of_the_next_thirty_days_are_counted_by_day() {
    let summary = TokenSummary::from(&token(CALLING));
    for (now, expected) in [
        (renewal_due() - days(30), None),
        (renewal_due() - days(30) + SECOND, Some(renewal_due())),
        (renewal_due(), Some(renewal_due())),
        (renewal_due() + SECOND, None),
    ] {
        assert_eq!(overview::upcoming(&summary, now), expected, "{now}");
    }
    let mut overview = Overview::default();
    overview.add(&summary, None, birth() + days(1));
    assert_eq!(overview.upcoming.into_iter().collect::<Vec<_>>(), [(renewal_due().date_naive(), 1)]);
}

fn past(token: &Token, now: Timestamp) -> Vec<Past> {
    let mut overview = Overview::default();
    overview.add(&TokenSummary::from(token), None, now);
    overview.past.into_values().collect()
}

#[test]
fn renewals_of_the_last_thirty_days_are_counted_by_how_they_were_done() {
    let at = renewal_due() + hours(1);
    let one = Past::default();
    let redeemed = redemption::redeem(&pending(CALLING), string(2), &rules(), Actor::Schedule, at).unwrap();
    assert_eq!(past(&first(redeemed), at), [Past { redemption: 1, ..one }]);
    let pulled = first(pull::pull(&token(PULLING), string(2), &rules(), Actor::Schedule, at));
    assert_eq!(past(&pulled, at), [Past { pull: 1, ..one }]);
    let renewed = first(renewal::by_schedule(&token(MAILING), string(2), &rules(), at));
    assert_eq!(past(&renewed, at + days(30) - SECOND), [Past { schedule: 1, ..one }]);
    assert_eq!(past(&renewed, at + days(30)), []);
    let of_an_earlier_version = Token { renewed_how: None, ..renewed };
    assert_eq!(past(&of_an_earlier_version, at), [Past { unknown: 1, ..one }]);
}

#[test]
fn each_window_that_passed_and_each_day_without_a_pull_is_a_failure() {
    let failed = Past { failed: 1, ..Past::default() };
    let out = pending(CALLING);
    assert_eq!(past(&out, renewal_due() + hours(1)), []);
    let lapsed = first(renewal::lapse(&out, renewal_due() + hours(2)).unwrap());
    assert_eq!(past(&lapsed, renewal_due() + hours(2)), [failed]);
    let third = [1, 2].into_iter().fold(lapsed, |token, day| {
        let at = renewal_due() + days(day);
        let out = first(renewal::issue(&token, key(200 + day as u128), at));
        first(renewal::lapse(&out, at + hours(2)).unwrap())
    });
    assert_eq!(past(&third, renewal_due() + days(2) + hours(2)), [failed; 3]);
    assert_eq!(past(&token(PULLING), renewal_due() + days(3)), [failed; 3]);
    assert_eq!(past(&token(PULLING), renewal_due() + days(300)).len(), 30);
    let mut expired = token(CALLING);
    expired.expires_at = Some(renewal_due() + days(2));
    assert_eq!(past(&expired, renewal_due() + days(3)), [failed]);
}

#[test]
fn a_kind_names_those_first_that_are_of_it_for_the_longest_time() {
    let mut overview = Overview::default();
    let now = birth() + days(400);
    for number in 0..30_i64 {
        let mut old = token(PLAIN);
        old.created_at = birth() + TimeDelta::minutes((number * 7) % 30);
        overview.add(&TokenSummary::from(&old), Some(now), now);
    }
    let named: Vec<_> = overview.first(Attention::Red).into_iter().map(|item| item.at).collect();
    assert_eq!((overview.count(Attention::Red), named.len()), (30, 20));
    assert!(named.is_sorted() && named[0] == birth());
    assert_eq!(overview.count(Attention::Expiring), 0);
}
