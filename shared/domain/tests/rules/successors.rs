//! What a successor inherits, what begins anew, and how long it lives.

use chrono::TimeDelta;
use keyturn_domain::change::Change;
use keyturn_domain::history::{Action, Actor, RenewalMethod};
use keyturn_domain::redemption::redeem;
use keyturn_domain::renewal::{self, by_schedule};
use keyturn_domain::token::{Noticed, Renewed, Token};

use crate::make::{
    CALLING, MAILING, Plan, first, id, key, pending, renewal_due, rules, second, string, token,
};

fn redeemed(token: &Token) -> Change {
    redeem(token, string(2), &rules(), Actor::Token(id(7)), renewal_due()).expect("a request token")
}

fn scheduled(token: &Token) -> Change {
    by_schedule(token, string(2), &rules(), renewal_due())
}

fn both() -> [(Token, Change); 2] {
    let (calling, mailing) = (pending(CALLING), token(MAILING));
    let (by_redemption, by_schedule) = (redeemed(&calling), scheduled(&mailing));
    [(calling, by_redemption), (mailing, by_schedule)]
}

#[test]
fn a_successor_inherits_the_settings() {
    for (old, change) in both() {
        let new = second(&change);
        assert_eq!((&new.company, new.series), (&old.company, old.series));
        assert_eq!((&new.name, &new.description), (&old.name, &old.description));
        assert_eq!((new.rights, &new.applications), (old.rights, &old.applications));
        assert_eq!(new.mail_recipient, old.mail_recipient);
        assert_eq!(new.callback(), old.callback());
        let (inherited, chosen) = (new.auto_renewal.as_ref().unwrap(), old.auto_renewal.as_ref().unwrap());
        assert_eq!(inherited.every_days, chosen.every_days);
        assert_eq!(inherited.next_renewal_at, renewal_due() + TimeDelta::days(30));
    }
}

#[test]
fn a_successor_starts_with_a_fresh_state() {
    for (old, change) in both() {
        let new = second(&change);
        assert_eq!((new.id, new.renewed_from, new.version), (id(2), Some(old.id), 1));
        assert_eq!((new.created_at, new.changed_at), (renewal_due(), renewal_due()));
        assert_eq!((new.hash, new.sealed.as_ref()), (string(2).hash, Some(&string(2).sealed)));
        assert_eq!((&new.pending, &new.redeemed, new.renewed), (&None, &None, None));
        assert_eq!((new.deactivated_at, new.noticed), (None, Noticed::default()));
    }
}

#[test]
fn a_predecessor_names_its_successor_and_no_longer_renews() {
    for (before, change) in both() {
        let old = &change.tokens[0];
        assert_eq!(old.renewed, Some(Renewed { by: id(2), at: renewal_due() }));
        assert_eq!((&old.auto_renewal, &old.pending), (&None, &None));
        assert_eq!((old.version, old.changed_at), (before.version + 1, renewal_due()));
        assert_eq!((&old.hash, &old.sealed), (&before.hash, &before.sealed));
    }
}

#[test]
fn the_entry_of_a_redemption_names_its_actor() {
    let entry = redeemed(&pending(CALLING)).entry.unwrap();
    assert_eq!(entry.action, Action::Renewed(RenewalMethod::Redemption));
    assert_eq!((entry.actor, entry.successor), (Actor::Token(id(7)), Some(id(2))));
    assert_eq!((entry.token, entry.series), (id(1), id(1)));
}

#[test]
fn a_successor_lives_as_long_as_its_predecessor_was_given() {
    let life = TimeDelta::days(90);
    let plan = Plan { lives: Some(life), ..MAILING };
    let once = second(&scheduled(&token(plan))).clone();
    assert_eq!(once.expires_at, Some(renewal_due() + life));
    let again_at = renewal_due() + TimeDelta::days(30);
    let twice = by_schedule(&once, string(3), &rules(), again_at);
    assert_eq!(second(&twice).expires_at, Some(again_at + life));
    assert_eq!(second(&twice).series, id(1));
}

#[test]
fn a_late_renewal_does_not_shorten_the_successors_lifetime() {
    let life = TimeDelta::days(90);
    let late = renewal_due() + TimeDelta::days(55);
    let issued = first(renewal::issue(&token(Plan { lives: Some(life), ..CALLING }), key(100), late));
    let change = redeem(&issued, string(2), &rules(), Actor::Token(id(1)), late).unwrap();
    assert_eq!(second(&change).expires_at, Some(late + life));
    assert_eq!(change.tokens[0].expires_at, Some(late + TimeDelta::hours(24)));
}

#[test]
fn a_successor_of_a_token_without_expiry_has_none() {
    for (_, change) in both() {
        assert_eq!(second(&change).expires_at, None);
        assert_eq!(change.tokens[0].expires_at, Some(renewal_due() + TimeDelta::hours(24)));
    }
}
