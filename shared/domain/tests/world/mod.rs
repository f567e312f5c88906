//! A small world of tokens, driven the way that the functions drive them: the schedule asks what is due and does it,
//! callers redeem, people deactivate, receivers answer or don't. Every write is checked when it's made.

mod checks;
#[allow(dead_code, reason = "each test binary makes what it needs")]
mod make;
mod manual;

use std::collections::BTreeMap;

use chrono::TimeDelta;
use keyturn_domain::credential::Credential;
use keyturn_domain::delivery::{DeliveryReport, Failure};
use keyturn_domain::due::{self, Due};
use keyturn_domain::effect::{Action, Actor, Change, HistoryEntry};
use keyturn_domain::ids::TokenId;
use keyturn_domain::redemption::{self, RedemptionOutcome};
use keyturn_domain::rules::Rules;
use keyturn_domain::secret::SecretHash;
use keyturn_domain::token::{PendingRenewal, Token};
use keyturn_domain::{Timestamp, lifecycle, limits, notices, renewal};

pub(crate) use make::Plan;
pub(crate) use manual::{ByHand, renewal_patch};

/// Turns that the schedule may need for one token at one moment: the notices of a long absence, closing a window and
/// opening the next.
const MOST_TURNS: usize = 6;

/// What comes of a delivery.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fate {
    /// The receiver answers.
    Answered(Result<u16, Failure>),
    /// The receiver redeems before it answers.
    Redeemed,
    /// The answer is noted so late that the try has been taken for lost.
    Late(Result<u16, Failure>),
    /// The process that delivers it dies.
    Lost,
}

/// One thing that happens.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Time passes and the schedule does not run.
    Pass(TimeDelta),
    /// The schedule runs once.
    Sweep,
    /// Time passes and the schedule runs whenever something is due.
    Run(TimeDelta),
    /// Somebody redeems the request token that went out last.
    RedeemNewest,
    /// Somebody redeems one that went out at some time.
    Redeem(usize),
    /// Somebody redeems one that never was.
    RedeemUnknown(usize),
    /// Somebody deactivates a token.
    Deactivate(usize),
    /// A client uses a token, if it's good.
    Use(usize),
    /// Late answers are noted.
    NoteLate,
    /// Somebody does something by hand.
    ByHand(usize, ByHand),
}

/// A request token that went out.
#[derive(Clone, Debug)]
struct Key {
    token: TokenId,
    hash: SecretHash,
    issued_at: Timestamp,
    attempt: u32,
    successor: Option<TokenId>,
    /// Edited away, or replaced by a renewal that was started anew.
    called_off: bool,
    dead: bool,
}

/// A delivery whose outcome has not been noted.
#[derive(Debug)]
struct Flight {
    token: TokenId,
    tried: PendingRenewal,
    report: DeliveryReport,
}

/// All tokens, what happened to them, and what is going on outside.
#[derive(Debug)]
pub(crate) struct World {
    now: Timestamp,
    rules: Rules,
    tokens: BTreeMap<TokenId, Token>,
    last_used: BTreeMap<TokenId, Timestamp>,
    keys: Vec<Key>,
    entries: Vec<HistoryEntry>,
    flights: Vec<Flight>,
    fates: Vec<(Fate, u8)>,
    deliveries: usize,
    numbers: u128,
}

impl World {
    /// Tokens created by these plans, a minute apart.
    pub(crate) fn new(plans: &[Plan], overlap: TimeDelta, copyable: bool, fates: Vec<(Fate, u8)>) -> Self {
        let mut world = Self {
            now: make::birth(),
            rules: Rules { schedule_overlap: overlap, copyable, ..make::rules() },
            tokens: BTreeMap::new(),
            last_used: BTreeMap::new(),
            keys: Vec::new(),
            entries: Vec::new(),
            flights: Vec::new(),
            fates,
            deliveries: 0,
            numbers: 0,
        };
        for plan in plans {
            let number = world.fresh();
            let change = make::create(*plan, number, &world.rules, world.now);
            world.commit(change);
            world.now += TimeDelta::minutes(1);
        }
        world
    }

    /// Lets something happen, and checks the world afterwards.
    pub(crate) fn step(&mut self, step: &Step) {
        match step {
            Step::Pass(span) => self.now += *span,
            Step::Sweep => self.sweep(),
            Step::Run(span) => self.run(*span),
            Step::RedeemNewest => self.redeem(self.keys.len().saturating_sub(1)),
            Step::Redeem(which) => self.redeem(*which),
            Step::RedeemUnknown(which) => self.redeem_unknown(*which),
            Step::Deactivate(which) => self.deactivate(*which),
            Step::Use(which) => self.use_token(*which),
            Step::NoteLate => self.note_late(),
            Step::ByHand(which, what) => self.manual(*which, what),
        }
        self.check();
    }

    /// Lets the last windows close, and checks that none was forgotten.
    pub(crate) fn end(&mut self) {
        self.note_late();
        self.run(limits::REDEMPTION_WINDOW);
        self.check();
        self.check_that_every_window_came_to_an_end();
    }

    fn fresh(&mut self) -> u128 {
        self.numbers += 1;
        self.numbers
    }

    fn nth(&self, which: usize) -> TokenId {
        *self.tokens.keys().nth(which % self.tokens.len()).expect("a token")
    }

    fn commit(&mut self, change: Change) {
        self.check_write(&change);
        self.call_off(&change);
        for token in change.tokens {
            self.tokens.insert(token.id, token);
        }
        self.entries.extend(change.entry);
    }

    /// Does what is due now for every token; nothing is due afterwards.
    fn sweep(&mut self) {
        for id in self.tokens.keys().copied().collect::<Vec<_>>() {
            let mut turns = 0;
            while let Some(due) = due::now(&self.tokens[&id], self.now) {
                turns += 1;
                assert!(turns <= MOST_TURNS, "{due:?} comes up again and again: {:?}", self.tokens[&id]);
                self.turn(id, due);
            }
        }
        for token in self.tokens.values() {
            let next = due::next(token);
            assert!(next.is_none_or(|(at, _)| at > self.now), "{next:?} is left at {}: {token:?}", self.now);
        }
    }

    /// Sweeps at every moment at which something is due, up to the end of the span.
    fn run(&mut self, span: TimeDelta) {
        let until = self.now + span;
        // A token whose deliveries are lost is swept every minute of its 2 hours, and at a few moments more a day.
        let most = (span.num_days() + 2) * 130 * i64::try_from(self.tokens.len() + 8).expect("few");
        let mut sweeps = 0;
        loop {
            self.sweep();
            let next = self.tokens.values().filter_map(due::next).map(|(at, _)| at).min();
            let Some(at) = next.filter(|at| *at <= until) else { break };
            self.now = at;
            sweeps += 1;
            assert!(sweeps <= most, "the schedule gets nowhere: {sweeps} sweeps in {span}");
        }
        self.now = until;
        self.sweep();
    }

    fn turn(&mut self, id: TokenId, due: Due) {
        let (token, now) = (self.tokens[&id].clone(), self.now);
        let change = match due {
            Due::Issue => {
                let key = make::key(self.fresh());
                let attempt = token.pending.as_ref().map_or(0, |pending| pending.attempt) + 1;
                let hash = key.hash;
                self.keys.push(Key {
                    token: id,
                    hash,
                    issued_at: now,
                    attempt,
                    successor: None,
                    called_off: false,
                    dead: false,
                });
                Some(renewal::issue(&token, key, now))
            }
            Due::Renew => Some(renewal::by_schedule(&token, make::string(self.fresh()), &self.rules, now)),
            Due::Try => renewal::take_up_try(&token, now),
            Due::Lapse => renewal::lapse(&token, now),
            Due::Expiry => token.expires_at.map(|end| lifecycle::expire(&token, end, now)),
            Due::ExpiryNotice => notices::announce_expiry(&token, now),
            Due::OverlapNotice => {
                let new = token.renewed.map(|renewed| self.credential(renewed.by));
                Some(notices::look_at_overlap(&token, Some(&self.credential(id)), new.as_ref(), now))
            }
            Due::DropString => Some(lifecycle::drop_string(&token)),
        };
        self.commit(change.expect("what is due can be done"));
        if matches!(due, Due::Issue | Due::Try) {
            self.deliver(id);
        }
    }

    fn credential(&self, id: TokenId) -> Credential {
        Credential { last_used_at: self.last_used.get(&id).copied(), ..Credential::of(&self.tokens[&id]) }
    }

    fn deliver(&mut self, id: TokenId) {
        let tried = self.tokens[&id].pending.clone().expect("a request token that was just taken up");
        let (fate, jitter) = self.fates[self.deliveries % self.fates.len()];
        self.deliveries += 1;
        let report = |outcome| DeliveryReport { at: self.now, duration_ms: 20, outcome };
        match fate {
            Fate::Answered(outcome) => {
                let flight = Flight { token: id, report: report(outcome), tried };
                self.note(&flight, jitter);
            }
            Fate::Redeemed => {
                let flight = Flight { token: id, report: report(Ok(200)), tried };
                self.redeem(self.keys.len() - 1);
                self.note(&flight, jitter);
            }
            Fate::Late(outcome) => self.flights.push(Flight { token: id, tried, report: report(outcome) }),
            Fate::Lost => {}
        }
    }

    fn note(&mut self, flight: &Flight, jitter: u8) {
        let token = &self.tokens[&flight.token];
        let change = renewal::record_delivery(token, &flight.tried, flight.report, jitter, self.now);
        self.commit(change);
    }

    fn note_late(&mut self) {
        for flight in std::mem::take(&mut self.flights) {
            self.note(&flight, 100);
        }
    }

    /// Redeems the way that the use case does: what it's worth decides.
    fn redeem(&mut self, which: usize) {
        let Some(index) = which.checked_rem(self.keys.len()) else { return };
        let key = self.keys[index].clone();
        let token = self.tokens[&key.token].clone();
        let worth = redemption::evaluate(&token, &key.hash, self.now);
        assert_eq!(worth, self.expected_worth(&key, worth), "{key:?} of {token:?} at {}", self.now);
        if worth == RedemptionOutcome::NewSuccessor {
            let fresh = make::string(self.fresh());
            let successor = fresh.id;
            let change = redemption::redeem(&token, fresh, &self.rules, Actor::Token(token.id), self.now);
            self.commit(change.expect("a request token that is worth a successor"));
            self.keys[index].successor = Some(successor);
            self.redeem(index);
        }
    }

    fn redeem_unknown(&mut self, which: usize) {
        let hash = make::key(self.fresh()).hash;
        assert_eq!(
            redemption::evaluate(&self.tokens[&self.nth(which)], &hash, self.now),
            RedemptionOutcome::Unknown
        );
    }

    fn deactivate(&mut self, which: usize) {
        let token = &self.tokens[&self.nth(which)];
        let change = lifecycle::deactivate(token, Actor::Operator, self.now);
        assert_eq!(change.is_none(), token.deactivated_at.is_some());
        if let Some(change) = change {
            self.commit(change);
        }
    }

    fn use_token(&mut self, which: usize) {
        let id = self.nth(which);
        let credential = self.credential(id);
        assert_eq!(credential.check(self.now).is_ok(), self.tokens[&id].is_active(self.now));
        if credential.check(self.now).is_ok() && credential.should_record_use(self.now) {
            self.last_used.insert(id, self.now);
        }
    }
}

/// The same thing cannot be told twice: what an entry is about, without when.
fn subject(entry: &HistoryEntry) -> Option<(TokenId, String)> {
    let what = match &entry.action {
        Action::CallbackTried(_)
        | Action::TestRequested { .. }
        | Action::CallbackTested(_)
        | Action::Updated
        | Action::Copied
        | Action::RenewalStarted
        | Action::SecretRotated => return None,
        // A renewal that was called off begins again with the first attempt.
        Action::RenewalRequested { hash, .. } => format!("requested {hash:?}"),
        Action::RenewalUnredeemed { attempt } => format!("unredeemed {attempt} {}", entry.at),
        Action::Renewed(_) => "renewed".to_owned(),
        action => format!("{action:?}"),
    };
    Some((entry.token, what))
}
