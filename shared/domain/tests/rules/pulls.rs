//! Renewal by pull: when a token may fetch its successor, what repeats give, and what is announced if it does not.

use chrono::TimeDelta;
use keyturn_domain::credential::{Credential, Ended, RenewalPlan};
use keyturn_domain::due::{self, Due};
use keyturn_domain::history::{Action, Actor, RenewalMethod};
use keyturn_domain::ids::TokenId;
use keyturn_domain::mail::Notice;
use keyturn_domain::manual;
use keyturn_domain::pull::{PullOutcome, announce_unfetched, evaluate, pull};
use keyturn_domain::redemption::{self, RedemptionOutcome, redeem};
use keyturn_domain::refusal::{Conflict, InvalidReason, Refusal};
use keyturn_domain::renewal_info::{RenewalInfo, RenewalState, SuggestedWindow};
use keyturn_domain::token::Token;
use keyturn_domain::{Timestamp, lifecycle};
use proptest::prelude::*;
use uuid::Uuid;

use crate::make::{
    BOTH, CALLING, PLAIN, PULLING, Plan, birth, first, id, key, mailed, pending, renewal_due, rules, second,
    string, token,
};

const SECOND: TimeDelta = TimeDelta::seconds(1);
const DAY: TimeDelta = TimeDelta::hours(24);

fn pulled(token: &Token, now: Timestamp) -> Token {
    first(pull(token, string(2), &rules(), Actor::Token(id(1)), now))
}

fn refused(token: &Token, now: Timestamp) -> Conflict {
    match evaluate(token, now) {
        Err(Refusal::Conflict(conflict)) => conflict,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_token_fetches_its_successor_from_the_due_moment_on() {
    for plan in [PULLING, BOTH] {
        let token = token(plan);
        let before = renewal_due() - SECOND;
        assert_eq!(refused(&token, before), Conflict::RenewalNotDue { at: renewal_due(), wait: SECOND });
        assert_eq!(evaluate(&token, renewal_due()), Ok(PullOutcome::NewSuccessor));
        assert_eq!(evaluate(&token, renewal_due() + TimeDelta::days(300)), Ok(PullOutcome::NewSuccessor));
    }
    assert_eq!(refused(&token(CALLING), renewal_due()), Conflict::NoPull);
    assert_eq!(refused(&token(PLAIN), renewal_due()), Conflict::NoAutoRenewal);
}

#[test]
fn a_started_renewal_can_be_pulled_at_once() {
    let now = renewal_due() - TimeDelta::days(20);
    let started = manual::start_renewal(&token(PULLING), Actor::Operator, now).unwrap().unwrap();
    assert_eq!(evaluate(&first(started), now), Ok(PullOutcome::NewSuccessor));
}

#[test]
fn a_pull_creates_the_successor_as_a_redemption_does() {
    let now = renewal_due() + TimeDelta::hours(3);
    for (hours, end) in
        [(None, now + DAY), (Some(48), now + DAY), (Some(5), renewal_due() + TimeDelta::hours(5))]
    {
        let lives = hours.map(|hours| TimeDelta::days(30) + TimeDelta::hours(hours));
        let change = pull(&token(Plan { lives, ..PULLING }), string(2), &rules(), Actor::Token(id(1)), now);
        assert_eq!(mailed(&change), Some(Notice::RenewedByPull { old_valid_until: end }));
        let entry = change.entry.as_ref().unwrap();
        assert_eq!(entry.action, Action::Renewed(RenewalMethod::Pull));
        assert_eq!((&entry.actor, entry.successor), (&Actor::Token(id(1)), Some(id(2))));
        assert_eq!((change.tokens[0].expires_at, second(&change).renewed_from), (Some(end), Some(id(1))));
        let renewal = second(&change).auto_renewal.clone().unwrap();
        assert!(renewal.pull, "the successor inherits it");
        assert_eq!((renewal.next_renewal_at, renewal.unfetched_days), (now + TimeDelta::days(30), 0));
    }
}

#[test]
fn repeats_give_the_same_successor_as_long_as_the_predecessor_is_valid() {
    let old = pulled(&token(PULLING), renewal_due());
    let end = renewal_due() + DAY;
    for now in [renewal_due(), renewal_due() + TimeDelta::hours(23), end - SECOND] {
        assert_eq!(evaluate(&old, now), Ok(PullOutcome::SameSuccessor(id(2))));
    }
    assert_eq!(evaluate(&old, end), Err(Refusal::Ended(Ended::Renewed(end))));
    let now = renewal_due() + SECOND;
    let deactivated = first(lifecycle::deactivate(&old, Actor::Operator, now).unwrap());
    assert_eq!(evaluate(&deactivated, now), Err(Refusal::Ended(Ended::Deactivated(now))));
}

#[test]
fn gives_the_successor_of_a_redemption_if_pull_is_on() {
    let redeemed = |plan| {
        first(redeem(&pending(plan), string(2), &rules(), Actor::Token(id(1)), renewal_due()).unwrap())
    };
    assert_eq!(evaluate(&redeemed(BOTH), renewal_due()), Ok(PullOutcome::SameSuccessor(id(2))));
    assert_eq!(refused(&redeemed(CALLING), renewal_due()), Conflict::AlreadyRenewed);
}

#[test]
fn refuses_after_a_renewal_by_hand() {
    let draft = manual::RenewalDraft {
        existing_token_expires_at: Some((renewal_due() + DAY).to_rfc3339()),
        name: Some("by hand".to_owned()),
        description: None,
    };
    let order = draft.parse(&token(BOTH), renewal_due(), keyturn_domain::fault::Faults::default()).unwrap();
    let old = manual::renew(&token(BOTH), order, string(2), &rules(), Actor::Operator, renewal_due());
    assert_eq!(refused(&first(old.unwrap()), renewal_due() + SECOND), Conflict::AlreadyRenewed);
}

#[test]
fn a_request_token_that_is_out_redeems_to_the_same_successor_until_its_2_hours_end() {
    let old = pulled(&pending(BOTH), renewal_due() + TimeDelta::minutes(30));
    let (hash, end) = (key(100).hash, renewal_due() + TimeDelta::hours(2));
    for now in [renewal_due() + TimeDelta::minutes(30), end - SECOND] {
        assert_eq!(redemption::evaluate(&old, &hash, now), RedemptionOutcome::SameSuccessor(id(2)));
    }
    let closed = RedemptionOutcome::Nothing(InvalidReason::WindowClosed(end));
    assert_eq!(redemption::evaluate(&old, &hash, end), closed);
    assert_eq!(old.in_delivery().map(|pending| pending.hash), Some(hash), "its deliveries continue");
}

#[test]
fn the_schedule_does_not_renew_what_is_pulled() {
    assert_eq!(due::next(&token(PULLING)), Some((renewal_due() + DAY, Due::Unfetched)));
    assert_eq!(due::next(&token(BOTH)), Some((renewal_due(), Due::Issue)));
}

#[test]
fn mails_the_1st_3rd_7th_and_every_7th_day_that_the_successor_is_not_fetched() {
    let mut token = token(PULLING);
    let mut days_mailed = Vec::new();
    for _ in 0..6 {
        let (at, due) = due::next(&token).unwrap();
        assert_eq!(due, Due::Unfetched);
        let change = announce_unfetched(&token, at).unwrap();
        let days = u32::try_from((at - renewal_due()).num_days()).unwrap();
        assert_eq!(mailed(&change), Some(Notice::Unfetched { days }));
        let entry = change.entry.as_ref().unwrap();
        assert_eq!(
            (&entry.action, entry.action.event()),
            (&Action::RenewalUnfetched { days }, Some("Renewal Unredeemed"))
        );
        days_mailed.push(days);
        token = first(change);
    }
    assert_eq!(days_mailed, [1, 3, 7, 14, 21, 28]);
}

#[test]
fn a_late_schedule_announces_once_and_a_new_due_moment_counts_anew() {
    let now = renewal_due() + TimeDelta::days(10);
    assert_eq!(announce_unfetched(&token(PULLING), renewal_due() + DAY - SECOND), None);
    let late = announce_unfetched(&token(PULLING), now).unwrap();
    assert_eq!(mailed(&late), Some(Notice::Unfetched { days: 10 }));
    let late = first(late);
    assert_eq!(due::next(&late), Some((renewal_due() + TimeDelta::days(14), Due::Unfetched)));
    let started = manual::start_renewal(&late, Actor::Operator, now).unwrap().unwrap();
    assert_eq!(due::next(&first(started)), Some((now + DAY, Due::Unfetched)));
}

#[test]
fn tells_how_the_renewal_stands() {
    let info = |token: &Token, now| RenewalInfo::of(&Credential::of(token), RenewalPlan::of(token), now);
    let window = SuggestedWindow::of(id(1), RenewalPlan::of(&token(PULLING)).unwrap());
    assert_eq!(window.start, renewal_due());
    for plan in [PULLING, BOTH, CALLING] {
        let token = token(plan);
        let long_before = info(&token, renewal_due() - TimeDelta::days(9));
        assert_eq!((long_before.state, long_before.window), (RenewalState::Scheduled, Some(window)));
        assert_eq!(long_before.retry_after, TimeDelta::hours(6));
        assert_eq!(info(&token, renewal_due() - SECOND).state, RenewalState::Scheduled);
        assert_eq!(info(&token, renewal_due()).state, RenewalState::Due);
        assert_eq!(info(&token, window.end - SECOND).retry_after, SECOND);
        assert_eq!(info(&token, window.end).retry_after, TimeDelta::hours(1));
    }
    let old = info(&pulled(&token(PULLING), renewal_due()), renewal_due());
    assert_eq!((old.state, old.window), (RenewalState::Renewed, None));
    let plain = info(&token(PLAIN), renewal_due());
    assert_eq!((plain.state, plain.window), (RenewalState::None, None));
    assert_eq!(plain.retry_after, TimeDelta::hours(6));
}

proptest! {
    #[test]
    fn a_window_is_the_same_for_a_series_and_at_most_10_percent_and_a_day(
        series in any::<u128>(),
        every_days in 1_u16..=3_650,
    ) {
        let series = TokenId::new(Uuid::from_u128(series));
        let plan = RenewalPlan { at: renewal_due(), every_days, pull: true };
        let window = SuggestedWindow::of(series, plan);
        prop_assert_eq!(window, SuggestedWindow::of(series, plan));
        let later = SuggestedWindow::of(series, RenewalPlan { at: renewal_due() + DAY, ..plan });
        prop_assert_eq!(later.end - later.start, window.end - window.start);
        prop_assert_eq!(window.start, renewal_due());
        prop_assert!(window.start < window.end);
        prop_assert!((window.end - window.start) * 10 <= TimeDelta::days(every_days.into()));
        prop_assert!(window.end - window.start <= DAY);
    }

    #[test]
    fn whoever_asks_at_the_suggested_moment_asks_before_the_next_one_is_due(
        series in any::<u128>(),
        every_days in 1_u16..=3_650,
        seconds in 0_i64..=315_360_000,
    ) {
        let mut token = token(PULLING);
        token.series = TokenId::new(Uuid::from_u128(series));
        token.auto_renewal.as_mut().unwrap().every_days = every_days;
        let now = renewal_due() - TimeDelta::days(60) + TimeDelta::seconds(seconds);
        let info = RenewalInfo::of(&Credential::of(&token), RenewalPlan::of(&token), now);
        prop_assert!(SECOND <= info.retry_after && info.retry_after <= TimeDelta::hours(6));
        let window = info.window.unwrap();
        let next = now + info.retry_after;
        prop_assert!(now >= window.end || next <= window.end);
    }
}

/// The calls of a client that asks when `Retry-After` says so and pulls once, from its creation on, until it pulls: when it is
/// told that the renewal is due, or at the end of the suggested window.
fn calls(series: u128, waits_for_the_end: bool) -> u32 {
    let mut token = token(PULLING);
    token.series = TokenId::new(Uuid::from_u128(series));
    let (mut now, mut asked) = (birth(), 0);
    loop {
        let info = RenewalInfo::of(&Credential::of(&token), RenewalPlan::of(&token), now);
        asked += 1;
        let end = info.window.expect("a renewal to come").end;
        if info.state == RenewalState::Due && (now >= end || !waits_for_the_end) {
            return asked + 1;
        }
        now += info.retry_after;
    }
}

/// `infra/docs/integrate.md` and `infra/docs/decisions/no-long-poll.md` state these figures.
#[test]
fn a_client_that_follows_retry_after_makes_at_most_126_calls_in_a_month() {
    for series in (0..1_000_u128).map(|number| number << 64 | 7) {
        assert_eq!(calls(series, false), 122);
        assert!((122..=126).contains(&calls(series, true)), "{}", calls(series, true));
    }
}

#[test]
fn a_fleet_is_spread_over_its_window() {
    let plan = RenewalPlan { at: renewal_due(), every_days: 30, pull: true };
    let hours = |n: u128| {
        let window = SuggestedWindow::of(TokenId::new(Uuid::from_u128(n << 64 | 7)), plan);
        usize::try_from((window.end - window.start).num_hours()).unwrap()
    };
    let mut pulled = [0; 20];
    for n in 0..2_000 {
        pulled[hours(n).min(19)] += 1;
    }
    assert!(pulled.iter().all(|count| (60..=140).contains(count)), "{pulled:?}");
}
