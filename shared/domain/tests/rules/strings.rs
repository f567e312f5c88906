//! How long sealed strings are kept in a deployment whose token strings can't be copied.

use chrono::TimeDelta;
use keyturn_domain::Timestamp;
use keyturn_domain::due::{self, Due};
use keyturn_domain::effect::Actor;
use keyturn_domain::redemption::redeem;
use keyturn_domain::rules::Rules;
use keyturn_domain::token::Token;
use keyturn_domain::{lifecycle, renewal};

use crate::make::{
    CALLING, Plan, birth, create, first, id, key, out, pending, renewal_due, rules, second, string,
};

fn uncopyable() -> Rules {
    Rules { copyable: false, ..rules() }
}

/// A successor just redeemed, an hour into the window.
fn successor(plan: Plan) -> Token {
    let token = first(create(plan, 1, &uncopyable(), birth()));
    let pending = first(renewal::issue(&token, key(100), renewal_due()));
    let now = renewal_due() + TimeDelta::hours(1);
    let change = redeem(&pending, string(2), &uncopyable(), Actor::Token(id(1)), now);
    second(&change.expect("a request token")).clone()
}

/// The token after a schedule that finds it at this moment.
fn swept(mut token: Token, now: Timestamp) -> Token {
    while let Some(due) = due::now(&token, now) {
        token = match due {
            Due::DropString => first(lifecycle::drop_string(&token)),
            Due::Expiry => first(lifecycle::expire(&token, token.expires_at.expect("an end"), now)),
            other => panic!("not expected here: {other:?}"),
        };
    }
    token
}

#[test]
fn a_token_that_somebody_creates_keeps_no_string() {
    assert_eq!(first(create(CALLING, 1, &uncopyable(), birth())).sealed, None);
    assert!(first(create(CALLING, 1, &rules(), birth())).sealed.is_some());
}

#[test]
fn a_successor_s_string_goes_when_the_2_hours_are_over() {
    let (new, end) = (successor(CALLING), renewal_due() + TimeDelta::hours(2));
    assert!(new.sealed.is_some());
    assert_eq!(due::next(&new), Some((end, Due::DropString)));
    let bare = swept(new, end);
    assert_eq!((&bare.sealed, bare.sealed_until), (&None, None));
}

#[test]
fn a_successor_s_string_goes_though_the_successor_was_deactivated() {
    let new = successor(CALLING);
    let ended = lifecycle::deactivate(&new, Actor::Operator, renewal_due() + TimeDelta::minutes(90)).unwrap();
    assert_eq!(swept(first(ended), renewal_due() + TimeDelta::days(1)).sealed, None);
}

#[test]
fn a_successor_s_string_goes_though_the_successor_expired_before_the_schedule_ran_again() {
    let new = successor(Plan { lives: Some(TimeDelta::days(32)), ..CALLING });
    let late = new.expires_at.unwrap() + TimeDelta::days(1);
    assert_eq!(swept(new, late).sealed, None);
}

#[test]
fn where_strings_can_be_copied_a_successor_keeps_its_own() {
    let change = redeem(&pending(CALLING), string(2), &rules(), Actor::Token(id(1)), renewal_due()).unwrap();
    let new = second(&change);
    assert_eq!((new.sealed.as_ref(), new.sealed_until), (Some(&string(2).sealed), None));
}

#[test]
fn a_request_token_s_string_goes_with_its_window() {
    let token = pending(CALLING);
    assert!(out(&token).sealed.is_some());
    let now = renewal_due() + TimeDelta::hours(2);
    assert_eq!(out(&first(renewal::lapse(&token, now).unwrap())).sealed, None);
    assert_eq!(first(lifecycle::deactivate(&token, Actor::Operator, now).unwrap()).pending, None);
}
