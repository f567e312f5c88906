//! Reports of leaks, as in the adapter.

use keyturn_application::ports::LeakReport;
use keyturn_domain::Timestamp;
use keyturn_domain::backoff::Failures;
use uuid::Uuid;

use super::Memory;

/// Reports per page, as in the adapter.
const PAGE: usize = 100;

/// A report that is not worked off.
#[derive(Clone, Debug)]
pub(super) struct StoredReport {
    report: LeakReport,
    failures: Failures,
    due: Timestamp,
}

impl Memory {
    /// Stores a report.
    pub fn store_report(&mut self, report: &LeakReport) {
        let stored = StoredReport { report: report.clone(), failures: Failures::default(), due: report.at };
        self.reports.insert(report.id, stored);
    }

    /// Some reports that are due.
    #[must_use]
    pub fn due_reports(&self, by: Timestamp) -> Vec<(Timestamp, Uuid)> {
        let mut due: Vec<_> =
            self.reports.iter().map(|(id, stored)| (stored.due, *id)).filter(|(due, _)| *due <= by).collect();
        due.sort_unstable();
        due.truncate(PAGE);
        due
    }

    /// A report that is not worked off.
    #[must_use]
    pub fn report(&self, id: Uuid) -> Option<(LeakReport, Failures)> {
        self.reports.get(&id).map(|stored| (stored.report.clone(), stored.failures))
    }

    /// Forgets a report that was worked off.
    pub fn finish_report(&mut self, id: Uuid) {
        self.reports.remove(&id);
    }

    /// Makes a report due later.
    pub fn defer_report(&mut self, id: Uuid, failures: Failures, until: Timestamp) {
        if let Some(stored) = self.reports.get_mut(&id) {
            stored.failures = failures;
            stored.due = until;
        }
    }

    /// When the next report after this moment is due.
    pub(super) fn next_report_after(&self, after: Timestamp) -> Option<Timestamp> {
        self.reports.values().map(|stored| stored.due).filter(|due| *due > after).min()
    }
}
