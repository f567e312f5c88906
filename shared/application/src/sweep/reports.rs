//! The lanes of reports of leaks. They stand in a shard of their own, and a few are worked off at a time, so that any number
//! of them holds up nothing else.

use std::collections::{HashSet, VecDeque};
use std::error::Error;

use keyturn_domain::Timestamp;
use uuid::Uuid;

use super::Part;
use super::leaks::WorkedOff;
use super::run::{Done, Run};
use super::summary::DueKind;
use crate::ports::PortError;

/// Reports that are worked off concurrently.
const LANES: usize = 4;

/// The reports of a run.
pub(super) struct Reports {
    /// Whether there may be more to read.
    unread: bool,
    reading: bool,
    waiting: VecDeque<(Timestamp, Uuid)>,
    in_work: usize,
    /// What this run has taken up: a report that was just read may be read again before it is finished.
    taken: HashSet<Uuid>,
}

impl Reports {
    /// The reports of a run that processes this part.
    pub(super) fn of(part: Part) -> Self {
        Self {
            unread: part.has_reports(),
            reading: false,
            waiting: VecDeque::new(),
            in_work: 0,
            taken: HashSet::new(),
        }
    }

    /// Reports that wait for a lane.
    pub(super) fn left(&self) -> u64 {
        self.waiting.len() as u64
    }
}

impl Run<'_> {
    /// Reads reports, and works them off in all free lanes.
    pub(super) fn start_reports(&mut self) {
        let (sweep, by) = (self.sweep, self.by);
        if self.reports.unread
            && !self.reports.reading
            && self.reports.waiting.is_empty()
            && self.reports.in_work == 0
        {
            self.reports.reading = true;
            self.pending.push(Box::pin(async move { Done::Reports(sweep.reports.due_reports(by).await) }));
        }
        while self.reports.in_work < LANES
            && let Some((since, id)) = self.reports.waiting.pop_front()
        {
            self.reports.in_work += 1;
            self.started(DueKind::Report, Some(since));
            self.pending.push(Box::pin(async move { Done::WorkedOff(id, sweep.work_off(id).await) }));
        }
    }

    pub(super) fn take_reports(&mut self, reports: Result<Vec<(Timestamp, Uuid)>, PortError>) {
        let state = &mut self.reports;
        state.reading = false;
        match reports {
            Ok(found) => {
                let before = state.waiting.len();
                for (since, id) in found {
                    if state.taken.insert(id) {
                        state.waiting.push_back((since, id));
                    }
                }
                // Another look finds what did not fit on the page.
                state.unread = state.waiting.len() > before;
            }
            Err(error) => {
                state.unread = false;
                self.summary.failed_shards += 1;
                tracing::error!(error = &error as &dyn Error, "the reports of leaks can't be read");
            }
        }
    }

    pub(super) fn take_worked_off(&mut self, id: Uuid, worked_off: Result<WorkedOff, PortError>) {
        self.reports.in_work -= 1;
        match worked_off {
            Ok(WorkedOff { tokens, entries, failed, stuck }) => {
                self.summary.leaks += tokens.len() as u64;
                self.summary.failed += u64::from(failed);
                self.summary.stuck += u64::from(stuck);
                entries.into_iter().for_each(|entry| self.deliver(entry));
                tokens.into_iter().for_each(|token| self.sort(token, None));
            }
            Err(error) => {
                self.summary.failed += 1;
                tracing::error!(report = %id, error = &error as &dyn Error, "a report of leaks can't be worked off");
            }
        }
    }
}
