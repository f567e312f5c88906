//! Delivery of what an entry owes: its event and its mail, each at least once.

use chrono::TimeDelta;

use super::{Summary, Sweep};
use crate::failure::Failure;
use crate::ports::{EntryKey, OutboxEntry, PortError};

/// Minutes until an entry whose delivery failed is tried again; the last one for good. A mail service that is down for
/// a day must not cost a mail, nor be asked every minute.
const POSTPONE_MINUTES: [i64; 6] = [1, 2, 5, 15, 30, 60];

impl Sweep {
    /// Delivers what an entry still owes, if it does.
    pub(super) async fn step_entry(&self, key: &EntryKey, summary: &mut Summary) -> Result<(), Failure> {
        match self.due.owed(key).await? {
            Some(owed) => self.deliver_owed(owed, summary).await,
            None => Ok(()),
        }
    }

    /// Delivers what an entry owes and notes it; what could not be delivered is due again later.
    pub(super) async fn deliver_owed(
        &self,
        mut owed: OutboxEntry,
        summary: &mut Summary,
    ) -> Result<(), Failure> {
        let mut error = None;
        if owed.owes_event {
            match self.events.publish(owed.id, &owed.entry).await {
                Ok(()) => {
                    owed.owes_event = false;
                    summary.events += 1;
                }
                Err(failed) => {
                    summary.failed_events += 1;
                    error = Some(failed);
                }
            }
        }
        if owed.owes_mail {
            match self.mails.send(owed.id, &owed.entry).await {
                Ok(()) => {
                    owed.owes_mail = false;
                    summary.mails += 1;
                }
                Err(failed) => {
                    summary.failed_mails += 1;
                    error = Some(failed);
                }
            }
        }
        match error {
            None => Ok(self.due.settle(&owed.key).await?),
            Some(error) => self.postpone(owed, &error, summary).await,
        }
    }

    async fn postpone(
        &self,
        mut owed: OutboxEntry,
        error: &PortError,
        summary: &mut Summary,
    ) -> Result<(), Failure> {
        let step = usize::try_from(owed.failures).unwrap_or(usize::MAX).min(POSTPONE_MINUTES.len() - 1);
        let until = self.context.now() + TimeDelta::minutes(POSTPONE_MINUTES[step]);
        owed.failures += 1;
        summary.failed += 1;
        tracing::warn!(entry = %owed.id, failures = owed.failures, error = error as &dyn std::error::Error, "postponed");
        Ok(self.due.postpone(&owed, until).await?)
    }
}
