//! Mass renewal: many renewals made due at an even pace.
//!
//! It is a record of its own that is due itself. A first pass over the company's tokens counts what is selected, a second one
//! makes their renewals due, each at its time. A token that was started holds the id of the mass renewal, so that a pass that
//! is repeated, or made by two processes at once, starts it once.

mod turn;

use chrono::TimeDelta;

use crate::Timestamp;
use crate::backoff::Failures;
use crate::caller::Caller;
use crate::history::Actor;
use crate::ids::{CompanyId, TokenId, uuid_id};
use crate::outliving;
use crate::person::Role;
use crate::refusal::Conflict;
use crate::settings::MANAGEMENT;
use crate::token::Token;

pub use turn::{Decision, Turn, renews_itself, take_up};

uuid_id! {
    /// The id of a mass renewal.
    MassRenewalId
}

/// Which tokens are renewed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// All that match.
    Matching {
        /// Only for this application.
        application: Option<String>,
        /// Only with this in the name, whatever its case.
        search: Option<String>,
        /// Only created so many days before the mass renewal, or earlier.
        older_than_days: Option<u32>,
    },
    /// These, sorted.
    Ids(Vec<TokenId>),
}

/// How a mass renewal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The selected tokens are being counted.
    Counting,
    /// Renewals are made due.
    Running,
    /// Nothing happens until it is resumed.
    Paused,
    /// It was stopped for good. What was started goes on.
    Stopped,
    /// All selected tokens were started.
    Done,
}

impl State {
    /// All states.
    pub const ALL: [Self; 5] = [Self::Counting, Self::Running, Self::Paused, Self::Stopped, Self::Done];

    /// The state as answers show it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counting => "COUNTING",
            Self::Running => "RUNNING",
            Self::Paused => "PAUSED",
            Self::Stopped => "STOPPED",
            Self::Done => "DONE",
        }
    }

    const fn has_ended(self) -> bool {
        matches!(self, Self::Stopped | Self::Done)
    }
}

/// Who asked for it: decides which management tokens it may renew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartedBy {
    /// As the history names them.
    pub actor: Actor,
    /// When their token expires, if they have one that does.
    pub expires_at: Option<Timestamp>,
    /// Whether they may change management tokens.
    pub administers: bool,
}

impl StartedBy {
    /// The caller as they stand now.
    #[must_use]
    pub fn of(caller: &Caller) -> Self {
        let administers = match caller {
            Caller::Token(_) => true,
            Caller::Person(person) => person.require(Role::Admin).is_ok(),
        };
        Self { actor: caller.actor(), expires_at: caller.expires_at(), administers }
    }

    fn may_renew(&self, token: &Token, now: Timestamp) -> bool {
        (self.administers || !token.applications.contains(MANAGEMENT))
            && outliving::permit_renewal_by((&self.actor, self.expires_at), token, now).is_ok()
    }
}

/// A mass renewal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MassRenewal {
    /// Its id.
    pub id: MassRenewalId,
    /// Whose tokens it renews.
    pub company: CompanyId,
    /// Who asked for it.
    pub started_by: StartedBy,
    /// Which tokens it renews.
    pub selection: Selection,
    /// None that was created later: its own successors are not renewed again.
    pub until: TokenId,
    /// How many hours it is spread over.
    pub over_hours: u16,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// How it stands.
    pub state: State,
    /// The last token that this pass has looked at.
    pub position: Option<TokenId>,
    /// Selected tokens that renew themselves, as far as they are counted.
    pub selected: u64,
    /// Selected tokens that don't, as far as they are counted.
    pub unable: u64,
    /// Tokens whose renewal was made due.
    pub started: u64,
    /// Tokens that had ended, been renewed otherwise or lost auto renewal when their turn came, or that the caller may not
    /// renew.
    pub skipped: u64,
    /// From when on the pace counts: the end of the first pass, later by each pause.
    pub running_since: Option<Timestamp>,
    /// When it was paused.
    pub paused_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// When it goes on.
    pub due_at: Option<Timestamp>,
    /// SHA-256 of the request, if it came with an idempotency key.
    pub fingerprint: Option<[u8; 32]>,
    /// How often a step failed in a row.
    pub failures: Failures,
    /// Counts the writes.
    pub version: u64,
}

/// A request for a mass renewal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Which tokens.
    pub selection: Selection,
    /// Over how many hours.
    pub over_hours: u16,
}

/// The range of `overHours`.
pub const OVER_HOURS: std::ops::RangeInclusive<i64> = 1..=168;

/// The range of `olderThanDays`.
pub const OLDER_THAN_DAYS: std::ops::RangeInclusive<i64> = 0..=36_500;

/// Tokens that one request may name.
pub const NAMED_TOKENS: usize = 500;

impl MassRenewal {
    /// A new one, which first counts.
    #[must_use]
    pub fn new(
        (id, until): (MassRenewalId, TokenId),
        company: CompanyId,
        started_by: StartedBy,
        order: Order,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            company,
            started_by,
            selection: order.selection,
            until,
            over_hours: order.over_hours,
            created_at: now,
            state: State::Counting,
            position: None,
            selected: 0,
            unable: 0,
            started: 0,
            skipped: 0,
            running_since: None,
            paused_at: None,
            ended_at: None,
            due_at: Some(now),
            fingerprint: None,
            failures: Failures::default(),
            version: 1,
        }
    }

    /// Tokens whose turn has come and gone.
    #[must_use]
    pub const fn turns(&self) -> u64 {
        self.started + self.skipped
    }

    /// How many more tokens are to be started by now: the turns of all selected tokens are spread evenly over the time.
    #[must_use]
    pub fn behind(&self, now: Timestamp) -> u64 {
        let Some(since) = self.running_since else { return 0 };
        let elapsed = u64::try_from((now - since).num_seconds()).unwrap_or_default();
        let by_now = elapsed.saturating_mul(self.selected) / self.seconds() + 1;
        // At the end, whatever is left: the second pass may find more than the first one counted.
        if elapsed >= self.seconds() { u64::MAX } else { by_now.saturating_sub(self.turns()) }
    }

    /// When the next token's turn comes.
    fn next_turn(&self, now: Timestamp) -> Timestamp {
        let since = self.running_since.unwrap_or(now);
        let seconds = match self.selected {
            0 => 0,
            selected => self.turns().saturating_mul(self.seconds()).div_ceil(selected).min(self.seconds()),
        };
        now.max(since + TimeDelta::seconds(i64::try_from(seconds).unwrap_or_default()))
    }

    fn seconds(&self) -> u64 {
        u64::from(self.over_hours.max(1)) * 3_600
    }

    fn next(&self) -> Self {
        Self { version: self.version + 1, ..self.clone() }
    }

    /// Counts a page of the first pass: up to this token, or to the end.
    #[must_use]
    pub fn counted(&self, selected: u64, unable: u64, reached: Option<TokenId>, now: Timestamp) -> Self {
        let mut next = self.next();
        next.failures = Failures::default();
        next.selected += selected;
        next.unable += unable;
        next.position = reached;
        next.due_at = Some(now);
        if reached.is_none() {
            next.running_since = Some(now);
            next.state = State::Running;
            if next.selected == 0 {
                return next.ended(State::Done, now);
            }
        }
        next
    }

    /// Notes the turns of a page of the second pass: up to this token, or to the end.
    #[must_use]
    pub fn turned(&self, turns: &[Turn], reached: Option<TokenId>, now: Timestamp) -> Self {
        let count = |kind| turns.iter().filter(|turn| **turn == kind).count() as u64;
        let mut next = self.next();
        next.failures = Failures::default();
        next.started += count(Turn::Started);
        next.skipped += count(Turn::Skipped);
        next.position = reached;
        if reached.is_none() {
            return next.ended(State::Done, now);
        }
        next.due_at = Some(next.next_turn(now));
        next
    }

    /// The same until the next token's turn comes.
    #[must_use]
    pub fn waiting(&self, now: Timestamp) -> Self {
        Self { due_at: Some(self.next_turn(now)), ..self.next() }
    }

    /// A step failed: it is due again later.
    #[must_use]
    pub fn failed(&self, jitter: u8, now: Timestamp) -> Self {
        let failures = self.failures.with_another(now);
        Self { failures, due_at: Some(failures.retry_at(jitter, now)), ..self.next() }
    }

    fn ended(mut self, state: State, now: Timestamp) -> Self {
        self.state = state;
        self.ended_at = Some(now);
        self.due_at = None;
        self
    }

    /// Pauses it. `None` if it is paused.
    pub fn pause(&self, now: Timestamp) -> Result<Option<Self>, Conflict> {
        match self.state {
            State::Paused => Ok(None),
            state if state.has_ended() => Err(Conflict::MassRenewalEnded),
            _ => Ok(Some(Self { state: State::Paused, paused_at: Some(now), due_at: None, ..self.next() })),
        }
    }

    /// Goes on where it was paused; the time that it takes is not shorter for it. `None` if it is not paused.
    pub fn resume(&self, now: Timestamp) -> Result<Option<Self>, Conflict> {
        match self.state {
            State::Paused => {
                let pause = self.paused_at.map_or(TimeDelta::zero(), |at| now - at);
                let mut next = self.next();
                next.paused_at = None;
                next.running_since = self.running_since.map(|since| since + pause);
                next.state = if next.running_since.is_some() { State::Running } else { State::Counting };
                next.due_at = Some(now);
                Ok(Some(next))
            }
            state if state.has_ended() => Err(Conflict::MassRenewalEnded),
            _ => Ok(None),
        }
    }

    /// Stops it for good. `None` if it was stopped before.
    pub fn stop(&self, now: Timestamp) -> Result<Option<Self>, Conflict> {
        match self.state {
            State::Stopped => Ok(None),
            State::Done => Err(Conflict::MassRenewalEnded),
            _ => Ok(Some(self.next().ended(State::Stopped, now))),
        }
    }
}
