//! One run: reads, sorts what it finds into lanes, and keeps every lane busy until nothing is left or the time is up.

use std::collections::VecDeque;
use std::error::Error;
use std::mem;
use std::pin::Pin;
use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt as _};
use keyturn_domain::Timestamp;
use keyturn_domain::due::{self, Due};
use keyturn_domain::ids::TokenId;
use keyturn_domain::token::Token;
use uuid::Uuid;

use super::effects::{Delivered, Effects, MAILS_FOR, MailWork};
use super::fair_queue::{FairQueue, Lane, Receiver};
use super::leaks::WorkedOff;
use super::mass_renewal::{MASS_RENEWALS, MassStepped};
use super::reports::Reports;
use super::summary::DueKind;
use super::token::Stepped;
use super::{Part, Summary, Sweep, TimeLeft};
use crate::failure::Failure;
use crate::ports::{DueCursor, DueItem, DuePage, ENTRIES_AT_ONCE, MassRenewalKey, OutboxEntry, PortError};

/// Concurrent callbacks: they wait for receivers, and cost little else. Below a Lambda function's 1,024 file descriptors.
const CALLBACKS: usize = 256;

/// Concurrent renewals without a callback, and steps that need only the table.
const STEPS: usize = 64;

/// Concurrent steps of each kind while the index is being read. What waits for a long time comes first there, so a large
/// backlog hides what became due just now: reading must not wait for the processor behind hundreds of callbacks.
const STEPS_WHILE_READING: usize = 16;

/// Records read concurrently: some batches of DynamoDB.
const READS: usize = 400;

/// Records that are kept while they wait for a lane: some 20 MB. Of a larger backlog, the others are read again when their turn
/// comes, so that waiting costs no more memory than that.
const KEPT: usize = 5_000;

/// Keys read ahead: enough that no lane runs dry while a page is read.
const READ_AHEAD: usize = 1_000;

/// The lane that a token's next step takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StepKind {
    /// Sends a callback.
    Callback,
    /// Creates the successor, which needs the sealer.
    Renewal,
    /// Only writes to the table.
    Record,
}

impl StepKind {
    pub(super) const fn of(due: Due) -> Self {
        match due {
            Due::Issue | Due::Try | Due::FollowUp | Due::FollowUpTry => Self::Callback,
            Due::Renew => Self::Renewal,
            Due::Expiry
            | Due::Lapse
            | Due::Unfetched
            | Due::ExpiryNotice
            | Due::OverlapNotice
            | Due::LeakCheck
            | Due::DropString => Self::Record,
        }
    }
}

impl From<StepKind> for DueKind {
    fn from(kind: StepKind) -> Self {
        match kind {
            StepKind::Callback => Self::Callback,
            StepKind::Renewal => Self::Renewal,
            StepKind::Record => Self::Record,
        }
    }
}

/// A token with something to do.
pub(super) struct TokenWork {
    id: TokenId,
    /// Since when it has been due; none after its first step in this run.
    since: Option<Timestamp>,
    /// The record, if it was kept.
    token: Option<Box<Token>>,
}

/// What a run waits for.
pub(super) enum Done {
    Page(u8, Result<DuePage, PortError>),
    Token(TokenId, Timestamp, Box<Result<Option<Token>, PortError>>),
    Entries(Vec<(Timestamp, Result<Option<OutboxEntry>, PortError>)>),
    Step(StepKind, Lane, TokenId, Box<Result<Stepped, Failure>>),
    MassRenewal(Lane, MassRenewalKey, Result<MassStepped, Failure>),
    Event(Lane, Box<OutboxEntry>, Delivered),
    MailPermit,
    Mail(Lane, Box<MailWork>, Delivered),
    Recorded { stuck: bool },
    Reports(Result<Vec<(Timestamp, Uuid)>, PortError>),
    WorkedOff(Uuid, Result<WorkedOff, PortError>),
}

type Read<'a> = Pin<Box<dyn Future<Output = Done> + Send + 'a>>;

pub(super) type Pending<'a> = FuturesUnordered<Read<'a>>;

pub(super) struct Run<'a> {
    pub(super) sweep: &'a Sweep,
    pub(super) part: Part,
    time_left: &'a TimeLeft,
    pub(super) by: Timestamp,
    /// By the timer.
    mails_until: Duration,
    pub(super) summary: Summary,
    /// Shards with more to read.
    shards: VecDeque<(u8, Option<DueCursor>)>,
    /// Pages that are being read.
    pages: usize,
    /// Keys that have been read, but not their records.
    unread: VecDeque<(Timestamp, DueItem)>,
    reads: usize,
    /// Records in the queues.
    kept: usize,
    callbacks: FairQueue<TokenWork>,
    renewals: FairQueue<TokenWork>,
    records: FairQueue<TokenWork>,
    pub(super) reports: Reports,
    pub(super) mass_renewals: FairQueue<(Option<Timestamp>, MassRenewalKey)>,
    pub(super) effects: Effects,
    pub(super) pending: Pending<'a>,
}

impl<'a> Run<'a> {
    pub(super) fn new(sweep: &'a Sweep, part: Part, time_left: &'a TimeLeft) -> Self {
        Self {
            sweep,
            part,
            time_left,
            by: sweep.context.now(),
            mails_until: sweep.timer.elapsed() + MAILS_FOR,
            summary: Summary::default(),
            shards: part.shards(sweep.due.shards()).map(|shard| (shard, None)).collect(),
            pages: 0,
            unread: VecDeque::new(),
            reads: 0,
            kept: 0,
            callbacks: FairQueue::of_calls(CALLBACKS),
            renewals: FairQueue::new(STEPS),
            records: FairQueue::new(STEPS),
            reports: Reports::of(part),
            mass_renewals: FairQueue::new(MASS_RENEWALS),
            effects: Effects::default(),
            pending: FuturesUnordered::new(),
        }
    }

    pub(super) async fn finish(mut self) -> Summary {
        loop {
            if (self.time_left)() {
                self.read_on();
                self.start_steps();
                self.start_reports();
                self.start_mass_renewals();
                self.start_events();
            } else if self.summary.failed_events == 0 {
                // What this run changed is announced at once, or waits until its lease ends. An event bus that fails gets no
                // extra time.
                self.start_events();
            }
            if !(self.time_left)() || self.has_read_all() {
                self.start_digests();
            }
            if (self.time_left)() || self.sweep.timer.elapsed() < self.mails_until {
                self.start_mails();
            }
            self.start_acknowledgements();
            match self.pending.next().await {
                Some(done) => self.take(done),
                None => break,
            }
        }
        #[cfg(feature = "mutations")]
        self.sweep.spend_tries(self.callbacks.left_out_work().map(|work| work.id).collect()).await;
        self.count_left();
        self.put_off_mails().await;
        self.summary
    }

    /// Reads keys ahead of records, and records ahead of their steps.
    fn read_on(&mut self) {
        let sweep = self.sweep;
        while self.unread.len() < READ_AHEAD
            && let Some((shard, from)) = self.shards.pop_front()
        {
            let by = self.by;
            self.pages += 1;
            self.pending
                .push(Box::pin(async move { Done::Page(shard, sweep.due.due(shard, by, from).await) }));
        }
        let (mut since_when, mut keys) = (Vec::new(), Vec::new());
        while self.reads < READS
            && let Some((since, item)) = self.unread.pop_front()
        {
            match item {
                DueItem::Token(id) => {
                    self.reads += 1;
                    self.pending.push(Box::pin(async move {
                        Done::Token(id, since, Box::new(sweep.tokens.token(id).await))
                    }));
                }
                DueItem::Entry(key) => {
                    self.reads += 1;
                    since_when.push(since);
                    keys.push(key);
                    if keys.len() == ENTRIES_AT_ONCE {
                        self.read_entries(mem::take(&mut since_when), mem::take(&mut keys));
                    }
                }
                DueItem::MassRenewal(key) => self.find_mass_renewal(since, key),
            }
        }
        if !keys.is_empty() {
            self.read_entries(since_when, keys);
        }
    }

    fn has_read_all(&self) -> bool {
        self.shards.is_empty() && self.pages == 0 && self.unread.is_empty() && self.reads == 0
    }

    /// Starts steps in all free lanes, or in a few while the index is still being read.
    fn start_steps(&mut self) {
        let sweep = self.sweep;
        let most =
            if self.shards.is_empty() && self.unread.is_empty() { usize::MAX } else { STEPS_WHILE_READING };
        for kind in [StepKind::Callback, StepKind::Renewal, StepKind::Record] {
            while self.queue(kind).in_use() < most
                && let Some((lane, work)) = self.queue(kind).next()
            {
                let TokenWork { id, since, token } = work;
                self.kept -= usize::from(token.is_some());
                self.started(kind.into(), since);
                self.pending.push(Box::pin(async move {
                    let stepped = sweep.step(id, token.map(|token| *token), kind).await;
                    Done::Step(kind, lane, id, Box::new(stepped))
                }));
            }
        }
    }

    /// Counts an item that is taken up, and how long it has been due.
    pub(super) fn started(&mut self, kind: DueKind, since: Option<Timestamp>) {
        let Some(since) = since else { return };
        self.summary.due += 1;
        self.summary.observe(kind, (self.sweep.context.now() - since).num_seconds());
    }

    const fn queue(&mut self, kind: StepKind) -> &mut FairQueue<TokenWork> {
        match kind {
            StepKind::Callback => &mut self.callbacks,
            StepKind::Renewal => &mut self.renewals,
            StepKind::Record => &mut self.records,
        }
    }

    fn take(&mut self, done: Done) {
        match done {
            Done::Page(shard, page) => self.take_page(shard, page),
            Done::Token(id, since, token) => {
                self.reads -= 1;
                match *token {
                    Ok(Some(token)) => self.sort(token, Some(since)),
                    Ok(None) => {}
                    Err(error) => self.token_failed(id, &error.into()),
                }
            }
            Done::Entries(entries) => {
                self.reads -= entries.len();
                entries.into_iter().for_each(|(since, entry)| self.take_entry(since, entry));
            }
            Done::Step(kind, lane, id, stepped) => self.take_step(kind, lane, id, *stepped),
            Done::MassRenewal(lane, key, stepped) => self.take_mass_renewal(lane, key, stepped),
            Done::Event(lane, entry, delivered) => self.event_done(lane, *entry, delivered),
            Done::MailPermit => self.effects.waits_for_permit = false,
            Done::Mail(lane, work, delivered) => self.mail_done(lane, *work, delivered),
            Done::Recorded { stuck } => self.summary.stuck += u64::from(stuck),
            Done::Reports(reports) => self.take_reports(reports),
            Done::WorkedOff(id, worked_off) => self.take_worked_off(id, worked_off),
        }
    }

    fn take_page(&mut self, shard: u8, page: Result<DuePage, PortError>) {
        self.pages -= 1;
        match page {
            Ok(DuePage { items, malformed, next }) => {
                if malformed > 0 {
                    tracing::error!(shard, malformed, "keys of the due index are malformed");
                    self.summary.failed += malformed;
                }
                self.unread.extend(items);
                self.shards.extend(next.map(|next| (shard, Some(next))));
            }
            Err(error) => {
                tracing::error!(
                    shard,
                    error = &error as &dyn Error,
                    "a shard of the due index can't be read"
                );
                self.summary.failed_shards += 1;
            }
        }
    }

    /// Puts a token into the lane of its next step, if something is due.
    pub(super) fn sort(&mut self, token: Token, since: Option<Timestamp>) {
        let Some(due) = due::now(&token, self.sweep.context.now()) else { return };
        let kind = StepKind::of(due);
        let host = match kind {
            StepKind::Callback => token.receiver(),
            StepKind::Renewal | StepKind::Record => None,
        };
        let receiver = Receiver { company: token.company.clone(), host: host.unwrap_or_default() };
        let (id, has_room) = (token.id, self.kept < KEPT);
        let queue = self.queue(kind);
        let keeps = has_room || queue.has_lane(&receiver);
        queue.push(&receiver, TokenWork { id, since, token: keeps.then(|| Box::new(token)) });
        self.kept += usize::from(keeps);
    }

    fn take_step(&mut self, kind: StepKind, lane: Lane, id: TokenId, stepped: Result<Stepped, Failure>) {
        let call = match &stepped {
            Ok(stepped) => stepped.call,
            Err(_) => None,
        };
        self.queue(kind).done(lane, call);
        match stepped {
            Ok(Stepped { token, entries, summary, .. }) => {
                self.summary += summary;
                entries.into_iter().for_each(|entry| self.deliver(entry));
                if let Some(token) = token {
                    self.sort(token, None);
                }
            }
            Err(error) => self.token_failed(id, &error),
        }
    }

    /// Counts and logs a failure, and makes the token due later.
    fn token_failed(&mut self, id: TokenId, error: &Failure) {
        self.summary.failed += 1;
        self.summary.failed_tokens += 1;
        tracing::error!(token = %id, error = error as &dyn Error, "a due token failed and is rescheduled");
        let sweep = self.sweep;
        self.pending.push(Box::pin(async move {
            let stuck = sweep.defer(id).await.unwrap_or_else(|error| {
                tracing::error!(token = %id, error = &error as &dyn Error, "a failure can't be recorded");
                false
            });
            Done::Recorded { stuck }
        }));
    }

    /// Counts what is left for the next run.
    fn count_left(&mut self) {
        let now = self.sweep.context.now();
        let age = |since: Timestamp| (now - since).num_seconds();
        let queues = [
            (DueKind::Callback, &self.callbacks),
            (DueKind::Renewal, &self.renewals),
            (DueKind::Record, &self.records),
        ];
        for (kind, queue) in queues {
            for work in queue.waiting() {
                self.summary.left += 1;
                self.summary.observe(kind, work.since.map_or(0, age));
            }
        }
        self.summary.left += self.reports.left();
        for (since, _) in self.mass_renewals.waiting() {
            self.summary.left += 1;
            self.summary.observe(DueKind::Record, since.map_or(0, age));
        }
        // Nobody knows yet what is due for these.
        for (since, _) in &self.unread {
            self.summary.left += 1;
            self.summary.observe_oldest(age(*since));
        }
        let (receivers, items) = self.callbacks.left_out();
        self.summary.receivers_left_out += receivers as u64;
        self.summary.items_left_out += items as u64;
    }
}
