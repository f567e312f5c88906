//! Every state of a token against every command.
//!
//! Each test lists one line per state. The states are created by the commands that lead there, at fixed times; `+` is the
//! time since the renewal was due, `-` means nothing.

#[path = "../support/make.rs"]
#[allow(dead_code, reason = "each test binary makes what it needs")]
mod make;
mod manual;
mod state;

use keyturn_domain::credential::Credential;
use keyturn_domain::delivery::DeliveryReport;
use keyturn_domain::due::{self, Due};
use keyturn_domain::history::Actor;
use keyturn_domain::redemption::{self, RedemptionOutcome};
use keyturn_domain::{lifecycle, notices, renewal};

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
            redeemed: OverlapNotice +0d21:00:00
            redeemed, ending: OverlapNotice +0d21:00:00
            redeemed, ended: OverlapNotice +0d21:00:00
            scheduled: OverlapNotice +0d20:00:00
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
            redeemed, ending: OverlapNotice
            redeemed, ended: Expiry
            scheduled: -
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
            out: v3 then OverlapNotice +0d20:00:00, v1 then Issue +30d00:00:00, Token Renewed, mail RenewedByRedemption
            out, failed: v4 then OverlapNotice +0d20:01:00, v1 then Issue +30d00:01:00, Token Renewed, mail RenewedByRedemption
            out, delivered: v4 then OverlapNotice +0d21:00:00, v1 then Issue +30d01:00:00, Token Renewed, mail RenewedByRedemption
            out, over: -
            lapsed: -
            lapsed, due: -
            redeemed: -
            redeemed, ending: -
            redeemed, ended: -
            scheduled: -
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
            expired: -
            expired, noted: -
            deactivated: -
            deactivated, out: -
        ",
    );
}

#[test]
fn what_the_sweep_does_now() {
    check(
        |s| {
            let (token, now) = (&s.token, s.now);
            described(due::now(token, now).and_then(|due| match due {
                Due::Expiry => token.expires_at.map(|end| lifecycle::expire(token, end, now)),
                Due::Lapse => renewal::lapse(token, now),
                Due::Issue => Some(renewal::issue(token, key(101), now)),
                Due::Renew => Some(renewal::by_schedule(token, string(3), &rules(), now)),
                Due::Try => renewal::take_up_try(token, now),
                Due::ExpiryNotice => notices::announce_expiry(token, now),
                Due::OverlapNotice => {
                    let used = Credential { last_used_at: Some(now), ..Credential::of(token) };
                    Some(notices::look_at_overlap(token, Some(&used), Some(&Credential::of(token)), now))
                }
                Due::DropString => Some(lifecycle::drop_string(token)),
            }))
        },
        "
            plain: -
            with an end: -
            calling: -
            calling, due: v2 then Try +0d00:01:00, Renewal Requested
            mailing: -
            mailing, due: v2 then OverlapNotice +0d20:00:00, v1 then Renew +30d00:00:00, Token Renewed, mail RenewedBySchedule
            out: -
            out, failed: v4 then Try +0d00:02:00
            out, delivered: -
            out, over: v3 then Issue +1d00:00:00, Renewal Unredeemed, mail Unredeemed
            lapsed: -
            lapsed, due: v4 then Try +1d00:01:00, Renewal Requested
            redeemed: -
            redeemed, ending: v4 then Expiry +1d01:00:00, Overlap Ending, mail OverlapEnding
            redeemed, ended: v4 then nothing, Token Expired, mail Expired
            scheduled: -
            expired: v2 then nothing, Token Expired, mail Expired
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
            expired: Callback Failed
            expired, noted: Callback Failed
            deactivated: Callback Failed
            deactivated, out: Callback Failed
        ",
    );
}
