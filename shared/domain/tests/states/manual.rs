//! Every state against manual commands.

use chrono::TimeDelta;
use keyturn_domain::change::Change;
use keyturn_domain::delivery::DeliveryReport;
use keyturn_domain::edit::{AutoRenewalPatch, Patch, TokenPatch};
use keyturn_domain::fault::Faults;
use keyturn_domain::history::Actor;
use keyturn_domain::manual::{self, RenewalDraft};
use keyturn_domain::refusal::Conflict;
use keyturn_domain::{lifecycle, test_callback};

use crate::make::{key, rules, string};
use crate::state::{State, check, described};

fn outcome(result: Result<Option<Change>, Conflict>) -> String {
    result.map_or_else(|why| format!("{why:?}"), described)
}

fn edit(s: &State, patch: &TokenPatch) -> String {
    if let Err(why) = patch.permit(&s.token, s.now) {
        return format!("{why:?}");
    }
    match patch.parse(&s.token, &rules(), s.now, Faults::default()) {
        Ok(edit) => {
            let secret = edit.needs_signing_secret(&s.token).then(|| key(7).sealed);
            described(edit.apply(&s.token, secret, Actor::Operator, s.now))
        }
        Err(faults) => {
            faults.as_slice().iter().map(|fault| format!("{:?}", fault.field)).collect::<Vec<_>>().join(", ")
        }
    }
}

fn every(days: i64) -> TokenPatch {
    let renewal = AutoRenewalPatch { every_days: Patch::Set(days), ..AutoRenewalPatch::default() };
    TokenPatch { auto_renewal: Patch::Set(renewal), ..TokenPatch::default() }
}

#[test]
fn renew() {
    check(
        |s| {
            let draft = RenewalDraft {
                existing_token_expires_at: Some((s.now + TimeDelta::hours(1)).to_rfc3339()),
                name: Some("by hand".to_owned()),
                description: None,
            };
            if let Err(why) = lifecycle::renewable(&s.token, s.now) {
                return format!("{why:?}");
            }
            match draft.parse(&s.token, s.now, Faults::default()) {
                Ok(order) => outcome(
                    manual::renew(&s.token, order, string(3), &rules(), Actor::Operator, s.now).map(Some),
                ),
                Err(_) => "after the expiry".to_owned(),
            }
        },
        "
            plain: v2 then Expiry -28d23:00:00, v1 then nothing, Token Renewed
            with an end: v2 then Expiry -28d23:00:00, v1 then ExpiryNotice +31d00:00:00, Token Renewed, mail RenewedByHand
            calling: v2 then Expiry -28d23:00:00, v1 then Issue +1d00:00:00, Token Renewed, mail RenewedByHand
            calling, due: v2 then Expiry +0d01:00:00, v1 then Issue +30d00:00:00, Token Renewed, mail RenewedByHand
            mailing: v2 then Expiry -28d23:00:00, v1 then Renew +1d00:00:00, Token Renewed, mail RenewedByHand
            mailing, due: v2 then Expiry +0d01:00:00, v1 then Renew +30d00:00:00, Token Renewed, mail RenewedByHand
            out: v3 then Expiry +0d01:00:00, v1 then Issue +30d00:00:00, Token Renewed, mail RenewedByHand
            out, failed: v4 then Expiry +0d01:01:00, v1 then Issue +30d00:01:00, Token Renewed, mail RenewedByHand
            out, delivered: v4 then Expiry +0d02:00:00, v1 then Issue +30d01:00:00, Token Renewed, mail RenewedByHand
            out, over: v3 then Expiry +0d03:00:00, v1 then Issue +30d02:00:00, Token Renewed, mail RenewedByHand
            lapsed: v4 then Expiry +0d04:00:00, v1 then Issue +30d03:00:00, Token Renewed, mail RenewedByHand
            lapsed, due: v4 then Expiry +1d01:00:00, v1 then Issue +31d00:00:00, Token Renewed, mail RenewedByHand
            redeemed: AlreadyRenewed
            redeemed, ending: AlreadyRenewed
            redeemed, ended: AlreadyRenewed
            scheduled: AlreadyRenewed
            pulling: v2 then Expiry -28d23:00:00, v1 then Unfetched +2d00:00:00, Token Renewed, mail RenewedByHand
            pulling, due: v2 then Expiry +0d01:00:00, v1 then Unfetched +31d00:00:00, Token Renewed, mail RenewedByHand
            pulling, late: v2 then Expiry +3d01:00:00, v1 then Unfetched +34d00:00:00, Token Renewed, mail RenewedByHand
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
fn start_the_renewal() {
    check(
        |s| outcome(manual::start_renewal(&s.token, Actor::Operator, s.now)),
        "
            plain: NoAutoRenewal
            with an end: NoAutoRenewal
            calling: v2 then Issue -29d00:00:00, Token Updated
            calling, due: v2 then Issue +0d00:00:00, Token Updated
            mailing: v2 then Renew -29d00:00:00, Token Updated
            mailing, due: v2 then Renew +0d00:00:00, Token Updated
            out: -
            out, failed: -
            out, delivered: -
            out, over: v3 then Issue +0d02:00:00, Token Updated
            lapsed: v4 then Issue +0d03:00:00, Token Updated
            lapsed, due: v4 then Issue +1d00:00:00, Token Updated
            redeemed: AlreadyRenewed
            redeemed, ending: AlreadyRenewed
            redeemed, ended: AlreadyRenewed
            scheduled: AlreadyRenewed
            pulling: v2 then Unfetched -28d00:00:00, Token Updated
            pulling, due: v2 then Unfetched +1d00:00:00, Token Updated
            pulling, late: v2 then Unfetched +4d00:00:00, Token Updated
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
fn rotate_the_signing_secret() {
    check(
        |s| outcome(manual::rotate_secret(&s.token, key(7).sealed, false, Actor::Operator, s.now).map(Some)),
        "
            plain: NoCallback
            with an end: NoCallback
            calling: v2 then Issue +0d00:00:00, Token Updated
            calling, due: v2 then Issue +0d00:00:00, Token Updated
            mailing: NoCallback
            mailing, due: NoCallback
            out: v3 then Try +0d00:01:00, Token Updated
            out, failed: v4 then Try +0d00:00:48, Token Updated
            out, delivered: v4 then Lapse +0d02:00:00, Token Updated
            out, over: v3 then Try +0d00:01:00, Token Updated
            lapsed: v4 then Issue +1d00:00:00, Token Updated
            lapsed, due: v4 then Issue +1d00:00:00, Token Updated
            redeemed: AlreadyRenewed
            redeemed, ending: AlreadyRenewed
            redeemed, ended: AlreadyRenewed
            scheduled: AlreadyRenewed
            pulling: NoCallback
            pulling, due: NoCallback
            pulling, late: NoCallback
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
fn send_a_test_callback() {
    check(
        |s| {
            let prepared = test_callback::prepare(&s.token, key(8).hash, Actor::Operator, s.now);
            let report = DeliveryReport { at: s.now, duration_ms: 1, outcome: Ok(204) };
            let recorded = described(Some(test_callback::record(&s.token, report, Actor::Operator, s.now)));
            match prepared {
                Ok(change) => format!("{}; {recorded}", described(Some(change))),
                Err(why) => format!("{why:?}"),
            }
        },
        "
            plain: NoCallback
            with an end: NoCallback
            calling: v2 then Issue +0d00:00:00, no event; no event
            calling, due: v2 then Issue +0d00:00:00, no event; no event
            mailing: NoCallback
            mailing, due: NoCallback
            out: v3 then Try +0d00:01:00, no event; no event
            out, failed: v4 then Try +0d00:00:48, no event; no event
            out, delivered: v4 then Lapse +0d02:00:00, no event; no event
            out, over: v3 then Try +0d00:01:00, no event; no event
            lapsed: v4 then Issue +1d00:00:00, no event; no event
            lapsed, due: v4 then Issue +1d00:00:00, no event; no event
            redeemed: AlreadyRenewed
            redeemed, ending: AlreadyRenewed
            redeemed, ended: AlreadyRenewed
            scheduled: AlreadyRenewed
            pulling: NoCallback
            pulling, due: NoCallback
            pulling, late: NoCallback
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
fn edit_the_description() {
    let patch = TokenPatch { description: Patch::Set("another".to_owned()), ..TokenPatch::default() };
    check(
        |s| edit(s, &patch),
        "
            plain: v2 then nothing, Token Updated
            with an end: v2 then ExpiryNotice +30d00:00:00, Token Updated
            calling: v2 then Issue +0d00:00:00, Token Updated
            calling, due: v2 then Issue +0d00:00:00, Token Updated
            mailing: v2 then Renew +0d00:00:00, Token Updated
            mailing, due: v2 then Renew +0d00:00:00, Token Updated
            out: v3 then Try +0d00:01:00, Token Updated
            out, failed: v4 then Try +0d00:00:48, Token Updated
            out, delivered: v4 then Lapse +0d02:00:00, Token Updated
            out, over: v3 then Try +0d00:01:00, Token Updated
            lapsed: v4 then Issue +1d00:00:00, Token Updated
            lapsed, due: v4 then Issue +1d00:00:00, Token Updated
            redeemed: v4 then FollowUp +0d03:00:00, Token Updated
            redeemed, ending: v4 then FollowUp +0d03:00:00, Token Updated
            redeemed, ended: v4 then FollowUp +0d03:00:00, Token Updated
            scheduled: v3 then OverlapNotice +0d20:00:00, Token Updated
            pulling: v2 then Unfetched +1d00:00:00, Token Updated
            pulling, due: v2 then Unfetched +1d00:00:00, Token Updated
            pulling, late: v2 then Unfetched +1d00:00:00, Token Updated
            pulled: v3 then OverlapNotice +0d20:01:00, Token Updated
            pulled, calling: v3 then FollowUp +0d00:01:00, Token Updated
            pulled, out: v4 then FollowUpTry +0d00:01:00, Token Updated
            expired: v2 then ExpiryNotice +30d00:00:00, Token Updated
            expired, noted: v3 then nothing, Token Updated
            deactivated: v3 then nothing, Token Updated
            deactivated, out: v4 then nothing, Token Updated
        ",
    );
}

#[test]
fn renew_less_often() {
    check(
        |s| edit(s, &every(40)),
        "
            plain: Known(AutoRenewal)
            with an end: v2 then Renew +10d00:00:00, Token Updated
            calling: v2 then Issue +10d00:00:00, Token Updated
            calling, due: v2 then Issue +10d00:00:00, Token Updated
            mailing: v2 then Renew +10d00:00:00, Token Updated
            mailing, due: v2 then Renew +10d00:00:00, Token Updated
            out: v3 then Issue +10d00:00:00, Token Updated
            out, failed: v4 then Issue +10d00:00:00, Token Updated
            out, delivered: v4 then Issue +10d00:00:00, Token Updated
            out, over: v3 then Issue +10d00:00:00, Token Updated
            lapsed: v4 then Issue +10d00:00:00, Token Updated
            lapsed, due: v4 then Issue +10d00:00:00, Token Updated
            redeemed: AlreadyRenewed
            redeemed, ending: AlreadyRenewed
            redeemed, ended: AlreadyRenewed
            scheduled: AlreadyRenewed
            pulling: v2 then Unfetched +11d00:00:00, Token Updated
            pulling, due: v2 then Unfetched +11d00:00:00, Token Updated
            pulling, late: v2 then Unfetched +11d00:00:00, Token Updated
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
fn renew_more_often() {
    check(
        |s| edit(s, &every(1)),
        "
            plain: Known(AutoRenewal)
            with an end: v2 then Renew -29d00:00:00, Token Updated
            calling: v2 then Issue -29d00:00:00, Token Updated
            calling, due: v2 then Issue +0d00:00:00, Token Updated
            mailing: v2 then Renew -29d00:00:00, Token Updated
            mailing, due: v2 then Renew +0d00:00:00, Token Updated
            out: v3 then Try +0d00:01:00, Token Updated
            out, failed: v4 then Try +0d00:00:48, Token Updated
            out, delivered: v4 then Lapse +0d02:00:00, Token Updated
            out, over: v3 then Try +0d00:01:00, Token Updated
            lapsed: v4 then Issue +1d00:00:00, Token Updated
            lapsed, due: v4 then Issue +1d00:00:00, Token Updated
            redeemed: AlreadyRenewed
            redeemed, ending: AlreadyRenewed
            redeemed, ended: AlreadyRenewed
            scheduled: AlreadyRenewed
            pulling: v2 then Unfetched -28d00:00:00, Token Updated
            pulling, due: v2 then Unfetched +1d00:00:00, Token Updated
            pulling, late: v2 then Unfetched +4d00:00:00, Token Updated
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
fn switch_auto_renewal_off() {
    let patch = TokenPatch { auto_renewal: Patch::Remove, ..TokenPatch::default() };
    check(
        |s| edit(s, &patch),
        "
            plain: -
            with an end: -
            calling: v2 then nothing, Token Updated
            calling, due: v2 then nothing, Token Updated
            mailing: v2 then nothing, Token Updated
            mailing, due: v2 then nothing, Token Updated
            out: v3 then nothing, Token Updated
            out, failed: v4 then nothing, Token Updated
            out, delivered: v4 then nothing, Token Updated
            out, over: v3 then nothing, Token Updated
            lapsed: v4 then nothing, Token Updated
            lapsed, due: v4 then nothing, Token Updated
            redeemed: -
            redeemed, ending: -
            redeemed, ended: -
            scheduled: -
            pulling: v2 then nothing, Token Updated
            pulling, due: v2 then nothing, Token Updated
            pulling, late: v2 then nothing, Token Updated
            pulled: -
            pulled, calling: -
            pulled, out: -
            expired: -
            expired, noted: -
            deactivated: v3 then nothing, Token Updated
            deactivated, out: v4 then nothing, Token Updated
        ",
    );
}
