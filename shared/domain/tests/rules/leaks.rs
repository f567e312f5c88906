//! Leaks: what follows a report, and how a leaked string is replaced.

use chrono::TimeDelta;
use keyturn_domain::Timestamp;
use keyturn_domain::access::permit_redemption;
use keyturn_domain::change::Change;
use keyturn_domain::credential::Credential;
use keyturn_domain::due::{self, Due};
use keyturn_domain::follow_up::{self, SuccessorNow};
use keyturn_domain::history::{Action, Actor};
use keyturn_domain::leak::{LeakReaction, LeakSource, LeakedString};
use keyturn_domain::leak_report::{
    Report, check_successor, implicated_by_request_token, implicated_by_string, report_request_token,
    report_string,
};
use keyturn_domain::mail::Notice;
use keyturn_domain::per_company::PerCompany;
use keyturn_domain::redemption::{self, RedemptionOutcome};
use keyturn_domain::refusal::{Conflict, Refusal};
use keyturn_domain::rules::Rules;
use keyturn_domain::settings::{Applications, MailAddress};
use keyturn_domain::source::Requester;
use keyturn_domain::token::{RequestReason, Status, Token};
use keyturn_domain::{lifecycle, manual, pull, renewal};

use crate::make::{
    BOTH, CALLING, MAILING, PLAIN, PULLING, birth, first, id, key, pending, renewal_due, rules, second,
    string, token,
};

const FROM: LeakSource = LeakSource::Anybody;

fn now() -> Timestamp {
    birth() + TimeDelta::days(1)
}

fn after(minutes: i64) -> Timestamp {
    now() + TimeDelta::minutes(minutes)
}

fn report(source: LeakSource) -> Report {
    Report { source, found_at: None, last_use: None }
}

fn reacting(reaction: &str) -> Rules {
    let mut rules = rules();
    rules.leaks.reactions =
        PerCompany::parse(reaction, |word| LeakReaction::of_word(word).ok_or_else(String::new))
            .expect("reactions");
    rules
}

fn managing(plan: crate::make::Plan) -> Token {
    Token { applications: Applications::management(), ..token(plan) }
}

fn leaked(token: &Token) -> Token {
    first(report_string(token, None, report(FROM), &rules(), now()).expect("a reaction"))
}

fn reaction(change: &Change) -> LeakReaction {
    match &change.entry.as_ref().expect("an entry").action {
        Action::Leaked { reaction, .. } => *reaction,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_company_chooses_what_follows() {
    for (plan, chosen, expected) in [
        (CALLING, "", LeakReaction::Renew),
        (BOTH, "", LeakReaction::Renew),
        (PULLING, "", LeakReaction::Notify),
        (MAILING, "", LeakReaction::Notify),
        (PLAIN, "", LeakReaction::Notify),
        (CALLING, "DEACTIVATE", LeakReaction::Deactivate),
        (PLAIN, "acme=DEACTIVATE", LeakReaction::Deactivate),
        (PLAIN, "other=DEACTIVATE", LeakReaction::Notify),
        (CALLING, "NOTIFY", LeakReaction::Notify),
        (CALLING, "NOTIFY,acme=RENEW", LeakReaction::Renew),
        (PLAIN, "RENEW", LeakReaction::Notify),
    ] {
        let change = report_string(&token(plan), None, report(FROM), &reacting(chosen), now());
        assert_eq!(reaction(&change.expect("a reaction")), expected, "{plan:?} {chosen}");
        let change = report_string(&managing(plan), None, report(FROM), &reacting(chosen), now());
        assert_eq!(reaction(&change.expect("a reaction")), LeakReaction::Deactivate, "{plan:?} {chosen}");
    }
}

#[test]
fn a_leak_is_reported_once_and_an_ended_string_never() {
    for plan in [CALLING, PULLING] {
        let leaked = leaked(&token(plan));
        assert_eq!(report_string(&leaked, None, report(LeakSource::GitHub), &rules(), after(1)), None);
    }
    let ended = first(lifecycle::deactivate(&token(CALLING), Actor::Operator, now()).expect("it is active"));
    assert_eq!(report_string(&ended, None, report(FROM), &rules(), after(1)), None);
}

#[test]
fn a_suspicion_does_not_keep_a_report_from_its_reaction() {
    let suspected = manual::suspect_leak(&token(BOTH), Actor::Operator, now()).expect("it renews itself");
    let suspected = first(suspected.expect("a change"));
    assert_eq!(pull::evaluate(&suspected, after(1)), Err(Refusal::Conflict(Conflict::Leaked)));
    assert_eq!(suspected.expires_at, None, "the overlap of a usual renewal stays");
    let change = report_string(&suspected, None, report(FROM), &rules(), after(1)).expect("a reaction");
    assert_eq!(first(change).expires_at, Some(after(241)));
    let alone = manual::suspect_leak(&token(PULLING), Actor::Operator, now());
    assert_eq!(alone, Err(Conflict::NoCallback), "its successor would reach nobody");
}

#[test]
fn a_suspicion_leaves_a_live_request_token_alone() {
    let suspected =
        manual::suspect_leak(&pending(BOTH), Actor::Operator, renewal_due()).expect("it renews itself");
    let suspected = first(suspected.expect("a change"));
    assert_eq!(suspected.pending, pending(BOTH).pending);
    assert_eq!(manual::suspect_leak(&suspected, Actor::Operator, renewal_due()), Ok(None), "it is known");
}

#[test]
fn request_tokens_go_out_at_once_and_every_half_hour_until_the_deadline() {
    let mut token = leaked(&token(CALLING));
    let deadline = after(240);
    assert_eq!(token.expires_at, Some(deadline));
    let mut issued = Vec::new();
    let mut number = 200;
    while let Some((at, step)) = due::next(&token) {
        match step {
            Due::Issue => {
                number += 1;
                issued.push((at - now()).num_minutes());
                token = first(renewal::issue(&token, key(number), at));
                assert_eq!(token.pending.as_ref().map(|pending| pending.reason), Some(RequestReason::Leaked));
            }
            Due::Try => token = first(renewal::take_up_try(&token, at).expect("a request token")),
            Due::Expiry => break,
            other => panic!("{other:?} at {at}"),
        }
    }
    assert_eq!(issued, [0, 30, 60, 90, 120, 150, 180, 210]);
    let ended = first(lifecycle::expire(&token, deadline, deadline));
    assert_eq!((ended.status(deadline), ended.replacement()), (Status::Expired, None));
}

#[test]
fn a_request_token_that_is_out_stays_good_until_the_next_goes_out() {
    let before = pending(CALLING);
    let change = report_string(&before, None, report(FROM), &rules(), renewal_due()).expect("a reaction");
    let token = first(change);
    assert_eq!(token.pending, before.pending);
    assert_eq!(due::now(&token, renewal_due()), Some(Due::Issue));
    assert_eq!(redemption::evaluate(&token, &key(100).hash, renewal_due()), RedemptionOutcome::NewSuccessor);
    let next = first(renewal::issue(&token, key(101), renewal_due()));
    assert_eq!(redemption::evaluate(&next, &key(100).hash, renewal_due()), RedemptionOutcome::Unknown);
}

/// The token with its leak, after a redemption, and its successor.
fn replaced() -> (Token, Token) {
    let issued = first(renewal::issue(&leaked(&token(BOTH)), key(100), now()));
    let by = Requester { actor: Actor::Token(id(1)), address: None };
    let change = redemption::redeem(&issued, string(2), &rules(), by, after(20)).expect("a request token");
    let successor = second(&change).clone();
    (first(change), successor)
}

fn used(successor: &Token, at: Option<Timestamp>) -> Credential {
    Credential { last_used_at: at, ..Credential::of(successor) }
}

#[test]
fn the_string_ends_ten_minutes_after_the_first_use_of_the_next() {
    let (old, successor) = replaced();
    assert_eq!(successor.leak, None);
    assert_eq!(due::next(&old), Some((after(25), Due::LeakCheck)));
    let look = |old: &Token, at, used_at| {
        let credential = used(&successor, used_at);
        let now = SuccessorNow { token: Some(&successor), credential: Some(&credential) };
        first(check_successor(old, now, at).expect("a replacement"))
    };
    let unused = look(&old, after(25), None);
    assert_eq!((unused.expires_at, due::next(&unused)), (old.expires_at, Some((after(30), Due::LeakCheck))));
    let seen = look(&unused, after(30), Some(after(27)));
    assert_eq!((seen.expires_at, due::next(&seen)), (Some(after(37)), Some((after(37), Due::Expiry))));
    let late = look(&unused, after(60), Some(after(27)));
    assert_eq!(late.expires_at, Some(after(60)), "a late look ends it at once");

    let suspected = manual::suspect_leak(&successor, Actor::Operator, after(26)).expect("it renews itself");
    let suspected = first(suspected.expect("a change"));
    assert!(suspected.leak.is_some());
    let credential = used(&suspected, Some(after(27)));
    let state = SuccessorNow { token: Some(&suspected), credential: Some(&credential) };
    let seen = first(check_successor(&unused, state, after(30)).expect("a replacement"));
    assert_eq!(seen.expires_at, Some(after(37)), "a suspicion of the next changes nothing");
}

#[test]
fn an_unused_successor_is_handed_over_again_and_earlier_request_tokens_stay_repeatable() {
    let (old, successor) = replaced();
    let unused = used(&successor, None);
    let state = SuccessorNow { token: Some(&successor), credential: Some(&unused) };
    let old = Token { leak: old.leak.clone(), ..old };
    assert!(follow_up::needs_request(&old, state, after(50)));
    let again = first(follow_up::issue(&old, state, key(101), after(50)).expect("a successor"));
    for request_token in [100, 101] {
        let outcome = redemption::evaluate(&again, &key(request_token).hash, after(100));
        assert_eq!(outcome, RedemptionOutcome::SameSuccessor(id(2)), "{request_token}");
    }
    let third = first(follow_up::issue(&again, state, key(102), after(125)).expect("a successor"));
    let outcome = redemption::evaluate(&third, &key(100).hash, after(125));
    assert_eq!(outcome, RedemptionOutcome::Unknown, "its two hours are over");
    let outcome = redemption::evaluate(&third, &key(101).hash, after(125));
    assert_eq!(outcome, RedemptionOutcome::SameSuccessor(id(2)));
}

#[test]
fn the_successor_lives_as_long_as_before() {
    let ending = crate::make::Plan { lives: Some(TimeDelta::days(90)), ..CALLING };
    let issued = first(renewal::issue(&leaked(&token(ending)), key(100), now()));
    assert_eq!(issued.expires_at, Some(after(240)));
    let change = redemption::redeem(&issued, string(2), &rules(), Actor::Token(id(1)), after(20));
    assert_eq!(second(&change.expect("a request token")).expires_at, Some(after(20) + TimeDelta::days(90)));
}

#[test]
fn a_reported_string_never_pulls_nor_again() {
    let leaked_before = Token { ..leaked(&token(BOTH)) };
    for at in [now(), renewal_due()] {
        let refused = pull::evaluate(&Token { expires_at: None, ..leaked_before.clone() }, at);
        assert_eq!(refused, Err(Refusal::Conflict(Conflict::Leaked)));
    }
    let pulled = pull::pull(&token(BOTH), string(2), &rules(), Actor::Token(id(1)), renewal_due());
    let (old, successor) = (first(pulled.clone()), second(&pulled).clone());
    let change = report_string(&old, Some(&successor), report(FROM), &rules(), renewal_due());
    let old = first(change.expect("a reaction"));
    assert_eq!(pull::evaluate(&old, renewal_due()), Err(Refusal::Conflict(Conflict::Leaked)));
}

#[test]
fn what_a_leaked_string_pulled_counts_as_leaked_and_its_predecessor_may_redeem() {
    let pulled = pull::pull(&token(BOTH), string(2), &rules(), Actor::Token(id(1)), renewal_due());
    let (old, successor) = (first(pulled.clone()), second(&pulled).clone());
    assert_eq!(implicated_by_string(&old), Some(id(2)));
    let (redeemed, _) = replaced();
    assert_eq!(implicated_by_string(&redeemed), None, "its receiver has it");

    let source = LeakSource::Predecessor;
    let change =
        report_string(&successor, None, report(source), &rules(), renewal_due()).expect("a reaction");
    let successor = first(change);
    let change = report_string(&old, Some(&successor), report(FROM), &rules(), renewal_due());
    let old = first(change.expect("a reaction"));
    assert!(
        permit_redemption(&Credential::of(&old), &successor).is_ok(),
        "a thief may be who has the successor"
    );
    let elsewhere = Credential { series: id(9), ..Credential::of(&old) };
    assert_eq!(permit_redemption(&elsewhere, &successor), Err(Refusal::NotTheRenewedToken));

    // Whoever uses the leaked successor, the string ends with it, not before.
    let credential = used(&successor, Some(renewal_due()));
    let state = SuccessorNow { token: Some(&successor), credential: Some(&credential) };
    let checked =
        first(check_successor(&old, state, renewal_due() + TimeDelta::hours(1)).expect("a replacement"));
    assert_eq!(checked.expires_at, old.expires_at);
    let ended = Token { expires_at: Some(renewal_due() + TimeDelta::hours(2)), ..successor };
    let state = SuccessorNow { token: Some(&ended), credential: Some(&credential) };
    let checked =
        first(check_successor(&old, state, renewal_due() + TimeDelta::hours(1)).expect("a replacement"));
    assert_eq!(checked.expires_at, ended.expires_at);
}

#[test]
fn a_predecessor_that_leaks_ends_soon_after_its_successor_is_in_use() {
    let change =
        redemption::redeem(&pending(CALLING), string(2), &rules(), Actor::Token(id(1)), renewal_due());
    let change = change.expect("a request token");
    let (old, successor) = (first(change.clone()), second(&change).clone());
    let reported = renewal_due() + TimeDelta::hours(3);
    let change = report_string(&old, Some(&successor), report(FROM), &rules(), reported).expect("a reaction");
    assert_eq!(reaction(&change), LeakReaction::Renew);
    let old = first(change);
    assert_eq!(old.expires_at, Some(reported + TimeDelta::hours(4)));
    let steps = due::now(&old, reported);
    assert!(matches!(steps, Some(Due::FollowUp | Due::LeakCheck)), "{steps:?}");
    let credential = used(&successor, Some(renewal_due() + TimeDelta::minutes(5)));
    let state = SuccessorNow { token: Some(&successor), credential: Some(&credential) };
    assert!(!follow_up::needs_request(&old, state, reported), "its receiver has it");
    let checked = first(check_successor(&old, state, reported).expect("a replacement"));
    assert_eq!(checked.expires_at, Some(reported));
}

#[test]
fn a_leaked_request_token_is_dead_and_the_next_goes_out() {
    let dead = key(100).hash;
    let change = report_request_token(&pending(CALLING), &dead, report(FROM), &rules(), renewal_due());
    let token = first(change.expect("it is live"));
    assert_eq!(redemption::evaluate(&token, &dead, renewal_due()), RedemptionOutcome::Unknown);
    assert_eq!(due::now(&token, renewal_due()), Some(Due::Issue));
    assert_eq!(token.leak, None, "the string itself did not leak");
    let again = report_request_token(&token, &dead, report(FROM), &rules(), renewal_due());
    assert_eq!(again, None, "it is dead already");
}

#[test]
fn a_request_token_redeemed_from_two_addresses_implicates_the_successor() {
    let by = |address: &str| Requester { actor: Actor::Token(id(1)), address: address.parse().ok() };
    let change = redemption::redeem(&pending(CALLING), string(2), &rules(), by("192.0.2.1"), renewal_due());
    let one = first(change.expect("a request token"));
    let hash = key(100).hash;
    assert_eq!(implicated_by_request_token(&one, &hash, renewal_due()), None);
    let how = (keyturn_domain::history::Handover::Redemption, true);
    let two = first(redemption::handed_over(&one, id(2), how, by("192.0.2.2"), renewal_due()));
    assert_eq!(implicated_by_request_token(&two, &hash, renewal_due()), Some(id(2)));
    let change =
        report_request_token(&two, &hash, report(FROM), &rules(), renewal_due()).expect("it is repeatable");
    let dead = first(change);
    assert_eq!(redemption::evaluate(&dead, &hash, renewal_due()), RedemptionOutcome::Unknown);
    assert_eq!(due::now(&dead, renewal_due()), Some(Due::FollowUp), "the next goes out at once");
}

#[test]
fn recipient_and_security_address_are_told() {
    let security = MailAddress::parse("security@example.com").expect("an address");
    let mut rules = rules();
    rules.leaks.security_addresses = PerCompany::parse("acme=security@example.com", |text| {
        MailAddress::parse(text).map_err(|_| String::new())
    })
    .expect("addresses");
    for (plan, recipient, copy_to) in
        [(CALLING, "ops@example.com", Some(&security)), (PLAIN, "security@example.com", None)]
    {
        let change = report_string(&token(plan), None, report(FROM), &rules, now()).expect("a reaction");
        let mail = change.entry.expect("an entry").mail.expect("a mail");
        assert_eq!((mail.recipient.as_str(), mail.copy_to.as_ref()), (recipient, copy_to));
        assert!(mail.notice.is_about_renewal() && mail.notice.asks_for_action(), "it is never dropped");
        let Notice::Leaked { what: LeakedString::TokenString, .. } = mail.notice else { panic!("{mail:?}") };
    }
}

#[test]
fn revoking_replaced_secrets_stops_them_at_once() {
    let rotated = |revoke| {
        let once = manual::rotate_secret(&token(CALLING), key(7).sealed, false, Actor::Operator, now());
        let once = first(once.expect("a callback"));
        let twice = manual::rotate_secret(&once, key(8).sealed, revoke, Actor::Operator, now());
        first(twice.expect("a callback")).callback().expect("a callback").previous.len()
    };
    assert_eq!((rotated(false), rotated(true)), (2, 0));
}
