//! The scheduled function: processes everything that is due, each item on its own.
//!
//! A run reads its shards of the due index page by page and processes what it finds in lanes: callbacks, renewals without a
//! callback (which need the sealer), steps that need only the table, reports of leaks, events, and mails. A lane that hangs holds up no other,
//! and within a lane companies and receivers take turns (`fair_queue.rs`). An item that fails is counted and becomes due
//! later (`keyturn_domain::backoff`). Overlapping runs are safe: every step is a conditional commit, and the one that loses
//! the race reads the record again.

mod callback;
mod effects;
mod fair_queue;
mod follow_up;
mod leaks;
#[cfg(feature = "mutations")]
mod left_out;
mod mail_rate;
mod mass_renewal;
mod reports;
mod run;
mod summary;
mod token;

use std::sync::Arc;

use keyturn_domain::Timestamp;
use keyturn_domain::rules::Rules;

pub use mail_rate::MailRate;
pub use summary::{Oldest, Summary};

use crate::callback_message::CallbackMessages;
use crate::context::{Context, Timer};
use crate::outbox::Outbox;
use crate::ports::{
    CallbackSender, CredentialStore, DueStore, LeakReports, MassRenewals, PortError, TokenStore,
};
use crate::secret_vault::SecretVault;

/// Processes what is due.
pub struct Sweep {
    /// Where tokens are kept.
    pub tokens: Arc<dyn TokenStore>,
    /// Where their last use is kept.
    pub credentials: Arc<dyn CredentialStore>,
    /// Finds what is due.
    pub due: Arc<dyn DueStore>,
    /// Reports of leaked strings.
    pub reports: Arc<dyn LeakReports>,
    /// Where mass renewals are kept.
    pub mass_renewals: Arc<dyn MassRenewals>,
    /// Writes callbacks.
    pub messages: CallbackMessages,
    /// Creates and opens secrets.
    pub vault: SecretVault,
    /// Sends callbacks.
    pub callbacks: Arc<dyn CallbackSender>,
    /// Delivers entries through their channels.
    pub outbox: Outbox,
    /// The pace of mails.
    pub mail_rate: MailRate,
    /// Waits for that pace.
    pub timer: Arc<dyn Timer>,
    /// The deployment's parameters.
    pub rules: Rules,
    /// Time and randomness.
    pub context: Context,
}

/// Whether there is time left to start another item.
pub type TimeLeft = dyn Fn() -> bool + Send + Sync;

/// Which shards a run processes: those whose number leaves the remainder `index` when divided by `of`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The number of this run, from 0.
    pub index: u8,
    /// How many runs share the shards.
    pub of: u8,
}

impl Part {
    /// All shards.
    pub const ALL: Self = Self { index: 0, of: 1 };

    /// Whether it works off reports of leaks, which stand in a shard of their own.
    const fn has_reports(self) -> bool {
        self.index == 0
    }

    /// The shards of this part.
    fn shards(self, count: u8) -> impl Iterator<Item = u8> {
        (0..count).filter(move |shard| shard % self.of.max(1) == self.index)
    }
}

impl Sweep {
    /// Processes what is due by now in a part of the shards while there is time left; the rest stays due.
    pub async fn run(&self, part: Part, time_left: &TimeLeft) -> Summary {
        run::Run::new(self, part, time_left).finish().await
    }

    /// The earliest due time after this one.
    pub async fn next_due_after(&self, after: Timestamp) -> Result<Option<Timestamp>, PortError> {
        self.due.next_due_after(after).await
    }
}
