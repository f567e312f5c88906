//! Mass renewal: pace, pauses, and each token once.

use chrono::TimeDelta;
use keyturn_domain::Timestamp;
use keyturn_domain::history::{Action, Actor};
use keyturn_domain::mass_renewal::{
    Decision, MassRenewal, MassRenewalId, Order, Selection, StartedBy, State, Turn, take_up,
};
use keyturn_domain::refusal::Conflict;
use keyturn_domain::token::Token;
use keyturn_domain::{lifecycle, renewal};
use proptest::prelude::*;
use uuid::Uuid;

use crate::make::{CALLING, MAILING, PLAIN, birth, first, id, pending, renewal_due, rules, string, token};

const CALLER: u128 = 0xca11;

fn mass(hours: u16, now: Timestamp) -> MassRenewal {
    let selection = Selection::Matching { application: None, search: None, older_than_days: None };
    let by = StartedBy { actor: Actor::Token(id(CALLER)), expires_at: None, administers: true };
    let ids = (MassRenewalId::new(Uuid::from_u128(7)), id(u128::MAX));
    MassRenewal::new(
        ids,
        "acme".parse().expect("a company id"),
        by,
        Order { selection, over_hours: hours },
        now,
    )
}

fn running(selected: u64, hours: u16, now: Timestamp) -> MassRenewal {
    mass(hours, now).counted(selected, 2, None, now)
}

fn started(token: &Token, now: Timestamp) -> Token {
    match take_up(&mass(1, birth()), token, now) {
        Decision::Start(change) => first(*change),
        other => panic!("{other:?}"),
    }
}

#[test]
fn makes_the_renewal_due_once() {
    let now = birth() + TimeDelta::days(3);
    let due = started(&token(CALLING), now);
    assert_eq!(due.auto_renewal.as_ref().unwrap().next_renewal_at, now);
    assert_eq!(take_up(&mass(1, birth()), &due, now), Decision::Over(Turn::Started));
    let change = take_up(&mass(1, birth()), &token(CALLING), now);
    let Decision::Start(change) = change else { panic!("{change:?}") };
    let entry = change.entry.unwrap();
    assert_eq!((entry.action, entry.actor), (Action::RenewalStarted, Actor::Token(id(CALLER))));
    // A successor of it is not part of it.
    let renewed = renewal::by_schedule(&started(&token(MAILING), now), string(2), &rules(), now);
    assert_eq!((renewed.tokens[0].mass_renewal.is_some(), renewed.tokens[1].mass_renewal), (true, None));
}

#[test]
fn keeps_a_request_token_that_is_out() {
    let out = pending(CALLING);
    let marked = started(&out, renewal_due() + TimeDelta::hours(1));
    assert_eq!((marked.pending.clone(), marked.version), (out.pending.clone(), out.version + 1));
    assert_eq!(marked.auto_renewal, out.auto_renewal);
}

#[test]
fn passes_over_what_does_not_renew_itself_and_skips_what_ended_meanwhile() {
    let (mass, now) = (mass(1, renewal_due()), renewal_due() + TimeDelta::minutes(5));
    assert_eq!(take_up(&mass, &token(PLAIN), now), Decision::Other);
    let renewed = |at| first(renewal::by_schedule(&token(MAILING), string(2), &rules(), at));
    assert_eq!(take_up(&mass, &renewed(renewal_due() - TimeDelta::hours(1)), now), Decision::Other);
    assert_eq!(take_up(&mass, &renewed(renewal_due()), now), Decision::Over(Turn::Skipped));
    let ended = first(lifecycle::deactivate(&token(MAILING), Actor::Operator, now).unwrap());
    assert_eq!(take_up(&mass, &ended, now), Decision::Over(Turn::Skipped));
    let mut other = token(MAILING);
    other.company = "other".parse().unwrap();
    assert_eq!(take_up(&mass, &other, now), Decision::Other);
}

#[test]
fn a_pause_moves_the_rest_and_an_end_is_final() {
    let mass = running(4, 4, birth()).turned(&[Turn::Started], Some(id(1)), birth());
    let hour = TimeDelta::hours(1);
    assert_eq!((mass.state, mass.due_at), (State::Running, Some(birth() + hour)));
    let paused = mass.pause(birth() + hour / 2).unwrap().unwrap();
    assert_eq!((paused.due_at, paused.pause(birth())), (None, Ok(None)));
    let resumed = paused.resume(birth() + hour * 10).unwrap().unwrap();
    assert_eq!((resumed.behind(birth() + hour * 10), resumed.resume(birth())), (0, Ok(None)));
    assert_eq!(resumed.waiting(birth() + hour * 10).due_at, Some(birth() + hour * 10 + hour / 2));
    let stopped = resumed.stop(birth() + hour * 11).unwrap().unwrap();
    assert_eq!((stopped.due_at, stopped.stop(birth())), (None, Ok(None)));
    let over = Err(Conflict::MassRenewalEnded);
    assert_eq!((stopped.pause(birth()), stopped.resume(birth())), (over.clone(), over.clone()));
    let done = mass.turned(&[], None, birth());
    assert_eq!((done.state, done.stop(birth())), (State::Done, over));
    // Before it has counted, it goes on counting.
    let counting = self::mass(1, birth()).counted(1, 0, Some(id(1)), birth());
    let resumed = counting.pause(birth()).unwrap().unwrap().resume(birth()).unwrap().unwrap();
    assert_eq!((resumed.state, resumed.position), (State::Counting, Some(id(1))));
    assert_eq!(self::mass(1, birth()).counted(0, 9, None, birth()).state, State::Done);
}

proptest! {
    /// However often it is looked at, it is never ahead of its pace, and never behind after a step.
    #[test]
    fn the_pace_is_even(selected in 1_u64..100_000, hours in 1_u16..=168, steps in proptest::collection::vec(0_i64..7_200, 1..60)) {
        let (mut mass, mut now) = (running(selected, hours, birth()), birth());
        let seconds = i64::from(hours) * 3_600;
        for step in steps {
            now += TimeDelta::seconds(step);
            let elapsed = (now - birth()).num_seconds();
            if elapsed >= seconds {
                prop_assert_eq!(mass.behind(now), u64::MAX);
                break;
            }
            let behind = mass.behind(now);
            let turns = vec![Turn::Started; usize::try_from(behind).unwrap()];
            mass = mass.turned(&turns, Some(id(1)), now);
            let exact = u64::try_from(elapsed).unwrap() * selected / u64::try_from(seconds).unwrap() + 1;
            prop_assert_eq!(mass.turns(), exact);
            let next = mass.due_at.unwrap();
            prop_assert!(next >= now && (mass.behind(next) > 0 || mass.turns() >= selected));
        }
    }
}
