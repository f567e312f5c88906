//! Two stores behind one port: every call goes to both, and their answers must be equal.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use keyturn_application::ports::{
    AnswerKey, AnswerStore, Commit, CommitError, CredentialStore, DeliveryFilter, DueCursor, DueItem,
    DuePage, DueStore, EntryKey, History, LeakReport, LeakReports, MassRenewalKey, MassRenewals, OutboxEntry,
    Page, Paging, PortError, RequestTokenHistory, SavedAnswer, SelectedPage, TokenFilter, TokenList,
    TokenStore,
};
use keyturn_domain::Timestamp;
use keyturn_domain::backoff::Failures;
use keyturn_domain::credential::Credential;
use keyturn_domain::history::HistoryEntry;
use keyturn_domain::ids::{CompanyId, TokenId};
use keyturn_domain::leak::LastUse;
use keyturn_domain::mass_renewal::MassRenewal;
use keyturn_domain::secret::SecretHash;
use keyturn_domain::summary::TokenSummary;
use keyturn_domain::token::Token;
use keyturn_dynamodb::Table;
use keyturn_simulation::memory::MemoryTable;
use uuid::Uuid;

/// The adapter, the store in memory, and what was committed.
pub(crate) struct Both {
    pub(crate) table: Table,
    pub(crate) memory: MemoryTable,
    pub(crate) commits: Mutex<Vec<Commit>>,
    /// Commits that have begun, but those that were in conflict.
    pub(crate) begun: AtomicUsize,
}

/// The answer of the adapter, if the other store gives it too. While another lane of the schedule commits, one store may
/// already hold what the other does not yet.
macro_rules! same {
    ($self:ident, $call:ident($($argument:expr),*)) => {{
        let committed = $self.commits.lock().unwrap().len();
        let (table, memory) = ($self.table.$call($($argument),*).await?, $self.memory.$call($($argument),*).await?);
        if $self.begun.load(Ordering::Relaxed) == committed {
            assert_eq!(table, memory, "{}", stringify!($call($($argument),*)));
        }
        Ok(table)
    }};
}

#[async_trait]
impl TokenStore for Both {
    async fn token(&self, id: TokenId) -> Result<Option<Token>, PortError> {
        same!(self, token(id))
    }

    async fn token_and_credential(
        &self,
        token: TokenId,
        credential: TokenId,
    ) -> Result<(Option<Token>, Option<Credential>), PortError> {
        same!(self, token_and_credential(token, credential))
    }

    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        self.begun.fetch_add(1, Ordering::Relaxed);
        let (table, memory) = (self.table.commit(commit).await, self.memory.commit(commit).await);
        match (&table, &memory) {
            (Ok(()), Ok(())) => self.commits.lock().unwrap().push(commit.clone()),
            (Err(CommitError::Conflict), Err(CommitError::Conflict)) => {
                self.begun.fetch_sub(1, Ordering::Relaxed);
            }
            other => panic!("{other:?} for {commit:?}"),
        }
        table
    }
}

#[async_trait]
impl CredentialStore for Both {
    async fn credential(&self, id: TokenId) -> Result<Option<Credential>, PortError> {
        same!(self, credential(id))
    }

    async fn record_use(&self, id: TokenId, last: LastUse) -> Result<(), PortError> {
        same!(self, record_use(id, last))
    }
}

#[async_trait]
impl AnswerStore for Both {
    async fn saved_answer(&self, key: &AnswerKey) -> Result<Option<SavedAnswer>, PortError> {
        same!(self, saved_answer(key))
    }
}

#[async_trait]
impl TokenList for Both {
    async fn list(
        &self,
        company: &CompanyId,
        filter: &TokenFilter,
        paging: Paging,
        now: Timestamp,
    ) -> Result<Page<(TokenSummary, Option<Timestamp>)>, PortError> {
        same!(self, list(company, filter, paging, now))
    }
}

#[async_trait]
impl History for Both {
    async fn activities(
        &self,
        token: &Token,
        paging: Paging,
    ) -> Result<Page<(Uuid, HistoryEntry)>, PortError> {
        same!(self, activities(token, paging))
    }

    async fn deliveries(
        &self,
        company: &CompanyId,
        filter: &DeliveryFilter,
        paging: Paging,
    ) -> Result<Page<(Uuid, HistoryEntry)>, PortError> {
        same!(self, deliveries(company, filter, paging))
    }

    async fn delivery(&self, company: &CompanyId, id: Uuid) -> Result<Option<HistoryEntry>, PortError> {
        same!(self, delivery(company, id))
    }
}

#[async_trait]
impl RequestTokenHistory for Both {
    async fn was_issued(&self, series: TokenId, hash: &SecretHash) -> Result<bool, PortError> {
        same!(self, was_issued(series, hash))
    }

    async fn was_handed_over(&self, series: TokenId, hash: &SecretHash) -> Result<bool, PortError> {
        same!(self, was_handed_over(series, hash))
    }
}

#[async_trait]
impl LeakReports for Both {
    async fn store(&self, report: &LeakReport) -> Result<(), PortError> {
        same!(self, store(report))
    }

    async fn due_reports(&self, by: Timestamp) -> Result<Vec<(Timestamp, Uuid)>, PortError> {
        let (mut table, memory) = (self.table.due_reports(by).await?, self.memory.due_reports(by).await?);
        table.sort_unstable();
        assert_eq!(table, memory);
        Ok(table)
    }

    async fn report(&self, id: Uuid) -> Result<Option<(LeakReport, Failures)>, PortError> {
        same!(self, report(id))
    }

    async fn finish(&self, report: &LeakReport) -> Result<(), PortError> {
        same!(self, finish(report))
    }

    async fn defer_report(&self, id: Uuid, failures: Failures, until: Timestamp) -> Result<(), PortError> {
        same!(self, defer_report(id, failures, until))
    }
}

#[async_trait]
impl DueStore for Both {
    fn shards(&self) -> u8 {
        assert_eq!(self.table.shards(), self.memory.shards());
        self.table.shards()
    }

    /// What is due at the same moment has no order.
    async fn due(&self, shard: u8, by: Timestamp, from: Option<DueCursor>) -> Result<DuePage, PortError> {
        let cursors = from.map(|DueCursor(both)| *both.downcast::<[DueCursor; 2]>().unwrap());
        let [of_table, of_memory] = cursors.map_or([None, None], |cursors| cursors.map(Some));
        let table = self.table.due(shard, by, of_table).await?;
        let memory = self.memory.due(shard, by, of_memory).await?;
        let moments = |page: &DuePage| page.items.iter().map(|(at, _)| *at).collect::<Vec<_>>();
        assert_eq!(moments(&table), moments(&memory));
        assert_eq!(table.next.is_some(), memory.next.is_some());
        // The last moment of a page may go on on the next one.
        let last = table.items.last().map(|(at, _)| *at).filter(|_| table.next.is_some());
        let sorted = |page: &DuePage| {
            let items = page.items.iter().filter(|(at, _)| Some(*at) != last);
            let mut items: Vec<_> = items.map(|(at, item)| (*at, text(item))).collect();
            items.sort();
            items
        };
        assert_eq!(sorted(&table), sorted(&memory));
        assert_eq!(table.malformed, 0);
        let next = table.next.zip(memory.next).map(|(table, memory)| DueCursor(Box::new([table, memory])));
        Ok(DuePage { next, ..table })
    }

    async fn next_due_after(&self, after: Timestamp) -> Result<Option<Timestamp>, PortError> {
        same!(self, next_due_after(after))
    }

    async fn outbox_entry(&self, key: &EntryKey) -> Result<Option<OutboxEntry>, PortError> {
        same!(self, outbox_entry(key))
    }

    fn entry_key(&self, id: Uuid, entry: &HistoryEntry) -> EntryKey {
        let key = self.table.entry_key(id, entry);
        assert_eq!(key, self.memory.entry_key(id, entry));
        key
    }

    async fn acknowledge(&self, entry: &OutboxEntry) -> Result<(), PortError> {
        same!(self, acknowledge(entry))
    }

    async fn reschedule(&self, entry: &OutboxEntry, until: Timestamp) -> Result<(), PortError> {
        same!(self, reschedule(entry, until))
    }

    async fn claim(&self, entry: &OutboxEntry, until: Timestamp) -> Result<bool, PortError> {
        same!(self, claim(entry, until))
    }

    async fn token_failures(&self, id: TokenId) -> Result<Failures, PortError> {
        same!(self, token_failures(id))
    }

    async fn defer_token(
        &self,
        id: TokenId,
        failures: Failures,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<(), PortError> {
        same!(self, defer_token(id, failures, now, until))
    }
}

fn text(item: &DueItem) -> String {
    format!("{item:?}")
}

#[async_trait]
impl MassRenewals for Both {
    async fn mass_renewal(&self, key: &MassRenewalKey) -> Result<Option<MassRenewal>, PortError> {
        same!(self, mass_renewal(key))
    }

    async fn write_mass_renewal(&self, mass: &MassRenewal) -> Result<bool, PortError> {
        same!(self, write_mass_renewal(mass))
    }

    async fn select(
        &self,
        company: &CompanyId,
        filter: &TokenFilter,
        after: Option<TokenId>,
        until: TokenId,
        most: usize,
        now: Timestamp,
    ) -> Result<SelectedPage, PortError> {
        same!(self, select(company, filter, after, until, most, now))
    }
}
