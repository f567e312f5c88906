//! Every state of a token against every command.
//!
//! Each test lists one line per state. The states are created by the commands that lead there, at fixed times; `+` is the
//! time since the renewal was due, `-` means nothing.

#[path = "../support/make.rs"]
#[allow(dead_code, reason = "each test binary makes what it needs")]
mod make;
mod manual;
mod schedule;
mod state;

use keyturn_domain::delivery::DeliveryReport;
use keyturn_domain::history::Actor;
use keyturn_domain::redemption::{self, RedemptionOutcome};
use keyturn_domain::{due, lifecycle, renewal};

use make::{CALLING, failure, id, key, out, pending, rules, string};
use state::{check, described, shown};

#[test]
fn status() {
    check(
        |s| format!("{:?}", s.token.status(s.now)),
        "
            plain: Active
            with an end: Active
            calling: Active
            calling, due: Active
            mailing: Active
            mailing, due: Active
            out: Active
            out, failed: Active
            out, delivered: Active
            out, over: Active
            lapsed: Active
            lapsed, due: Active
            redeemed: Active
            redeemed, ending: Active
            redeemed, ended: Expired
            scheduled: Active
            pulling: Active
            pulling, due: Active
            pulling, late: Active
            pulled: Active
            pulled, calling: Active
            pulled, out: Active
            expired: Expired
            expired, noted: Expired
            deactivated: Deactivated
            deactivated, out: Deactivated
        ",
    );
}

#[test]
fn what_is_due_next() {
    check(
        |s| due::next(&s.token).map_or("-".to_owned(), |(at, due)| format!("{due:?} {}", shown(at))),
        "
            plain: -
            with an end: ExpiryNotice +30d00:00:00
            calling: Issue +0d00:00:00
            calling, due: Issue +0d00:00:00
            mailing: Renew +0d00:00:00
            mailing, due: Renew +0d00:00:00
            out: Try +0d00:01:00
            out, failed: Try +0d00:00:48
            out, delivered: Lapse +0d02:00:00
            out, over: Try +0d00:01:00
            lapsed: Issue +1d00:00:00
            lapsed, due: Issue +1d00:00:00
            redeemed: FollowUp +0d03:00:00
            redeemed, ending: FollowUp +0d03:00:00
            redeemed, ended: FollowUp +0d03:00:00
            scheduled: OverlapNotice +0d20:00:00
            pulling: Unfetched +1d00:00:00
            pulling, due: Unfetched +1d00:00:00
            pulling, late: Unfetched +1d00:00:00
            pulled: OverlapNotice +0d20:01:00
            pulled, calling: FollowUp +0d00:01:00
            pulled, out: FollowUpTry +0d00:01:00
            expired: ExpiryNotice +30d00:00:00
            expired, noted: -
            deactivated: -
            deactivated, out: -
        ",
    );
}

#[test]
fn what_is_due_now() {
    check(
        |s| due::now(&s.token, s.now).map_or("-".to_owned(), |due| format!("{due:?}")),
        "
            plain: -
            with an end: -
            calling: -
            calling, due: Issue
            mailing: -
            mailing, due: Renew
            out: -
            out, failed: Try
            out, delivered: -
            out, over: Lapse
            lapsed: -
            lapsed, due: Issue
            redeemed: -
            redeemed, ending: FollowUp
            redeemed, ended: Expiry
            scheduled: -
            pulling: -
            pulling, due: -
            pulling, late: Unfetched
            pulled: -
            pulled, calling: FollowUp
            pulled, out: FollowUpTry
            expired: Expiry
            expired, noted: -
            deactivated: -
            deactivated, out: -
        ",
    );
}

#[test]
fn renewable() {
    check(
        |s| {
            lifecycle::renewable(&s.token, s.now).map_or_else(|why| format!("{why:?}"), |()| "yes".to_owned())
        },
        "
            plain: yes
            with an end: yes
            calling: yes
            calling, due: yes
            mailing: yes
            mailing, due: yes
            out: yes
            out, failed: yes
            out, delivered: yes
            out, over: yes
            lapsed: yes
            lapsed, due: yes
            redeemed: AlreadyRenewed
            redeemed, ending: AlreadyRenewed
            redeemed, ended: AlreadyRenewed
            scheduled: AlreadyRenewed
            pulling: yes
            pulling, due: yes
            pulling, late: yes
            pulled: AlreadyRenewed
            pulled, calling: AlreadyRenewed
            pulled, out: AlreadyRenewed
            expired: Expired
            expired, noted: Expired
            deactivated: Deactivated
            deactivated, out: Deactivated
        ",
    );
}

#[test]
fn deactivate() {
    check(
        |s| described(lifecycle::deactivate(&s.token, Actor::Operator, s.now)),
        "
            plain: v2 then nothing, Token Deactivated
            with an end: v2 then nothing, Token Deactivated
            calling: v2 then nothing, Token Deactivated
            calling, due: v2 then nothing, Token Deactivated
            mailing: v2 then nothing, Token Deactivated
            mailing, due: v2 then nothing, Token Deactivated
            out: v3 then nothing, Token Deactivated
            out, failed: v4 then nothing, Token Deactivated
            out, delivered: v4 then nothing, Token Deactivated
            out, over: v3 then nothing, Token Deactivated
            lapsed: v4 then nothing, Token Deactivated
            lapsed, due: v4 then nothing, Token Deactivated
            redeemed: v4 then nothing, Token Deactivated
            redeemed, ending: v4 then nothing, Token Deactivated
            redeemed, ended: v4 then nothing, Token Deactivated
            scheduled: v3 then nothing, Token Deactivated
            pulling: v2 then nothing, Token Deactivated
            pulling, due: v2 then nothing, Token Deactivated
            pulling, late: v2 then nothing, Token Deactivated
            pulled: v3 then nothing, Token Deactivated
            pulled, calling: v3 then nothing, Token Deactivated
            pulled, out: v4 then nothing, Token Deactivated
            expired: v2 then nothing, Token Deactivated
            expired, noted: v3 then nothing, Token Deactivated
            deactivated: -
            deactivated, out: -
        ",
    );
}

#[test]
fn outcome_of_its_request_token() {
    check(
        |s| match redemption::evaluate(&s.token, &key(100).hash, s.now) {
            RedemptionOutcome::Nothing(why) => {
                format!("{why:?}").split('(').next().unwrap_or_default().to_owned()
            }
            outcome => format!("{outcome:?}").split('(').next().unwrap_or_default().to_owned(),
        },
        "
            plain: Unknown
            with an end: Unknown
            calling: Unknown
            calling, due: Unknown
            mailing: Unknown
            mailing, due: Unknown
            out: NewSuccessor
            out, failed: NewSuccessor
            out, delivered: NewSuccessor
            out, over: WindowClosed
            lapsed: WindowClosed
            lapsed, due: WindowClosed
            redeemed: SameSuccessor
            redeemed, ending: WindowClosed
            redeemed, ended: WindowClosed
            scheduled: Unknown
            pulling: Unknown
            pulling, due: Unknown
            pulling, late: Unknown
            pulled: Unknown
            pulled, calling: Unknown
            pulled, out: SameSuccessor
            expired: Unknown
            expired, noted: Unknown
            deactivated: Unknown
            deactivated, out: Unknown
        ",
    );
}

#[test]
fn redeem() {
    check(
        |s| match redemption::evaluate(&s.token, &key(100).hash, s.now) {
            RedemptionOutcome::NewSuccessor => {
                described(redemption::redeem(&s.token, string(3), &rules(), Actor::Token(id(1)), s.now))
            }
            _ => "-".to_owned(),
        },
        "
            plain: -
            with an end: -
            calling: -
            calling, due: -
            mailing: -
            mailing, due: -
            out: v3 then FollowUp +0d02:00:00, v1 then Issue +30d00:00:00, Token Renewed, mail RenewedByRedemption
            out, failed: v4 then FollowUp +0d02:01:00, v1 then Issue +30d00:01:00, Token Renewed, mail RenewedByRedemption
            out, delivered: v4 then FollowUp +0d03:00:00, v1 then Issue +30d01:00:00, Token Renewed, mail RenewedByRedemption
            out, over: -
            lapsed: -
            lapsed, due: -
            redeemed: -
            redeemed, ending: -
            redeemed, ended: -
            scheduled: -
            pulling: -
            pulling, due: -
            pulling, late: -
            pulled: -
            pulled, calling: -
            pulled, out: -
            expired: -
            expired, noted: -
            deactivated: -
            deactivated, out: -
        ",
    );
}

#[test]
fn start_the_next_delivery() {
    check(
        |s| described(renewal::take_up_try(&s.token, s.now)),
        "
            plain: -
            with an end: -
            calling: -
            calling, due: -
            mailing: -
            mailing, due: -
            out: v3 then Try +0d00:01:00
            out, failed: v4 then Try +0d00:02:00
            out, delivered: v4 then Try +0d01:01:00
            out, over: -
            lapsed: -
            lapsed, due: -
            redeemed: -
            redeemed, ending: -
            redeemed, ended: -
            scheduled: -
            pulling: -
            pulling, due: -
            pulling, late: -
            pulled: -
            pulled, calling: -
            pulled, out: -
            expired: -
            expired, noted: -
            deactivated: -
            deactivated, out: -
        ",
    );
}

#[test]
fn record_a_delivery_of_the_first_request_token() {
    let tried = out(&pending(CALLING)).clone();
    check(
        |s| {
            let report = DeliveryReport { at: s.now, duration_ms: 1, outcome: failure(None, None) };
            described(Some(renewal::record_delivery(&s.token, &tried, report, 0, s.now)))
        },
        "
            plain: Callback Failed
            with an end: Callback Failed
            calling: Callback Failed
            calling, due: Callback Failed
            mailing: Callback Failed
            mailing, due: Callback Failed
            out: v3 then Try +0d00:00:48, Callback Failed
            out, failed: v4 then Try +0d00:01:48, Callback Failed
            out, delivered: v4 then Lapse +0d02:00:00, Callback Failed
            out, over: Callback Failed
            lapsed: Callback Failed
            lapsed, due: Callback Failed
            redeemed: Callback Failed
            redeemed, ending: Callback Failed
            redeemed, ended: Callback Failed
            scheduled: Callback Failed
            pulling: Callback Failed
            pulling, due: Callback Failed
            pulling, late: Callback Failed
            pulled: Callback Failed
            pulled, calling: Callback Failed
            pulled, out: v4 then FollowUpTry +0d00:02:48, Callback Failed
            expired: Callback Failed
            expired, noted: Callback Failed
            deactivated: Callback Failed
            deactivated, out: Callback Failed
        ",
    );
}
