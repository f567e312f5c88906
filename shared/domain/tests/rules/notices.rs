//! Mails before and at the end of a token, and about unredeemed request tokens.

use chrono::TimeDelta;
use keyturn_domain::due::{self, Due};
use keyturn_domain::history::Action;
use keyturn_domain::mail::Notice;
use keyturn_domain::notices::announce_expiry;
use keyturn_domain::token::Token;
use keyturn_domain::{lifecycle, limits, renewal};

use crate::make::{
    CALLING, ENDING, MAILING, PLAIN, Plan, birth, first, key, mailed, renewal_due, rules, string, token,
};

fn living(days: i64) -> Token {
    token(Plan { lives: Some(TimeDelta::days(days)), ..ENDING })
}

/// Days before the end of each announcement of a punctual sweep, as due and as announced.
fn announced(mut token: Token) -> Vec<(i64, i64)> {
    let end = token.expires_at.expect("an end");
    let mut announced_days = Vec::new();
    while let Some((at, Due::ExpiryNotice)) = due::next(&token) {
        let change = announce_expiry(&token, at).expect("an announcement");
        assert_eq!(mailed(&change), Some(Notice::Expiring { at: end }));
        let Some(Action::ExpiryAnnounced { days }) = change.entry.as_ref().map(|entry| entry.action.clone())
        else {
            panic!("not an announcement: {change:?}")
        };
        announced_days.push(((end - at).num_days(), days));
        token = first(change);
    }
    assert_eq!(due::next(&token), Some((end, Due::Expiry)));
    announced_days
}

#[test]
fn announces_an_expiry_30_7_and_1_days_ahead() {
    assert_eq!(announced(living(90)), [(30, 30), (7, 7), (1, 1)]);
    let (token, first_at) = (living(90), birth() + TimeDelta::days(60));
    assert_eq!(due::now(&token, first_at - TimeDelta::seconds(1)), None);
    assert_eq!(due::now(&token, first_at), Some(Due::ExpiryNotice));
}

#[test]
fn skips_announcements_before_the_creation() {
    assert_eq!(announced(living(31)), [(30, 30), (7, 7), (1, 1)]);
    assert_eq!(announced(living(30)), [(7, 7), (1, 1)]);
    assert_eq!(announced(living(7)), [(1, 1)]);
    assert_eq!(announced(living(1)), []);
}

#[test]
fn a_late_sweep_makes_only_the_most_urgent_announcement() {
    let end = birth() + TimeDelta::days(90);
    for (days_left, announced_days, next) in
        [(29, 30, Some(7)), (5, 7, Some(1)), (7, 7, Some(1)), (1, 1, None)]
    {
        let now = end - TimeDelta::days(days_left);
        let change = announce_expiry(&living(90), now).unwrap();
        let action = change.entry.as_ref().map(|entry| entry.action.clone());
        assert_eq!(action, Some(Action::ExpiryAnnounced { days: announced_days }), "{days_left} days left");
        let later = next.map_or((end, Due::Expiry), |days| (end - TimeDelta::days(days), Due::ExpiryNotice));
        assert_eq!(due::next(&first(change)), Some(later), "{days_left} days left");
    }
    assert_eq!(due::now(&living(90), end), Some(Due::Expiry));
}

#[test]
fn announces_no_expiry_with_auto_renewal_or_without_a_recipient() {
    // 40 days of life: the first announcement would come before the renewal.
    let lives = Some(TimeDelta::days(40));
    let next = |plan| due::next(&token(plan)).map(|(_, due)| due);
    assert_eq!(next(Plan { lives, ..CALLING }), Some(Due::Issue));
    assert_eq!(next(Plan { lives, ..MAILING }), Some(Due::Renew));
    assert_eq!(next(Plan { lives, ..PLAIN }), Some(Due::Expiry));
}

#[test]
fn announces_no_expiry_of_a_predecessor() {
    let mut long = rules();
    long.schedule_overlap = TimeDelta::days(60);
    let old = first(renewal::by_schedule(&token(MAILING), string(2), &long, renewal_due()));
    assert_eq!(due::next(&old).map(|(_, due)| due), Some(Due::OverlapNotice));
}

#[test]
fn notifies_once_of_an_expired_token() {
    let end = birth() + TimeDelta::days(90);
    let late = end + TimeDelta::hours(5);
    let change = lifecycle::expire(&living(90), end, late);
    assert_eq!(mailed(&change), Some(Notice::Expired { at: end }));
    assert_eq!(change.entry.as_ref().unwrap().action.event(), Some("Token Expired"));
    assert_eq!(due::next(&first(change)), None);
    let silent = token(Plan { recipient: false, ..ENDING });
    assert_eq!(mailed(&lifecycle::expire(&silent, end, late)), None);
}

#[test]
fn mails_the_1st_3rd_7th_and_then_every_7th_unredeemed_request_token() {
    let mut token = token(CALLING);
    let mut mailed_after = Vec::new();
    for attempt in 1..=30 {
        let (issued, due) = due::next(&token).unwrap();
        assert_eq!((issued, due), (renewal_due() + TimeDelta::days(i64::from(attempt) - 1), Due::Issue));
        token = first(renewal::issue(&token, key(100 + u128::from(attempt)), issued));
        let change = renewal::lapse(&token, issued + limits::REDEMPTION_WINDOW).unwrap();
        let action = change.entry.as_ref().map(|entry| entry.action.clone());
        assert_eq!(action, Some(Action::RenewalUnredeemed { attempt }));
        if let Some(notice) = mailed(&change) {
            let next_callback_at = issued + TimeDelta::hours(24);
            assert_eq!(notice, Notice::Unredeemed { attempt, next_callback_at });
            mailed_after.push(attempt);
        }
        token = first(change);
    }
    assert_eq!(mailed_after, [1, 3, 7, 14, 21, 28]);
}
