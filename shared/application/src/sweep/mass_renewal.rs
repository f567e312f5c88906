//! One step of a mass renewal: looks at a page of tokens, counts them or makes their renewals due, and notes how far it got.
//!
//! The note is a conditional write. A step that is repeated after a crash, or made by two runs at once, finds the tokens that
//! were started marked, and counts them without starting them again.

use std::error::Error;

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use keyturn_domain::Timestamp;
use keyturn_domain::ids::TokenId;
use keyturn_domain::mass_renewal::{self, Decision, MassRenewal, Selection, State, Turn};
use keyturn_domain::token::Token;

use super::Sweep;
use super::fair_queue::{Lane, Receiver};
use super::run::{Done, Run};
use super::summary::DueKind;
use crate::failure::Failure;
use crate::mass_renewals::filter;
use crate::ports::{MassRenewalKey, OutboxEntry, PortError, SelectedPage};
use crate::retry::{Attempt, until_committed};

/// Concurrent steps; each makes several commits at a time.
pub(super) const MASS_RENEWALS: usize = 4;

/// Tokens that a step of the first pass counts.
const COUNTED: usize = 400;

/// Tokens that a step of the second pass looks at: at least, so that those that don't renew themselves are passed quickly, and
/// at most.
const LOOKED_AT: (usize, usize) = (10, 100);

/// Concurrent reads, which are batched, and concurrent commits.
const READS: usize = 200;
const COMMITS: usize = 16;

/// After so many failures in a row, a token that fails is passed over, so that it does not hold up the others.
const PATIENCE: u32 = 3;

/// What a step did.
#[derive(Default)]
pub(super) struct MassStepped {
    /// Entries to be delivered.
    pub(super) entries: Vec<OutboxEntry>,
    /// Whether the next step is due.
    pub(super) again: bool,
}

impl Run<'_> {
    /// A mass renewal that was found in the due index.
    pub(super) fn find_mass_renewal(&mut self, since: Timestamp, key: MassRenewalKey) {
        self.mass_renewals.push(&Receiver::none(key.company.clone()), (Some(since), key));
    }

    /// Starts steps of mass renewals.
    pub(super) fn start_mass_renewals(&mut self) {
        let sweep = self.sweep;
        while let Some((lane, (since, key))) = self.mass_renewals.next() {
            self.started(DueKind::Record, since);
            self.pending.push(Box::pin(async move {
                let stepped = sweep.step_mass_renewal(&key).await;
                Done::MassRenewal(lane, key, stepped)
            }));
        }
    }

    pub(super) fn take_mass_renewal(
        &mut self,
        lane: Lane,
        key: MassRenewalKey,
        stepped: Result<MassStepped, Failure>,
    ) {
        self.mass_renewals.done(lane, None);
        match stepped {
            Ok(MassStepped { entries, again }) => {
                entries.into_iter().for_each(|entry| self.deliver(entry));
                if again {
                    self.mass_renewals.push(&Receiver::none(key.company.clone()), (None, key));
                }
            }
            Err(error) => {
                self.summary.failed += 1;
                tracing::error!(
                    mass_renewal = %key.id,
                    error = &error as &dyn Error,
                    "a step of a mass renewal failed and is rescheduled"
                );
            }
        }
    }
}

/// A token whose turn has come.
struct Taken {
    turn: Turn,
    entry: Option<OutboxEntry>,
}

impl Sweep {
    /// Does the next step of a mass renewal, if one is due.
    pub(super) async fn step_mass_renewal(&self, key: &MassRenewalKey) -> Result<MassStepped, Failure> {
        let now = self.context.now();
        let mass = self.mass_renewals.mass_renewal(key).await?;
        let Some(mass) = mass.filter(|mass| mass.due_at.is_some_and(|at| at <= now)) else {
            return Ok(MassStepped::default());
        };
        let mut entries = Vec::new();
        match self.pass(&mass, &mut entries, now).await {
            Ok(after) => {
                // Whoever wrote meanwhile goes on from there.
                let is_written = self.mass_renewals.write_mass_renewal(&after).await?;
                let again = is_written && after.due_at.is_some_and(|at| at <= self.context.now());
                Ok(MassStepped { entries, again })
            }
            Err(error) => {
                let [jitter] = self.context.random();
                self.mass_renewals.write_mass_renewal(&mass.failed(jitter, now)).await?;
                Err(error)
            }
        }
    }

    async fn pass(
        &self,
        mass: &MassRenewal,
        entries: &mut Vec<OutboxEntry>,
        now: Timestamp,
    ) -> Result<MassRenewal, Failure> {
        if mass.state == State::Counting {
            let page = self.page(mass, COUNTED, now).await?;
            let tokens = self.tokens_of(mass, &page.ids).await?;
            let own = tokens.iter().flatten().filter(|token| token.company == mass.company);
            let (selected, unable): (Vec<_>, Vec<_>) =
                own.filter_map(|token| mass_renewal::renews_itself(token, now)).partition(|it| *it);
            return Ok(mass.counted(selected.len() as u64, unable.len() as u64, page.reached, now));
        }
        let behind = usize::try_from(mass.behind(now)).unwrap_or(usize::MAX);
        if behind == 0 {
            return Ok(mass.waiting(now));
        }
        let (least, most) = LOOKED_AT;
        let page = self.page(mass, behind.clamp(least, most), now).await?;
        let tokens = self.tokens_of(mass, &page.ids).await?;
        let (mut turns, mut due, mut reached) = (Vec::new(), Vec::new(), page.reached);
        for (id, token) in page.ids.iter().zip(tokens) {
            if turns.len() + due.len() >= behind {
                reached = due_before(*id, &page.ids, mass.position);
                break;
            }
            match token.map(|token| (mass_renewal::take_up(mass, &token, now), token)) {
                Some((Decision::Start(_), token)) => due.push(token),
                Some((Decision::Over(turn), _)) => turns.push(turn),
                Some((Decision::Other, _)) | None => {}
            }
        }
        let started = due.into_iter().map(|token| self.take_up(mass, token));
        let mut started = stream::iter(started).buffer_unordered(COMMITS);
        let mut failure = None;
        while let Some(taken) = started.next().await {
            match taken {
                Ok(Taken { turn, entry }) => {
                    turns.push(turn);
                    entries.extend(entry);
                }
                Err(error) => failure = Some(error),
            }
        }
        match failure {
            Some(error) if mass.failures.count < PATIENCE => Err(error),
            _ => Ok(mass.turned(&turns, reached, now)),
        }
    }

    /// The next selected tokens.
    async fn page(&self, mass: &MassRenewal, most: usize, now: Timestamp) -> Result<SelectedPage, PortError> {
        match &mass.selection {
            Selection::Ids(ids) => {
                let mut left = ids.iter().filter(|id| mass.position.is_none_or(|last| **id > last));
                let ids: Vec<_> = left.by_ref().take(most).copied().collect();
                let reached = left.next().and_then(|_| ids.last().copied());
                Ok(SelectedPage { ids, reached })
            }
            selection @ Selection::Matching { .. } => {
                let filter = filter(selection);
                let (company, after) = (&mass.company, mass.position);
                self.mass_renewals.select(company, &filter, after, mass.until, most, now).await
            }
        }
    }

    /// The records of these tokens, in their order. One that can't be read is left out once the step has failed often enough.
    async fn tokens_of(&self, mass: &MassRenewal, ids: &[TokenId]) -> Result<Vec<Option<Token>>, PortError> {
        let read = |id: &TokenId| {
            let id = *id;
            async move {
                match self.tokens.token(id).await {
                    Err(_) if mass.failures.count >= PATIENCE => Ok(None),
                    read => read,
                }
            }
        };
        stream::iter(ids.iter().map(read)).buffered(READS).try_collect().await
    }

    /// Makes the renewal of a token due. `token` is the record as it was read just now.
    async fn take_up(&self, mass: &MassRenewal, token: Token) -> Result<Taken, Failure> {
        let id = token.id;
        let mut read = Some(token);
        until_committed(|| self.try_to_take_up(mass, id, read.take())).await
    }

    async fn try_to_take_up(
        &self,
        mass: &MassRenewal,
        id: TokenId,
        read: Option<Token>,
    ) -> Result<Attempt<Taken>, Failure> {
        let skipped = Taken { turn: Turn::Skipped, entry: None };
        let Some(token) = self.tokens.token_unless_read(id, read).await? else {
            return Ok(Attempt::Done(skipped));
        };
        match mass_renewal::take_up(mass, &token, self.context.now()) {
            Decision::Start(change) => Attempt::of(
                self.commit(*change)
                    .await
                    .map(|committed| Taken { turn: Turn::Started, entry: committed.entry }),
            ),
            Decision::Over(turn) => Ok(Attempt::Done(Taken { turn, entry: None })),
            Decision::Other => Ok(Attempt::Done(skipped)),
        }
    }
}

/// The token before this one on the page, or the last of the page before.
fn due_before(id: TokenId, ids: &[TokenId], position: Option<TokenId>) -> Option<TokenId> {
    ids.iter().rev().find(|other| **other < id).copied().or(position)
}
