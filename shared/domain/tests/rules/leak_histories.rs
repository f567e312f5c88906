//! Leaks in any order of events: the leaked string ends no earlier than its receiver can switch, and no later than promised.

use chrono::TimeDelta;
use keyturn_domain::Timestamp;
use keyturn_domain::credential::Credential;
use keyturn_domain::due::{self, Due};
use keyturn_domain::follow_up::{self, SuccessorNow};
use keyturn_domain::history::Actor;
use keyturn_domain::leak::LeakSource;
use keyturn_domain::leak_report::{Report, check_successor, report_string};
use keyturn_domain::redemption::{self, RedemptionOutcome};
use keyturn_domain::token::Token;
use keyturn_domain::{lifecycle, notices, pull, renewal};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::make::{BOTH, birth, first, id, key, rules, second, string, token};

/// What happens next.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// This many minutes pass, and the schedule runs in each.
    Pass(i64),
    Redeem,
    UseSuccessor,
    Pull,
    ReportAgain,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        4 => (1_i64..90).prop_map(Event::Pass),
        2 => Just(Event::Redeem),
        1 => Just(Event::UseSuccessor),
        1 => Just(Event::Pull),
        1 => Just(Event::ReportAgain),
    ];
    vec(event, 1..30)
}

fn report() -> Report {
    Report { source: LeakSource::Anybody, found_at: None, last_use: None }
}

/// A leaked token, its successor if it has one, and when that was first used.
struct History {
    now: Timestamp,
    old: Token,
    new: Option<Token>,
    first_use: Option<Timestamp>,
    keys: u128,
}

impl History {
    fn credential(&self) -> Option<Credential> {
        self.new.as_ref().map(|new| Credential { last_used_at: self.first_use, ..Credential::of(new) })
    }

    fn sweep(&mut self) {
        while let Some(step) = due::now(&self.old, self.now) {
            let credential = self.credential();
            let successor = SuccessorNow { token: self.new.as_ref(), credential: credential.as_ref() };
            self.keys += 1;
            let change = match step {
                Due::Issue => Some(renewal::issue(&self.old, key(self.keys), self.now)),
                Due::Try => renewal::take_up_try(&self.old, self.now),
                Due::Lapse => renewal::lapse(&self.old, self.now),
                Due::LeakCheck => check_successor(&self.old, successor, self.now),
                Due::FollowUp if follow_up::needs_request(&self.old, successor, self.now) => {
                    follow_up::issue(&self.old, successor, key(self.keys), self.now)
                }
                Due::FollowUp => follow_up::skip(&self.old, successor, self.now),
                Due::FollowUpTry => follow_up::take_up_try(&self.old, successor, self.now),
                Due::Expiry => self.old.expires_at.map(|end| lifecycle::expire(&self.old, end, self.now)),
                Due::ExpiryNotice => notices::announce_expiry(&self.old, self.now),
                other => panic!("{other:?}"),
            };
            self.old = first(change.expect("what is due can be done"));
        }
    }

    fn redeem(&mut self) {
        let newest = self.old.pending.as_ref().map(|pending| pending.hash);
        let Some(hash) = newest.or(self.old.redeemed.as_ref().map(|redeemed| redeemed.hash)) else { return };
        match redemption::evaluate(&self.old, &hash, self.now) {
            RedemptionOutcome::NewSuccessor => {
                let change =
                    redemption::redeem(&self.old, string(2), &rules(), Actor::Token(id(1)), self.now);
                let change = change.expect("a request token");
                assert!(self.new.is_none(), "a second successor");
                self.new = Some(second(&change).clone());
                self.old = first(change);
            }
            RedemptionOutcome::SameSuccessor(successor) => assert_eq!(successor, id(2)),
            RedemptionOutcome::Nothing(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

proptest! {
    #[test]
    fn whatever_happens_the_string_ends_in_time_and_not_before(events in events()) {
        let reported = birth() + TimeDelta::days(1);
        let deadline = reported + TimeDelta::hours(4);
        let leaked = report_string(&token(BOTH), None, report(), &rules(), reported);
        let old = first(leaked.expect("a reaction"));
        let mut history = History { now: reported, old, new: None, first_use: None, keys: 1_000 };
        history.sweep();
        for event in events {
            match event {
                Event::Pass(minutes) => for _ in 0..minutes {
                    history.now += TimeDelta::minutes(1);
                    history.sweep();
                },
                Event::Redeem => history.redeem(),
                Event::UseSuccessor if history.new.is_some() => {
                    history.first_use.get_or_insert(history.now);
                }
                Event::UseSuccessor => {}
                Event::Pull => prop_assert!(pull::evaluate(&history.old, history.now).is_err()),
                Event::ReportAgain => {
                    let again = report_string(&history.old, history.new.as_ref(), report(), &rules(), history.now);
                    prop_assert_eq!(again, None);
                }
            }
            let grace_end = history.first_use.map(|used| used + TimeDelta::minutes(10));
            let latest = grace_end.map_or(deadline, |end| end.min(deadline));
            let is_active = history.old.is_active(history.now);
            prop_assert!(!is_active || history.now < latest, "the thief is not out at {}", history.now);
            prop_assert!(is_active || latest <= history.now, "ended before {latest}, at {}", history.now);
        }
    }
}
