//! How long the predecessor stays valid, and the notice before that ends.

use chrono::TimeDelta;
use keyturn_domain::Timestamp;
use keyturn_domain::change::Change;
use keyturn_domain::credential::Credential;
use keyturn_domain::due::{self, Due};
use keyturn_domain::history::{Action, Actor, RenewalMethod};
use keyturn_domain::mail::Notice;
use keyturn_domain::notices::look_at_overlap;
use keyturn_domain::pull::pull;
use keyturn_domain::redemption::redeem;
use keyturn_domain::renewal::by_schedule;
use keyturn_domain::rules::Rules;
use keyturn_domain::token::{Status, Token};

use crate::make::{
    CALLING, MAILING, PULLING, Plan, first, id, mailed, pending, renewal_due, rules, second, string, token,
};

const DAY: TimeDelta = TimeDelta::hours(24);
const MINUTE: TimeDelta = TimeDelta::minutes(1);

fn redeemed(plan: Plan, now: Timestamp) -> Change {
    redeem(&pending(plan), string(2), &rules(), Actor::Token(id(1)), now).expect("a request token")
}

/// A predecessor whose successor has no callback, so that nothing else is due in the overlap.
fn pulled(plan: Plan) -> Token {
    first(pull(&token(plan), string(2), &rules(), Actor::Token(id(1)), renewal_due()))
}

/// Lives as many hours longer than until the renewal.
fn ending(plan: Plan, hours: i64) -> Plan {
    Plan { lives: Some(TimeDelta::days(30) + TimeDelta::hours(hours)), ..plan }
}

#[test]
fn overlap_after_a_redemption_is_24_hours_or_the_own_expiry() {
    let now = renewal_due() + TimeDelta::minutes(90);
    for (plan, end) in [
        (CALLING, now + DAY),
        (ending(CALLING, 48), now + DAY),
        (ending(CALLING, 3), renewal_due() + TimeDelta::hours(3)),
    ] {
        let change = redeemed(plan, now);
        assert_eq!(mailed(&change), Some(Notice::RenewedByRedemption { old_valid_until: end }));
        let old = first(change);
        assert_eq!(old.expires_at, Some(end));
        assert_eq!(old.status(end - TimeDelta::seconds(1)), Status::Active);
        assert_eq!(old.status(end), Status::Expired);
    }
}

#[test]
fn overlap_after_a_scheduled_renewal_is_the_parameter_or_the_own_expiry() {
    let overlap = |hours| Rules { schedule_overlap: TimeDelta::hours(hours), ..rules() };
    for (plan, rules, hours) in [
        (MAILING, rules(), 24),
        (MAILING, overlap(72), 72),
        (ending(MAILING, 48), overlap(72), 48),
        (ending(MAILING, 48), overlap(1), 1),
    ] {
        let change = by_schedule(&token(plan), string(2), &rules, renewal_due());
        let copy_until = renewal_due() + TimeDelta::hours(hours);
        assert_eq!(mailed(&change), Some(Notice::RenewedBySchedule { copy_until }));
        let entry = change.entry.as_ref().unwrap();
        assert_eq!(entry.action, Action::Renewed(RenewalMethod::Schedule));
        assert_eq!((&entry.actor, entry.successor), (&Actor::Schedule, Some(id(2))));
        assert_eq!(first(change).expires_at, Some(copy_until));
    }
}

#[test]
fn checks_an_overlap_once_4_hours_before_its_end() {
    let old = pulled(PULLING);
    let look = renewal_due() + TimeDelta::hours(20);
    assert_eq!(due::next(&old), Some((look, Due::OverlapNotice)));
    let looked = first(look_at_overlap(&old, None, None, look));
    assert_eq!(due::next(&looked), Some((renewal_due() + DAY, Due::Expiry)));
}

#[test]
fn does_not_check_an_overlap_of_4_hours_or_less() {
    for (hours, looked_at) in [(5, true), (4, false), (1, false)] {
        let old = pulled(ending(PULLING, hours));
        let end = renewal_due() + TimeDelta::hours(hours);
        let look = (end - TimeDelta::hours(4), Due::OverlapNotice);
        assert_eq!(due::next(&old), Some(if looked_at { look } else { (end, Due::Expiry) }), "{hours} h");
    }
}

#[test]
fn announces_the_end_of_an_overlap_only_if_the_successor_was_never_used() {
    let renewed_at = renewal_due();
    let change = redeemed(CALLING, renewed_at);
    let (new, old) = (second(&change).clone(), first(change));
    let used = |token: &Token, last_used_at| Credential { last_used_at, ..Credential::of(token) };
    let (never, before, since) = (None, Some(renewed_at), Some(renewed_at + MINUTE));
    for (old_used, new_used, announced) in [
        (since, never, true),
        (before, never, false),
        (never, never, false),
        (since, since, false),
        (before, since, false),
    ] {
        let (old_use, new_use) = (used(&old, old_used), used(&new, new_used));
        let look = renewed_at + TimeDelta::hours(20);
        let change = look_at_overlap(&old, Some(&old_use), Some(&new_use), look);
        let expected = announced.then_some(Notice::OverlapEnding { ends_at: renewed_at + DAY });
        assert_eq!(mailed(&change), expected, "{old_used:?} {new_used:?}");
        assert_eq!(change.entry.is_some(), announced);
        assert_eq!(change.entry.and_then(|entry| entry.successor), announced.then_some(id(2)));
    }
}
