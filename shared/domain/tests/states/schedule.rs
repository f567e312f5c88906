//! Every state against the schedule, and against a pull.

use keyturn_domain::credential::Credential;
use keyturn_domain::due::{self, Due};
use keyturn_domain::follow_up::{self, SuccessorNow};
use keyturn_domain::history::Actor;
use keyturn_domain::pull::{self, PullOutcome};
use keyturn_domain::refusal::{Conflict, Refusal};
use keyturn_domain::{leak_report, lifecycle, notices, renewal};

use crate::make::{key, rules, string};
use crate::state::{check, described, shown};

/// A successor that cannot be read.
const NOBODY: SuccessorNow<'_> = SuccessorNow { token: None, credential: None };

#[test]
fn pull() {
    check(
        |s| match pull::evaluate(&s.token, s.now) {
            Ok(PullOutcome::NewSuccessor) => {
                described(Some(pull::pull(&s.token, string(3), &rules(), Actor::Operator, s.now)))
            }
            Ok(PullOutcome::SameSuccessor(_)) => "the same".to_owned(),
            Err(Refusal::Conflict(Conflict::RenewalNotDue { at, .. })) => format!("not before {}", shown(at)),
            Err(Refusal::Conflict(conflict)) => format!("{conflict:?}"),
            Err(refusal) => refusal.to_string(),
        },
        "
            plain: NoAutoRenewal
            with an end: NoAutoRenewal
            calling: NoPull
            calling, due: NoPull
            mailing: NoPull
            mailing, due: NoPull
            out: NoPull
            out, failed: NoPull
            out, delivered: NoPull
            out, over: NoPull
            lapsed: NoPull
            lapsed, due: NoPull
            redeemed: AlreadyRenewed
            redeemed, ending: AlreadyRenewed
            redeemed, ended: the caller's token has ended
            scheduled: AlreadyRenewed
            pulling: not before +0d00:00:00
            pulling, due: v2 then OverlapNotice +0d20:00:00, v1 then Unfetched +31d00:00:00, Token Renewed, mail RenewedByPull
            pulling, late: v2 then OverlapNotice +3d20:00:00, v1 then Unfetched +34d00:00:00, Token Renewed, mail RenewedByPull
            pulled: the same
            pulled, calling: the same
            pulled, out: the same
            expired: the caller's token has ended
            expired, noted: the caller's token has ended
            deactivated: the caller's token has ended
            deactivated, out: the caller's token has ended
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
                Due::Unfetched => pull::announce_unfetched(token, now),
                Due::FollowUp => follow_up::issue(token, NOBODY, key(101), now),
                Due::FollowUpTry => follow_up::take_up_try(token, NOBODY, now),
                Due::ExpiryNotice => notices::announce_expiry(token, now),
                Due::OverlapNotice => {
                    let used = Credential { last_used_at: Some(now), ..Credential::of(token) };
                    Some(notices::look_at_overlap(token, Some(&used), Some(&Credential::of(token)), now))
                }
                Due::LeakCheck => leak_report::check_successor(token, NOBODY, now),
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
            redeemed, ending: v4 then OverlapNotice +0d21:00:00, Renewal Requested
            redeemed, ended: v4 then nothing, Token Expired, mail Expired
            scheduled: -
            pulling: -
            pulling, due: -
            pulling, late: v2 then Unfetched +7d00:00:00, Renewal Unredeemed, mail Unfetched
            pulled: -
            pulled, calling: v3 then FollowUpTry +0d00:03:00, Renewal Requested
            pulled, out: v4 then FollowUp +0d02:01:00
            expired: v2 then nothing, Token Expired, mail Expired
            expired, noted: -
            deactivated: -
            deactivated, out: -
        ",
    );
}
