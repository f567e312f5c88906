//! How long sealed strings are kept in a deployment whose token strings can't be copied.

use chrono::TimeDelta;
use keyturn_domain::Timestamp;
use keyturn_domain::due::{self, Due};
use keyturn_domain::history::Actor;
use keyturn_domain::pull::pull;
use keyturn_domain::redemption::redeem;
use keyturn_domain::rules::Rules;
use keyturn_domain::token::Token;
use keyturn_domain::{lifecycle, renewal};

use crate::make::{
    CALLING, PULLING, Plan, birth, create, first, id, key, out, pending, renewal_due, rules, second, string,
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
fn stores_no_string_of_a_created_token() {
    assert_eq!(first(create(CALLING, 1, &uncopyable(), birth())).sealed, None);
    assert!(first(create(CALLING, 1, &rules(), birth())).sealed.is_some());
}

#[test]
fn drops_a_successors_string_once_no_request_token_can_return_it() {
    // The last one goes out 20 hours after the redemption.
    let (new, end) = (successor(CALLING), renewal_due() + TimeDelta::hours(23));
    assert!(new.sealed.is_some());
    assert_eq!(due::next(&new), Some((end, Due::DropString)));
    let bare = swept(new, end);
    assert_eq!((&bare.sealed, bare.sealed_until), (&None, None));
}

#[test]
fn keeps_a_pulled_successors_string_as_long_as_it_can_be_pulled() {
    for (plan, hours) in [(PULLING, 24), (Plan { lives: Some(TimeDelta::days(32)), ..PULLING }, 24)] {
        let token = first(create(plan, 1, &uncopyable(), birth()));
        let change = pull(&token, string(2), &uncopyable(), Actor::Token(id(1)), renewal_due());
        let end = renewal_due() + TimeDelta::hours(hours);
        assert_eq!((second(&change).sealed_until, change.tokens[0].expires_at), (Some(end), Some(end)));
    }
}

#[test]
fn drops_the_string_of_a_deactivated_successor() {
    let new = successor(CALLING);
    let ended = lifecycle::deactivate(&new, Actor::Operator, renewal_due() + TimeDelta::minutes(90)).unwrap();
    assert_eq!(swept(first(ended), renewal_due() + TimeDelta::days(1)).sealed, None);
}

#[test]
fn drops_the_string_of_an_expired_successor() {
    let new = successor(Plan { lives: Some(TimeDelta::days(32)), ..CALLING });
    let late = new.expires_at.unwrap() + TimeDelta::days(1);
    assert_eq!(swept(new, late).sealed, None);
}

#[test]
fn keeps_a_successors_string_if_it_can_be_copied() {
    let change = redeem(&pending(CALLING), string(2), &rules(), Actor::Token(id(1)), renewal_due()).unwrap();
    let new = second(&change);
    assert_eq!((new.sealed.as_ref(), new.sealed_until), (Some(&string(2).sealed), None));
}

#[test]
fn drops_a_request_tokens_string_with_its_window() {
    let token = pending(CALLING);
    assert!(out(&token).sealed.is_some());
    let now = renewal_due() + TimeDelta::hours(2);
    assert_eq!(out(&first(renewal::lapse(&token, now).unwrap())).sealed, None);
    assert_eq!(first(lifecycle::deactivate(&token, Actor::Operator, now).unwrap()).pending, None);
}
