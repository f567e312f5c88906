//! DynamoDB as a run sees it.

use async_trait::async_trait;
use futures::future::try_join_all;
use keyturn_application::PortError;
use keyturn_application::ports::{
    Commit, CommitError, CredentialStore, DueCursor, DuePage, DueStore, EntryKey, LeakReport, LeakReports,
    MassRenewalKey, MassRenewals, OutboxEntry, RequestTokenHistory, SelectedPage, TokenFilter, TokenStore,
};
use keyturn_domain::Timestamp;
use keyturn_domain::backoff::Failures;
use keyturn_domain::credential::Credential;
use keyturn_domain::history::HistoryEntry;
use keyturn_domain::ids::{CompanyId, TokenId};
use keyturn_domain::leak::LastUse;
use keyturn_domain::mass_renewal::MassRenewal;
use keyturn_domain::secret::SecretHash;
use keyturn_domain::token::Token;
use uuid::Uuid;

use super::capacity::{Demand, Resource};
use super::run::{Call, Run, SDK_WAITS, TRANSACTION_WAITS};
use super::units;
use crate::function::Service::Store;
use crate::lock;
use crate::memory::{Memory, Shards};

impl Run {
    fn shard_of(&self, token: TokenId) -> u8 {
        Shards(self.cloud.parameters.shards).of(token)
    }

    /// A read of this many units.
    async fn read<T>(&self, units: f64, read: impl FnOnce(&Memory) -> T + Send) -> Result<T, PortError> {
        #[expect(clippy::cast_possible_truncation, reason = "a batch has at most 100 keys")]
        let millis = self.cloud.parameters.read_millis + (units / 5.0) as i64;
        self.cloud.count(|counts| counts.read_units += units);
        let call = Call { service: Store, millis, demand: Demand::new(), waits: &SDK_WAITS };
        self.call(call, |cloud| read(&lock(&cloud.memory))).await
    }

    async fn update<T>(
        &self,
        demand: Demand,
        update: impl FnOnce(&mut Memory) -> T + Send,
    ) -> Result<T, PortError> {
        let millis = self.cloud.parameters.transaction_millis / 2;
        let units = units::total(&demand);
        let call = Call { service: Store, millis, demand, waits: &SDK_WAITS };
        let updated = self.call(call, |cloud| {
            cloud.count(|counts| counts.write_units += units);
            update(&mut lock(&cloud.memory))
        });
        updated.await
    }

    async fn read_tokens(&self, ids: Vec<TokenId>) -> Vec<Result<Option<Token>, PortError>> {
        let units = u32::try_from(ids.len()).map_or(f64::MAX, f64::from);
        let read = self.read(units, |memory| ids.iter().map(|id| memory.token(*id).cloned()).collect());
        let tokens: Result<Vec<_>, _> = read.await;
        self.compute(self.cloud.parameters.item_micros * i64::try_from(ids.len()).unwrap_or_default()).await;
        match tokens {
            Ok(tokens) => tokens.into_iter().map(Ok).collect(),
            Err(_) => ids.iter().map(|_| Err(PortError::bare("tokens cannot be read"))).collect(),
        }
    }
}

#[async_trait]
impl TokenStore for Run {
    async fn token(&self, id: TokenId) -> Result<Option<Token>, PortError> {
        let read = self.reads.call(id, |ids| self.read_tokens(ids)).await;
        read.unwrap_or(Err(PortError::bare("the batched read was cancelled")))
    }

    async fn token_and_credential(
        &self,
        token: TokenId,
        credential: TokenId,
    ) -> Result<(Option<Token>, Option<Credential>), PortError> {
        let both = |memory: &Memory| (memory.token(token).cloned(), memory.credential(credential).cloned());
        self.read(2.0, both).await
    }

    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        let demand = units::of_commit(commit, |token| self.shard_of(token));
        let units = units::total(&demand);
        let millis = self.cloud.parameters.transaction_millis;
        let call = Call { service: Store, millis, demand, waits: &TRANSACTION_WAITS };
        let committed = self.call(call, |cloud| {
            cloud.count(|counts| counts.write_units += units);
            let committed = lock(&cloud.memory).commit(commit);
            if committed.is_ok() {
                lock(&cloud.watch).committed(commit, cloud.millis());
                let entry = commit.change.entry.as_ref();
                lock(&self.written).extend(entry.map(|entry| Memory::entry_key(commit.entry_id, entry)));
            }
            committed
        });
        committed.await?.map_err(|_| CommitError::Conflict)
    }
}

#[async_trait]
impl CredentialStore for Run {
    async fn credential(&self, id: TokenId) -> Result<Option<Credential>, PortError> {
        self.read(1.0, |memory| memory.credential(id).cloned()).await
    }

    async fn record_use(&self, id: TokenId, last: LastUse) -> Result<(), PortError> {
        self.update(vec![(Resource::Table, 1.0)], |memory| memory.record_use(id, last)).await
    }
}

#[async_trait]
impl RequestTokenHistory for Run {
    async fn was_issued(&self, series: TokenId, hash: &SecretHash) -> Result<bool, PortError> {
        self.read(1.0, |memory| memory.was_issued(series, hash)).await
    }

    async fn was_handed_over(&self, series: TokenId, hash: &SecretHash) -> Result<bool, PortError> {
        self.read(1.0, |memory| memory.was_handed_over(series, hash)).await
    }
}

#[async_trait]
impl LeakReports for Run {
    async fn store(&self, report: &LeakReport) -> Result<(), PortError> {
        let units = f64::from(u32::try_from(1 + report.strings.len() / 8).unwrap_or(u32::MAX));
        self.update(vec![(Resource::Table, units)], |memory| memory.store_report(report)).await
    }

    async fn due_reports(&self, by: Timestamp) -> Result<Vec<(Timestamp, Uuid)>, PortError> {
        self.read(0.5, |memory| memory.due_reports(by)).await
    }

    async fn report(&self, id: Uuid) -> Result<Option<(LeakReport, Failures)>, PortError> {
        self.read(2.0, |memory| memory.report(id)).await
    }

    async fn finish(&self, report: &LeakReport) -> Result<(), PortError> {
        self.update(vec![(Resource::Table, 2.0)], |memory| memory.finish_report(report.id)).await
    }

    async fn defer_report(&self, id: Uuid, failures: Failures, until: Timestamp) -> Result<(), PortError> {
        let units = vec![(Resource::Table, 2.0)];
        self.update(units, |memory| memory.defer_report(id, failures, until)).await
    }
}

#[async_trait]
impl DueStore for Run {
    fn shards(&self) -> u8 {
        self.cloud.parameters.shards
    }

    async fn due(&self, shard: u8, by: Timestamp, from: Option<DueCursor>) -> Result<DuePage, PortError> {
        let page = self.read(0.0, |memory| memory.due(shard, by, from.as_ref())).await?;
        self.cloud.count(|counts| counts.read_units += units::of_page(page.items.len()));
        let items = i64::try_from(page.items.len()).unwrap_or_default();
        self.compute(self.cloud.parameters.item_micros * items).await;
        Ok(page)
    }

    async fn next_due_after(&self, after: Timestamp) -> Result<Option<Timestamp>, PortError> {
        self.read(0.5, |memory| memory.next_due_after(after)).await
    }

    async fn outbox_entry(&self, key: &EntryKey) -> Result<Option<OutboxEntry>, PortError> {
        self.read(1.0, |memory| memory.outbox_entry(key)).await
    }

    async fn outbox_entries(&self, keys: &[EntryKey]) -> Vec<Result<Option<OutboxEntry>, PortError>> {
        let units = u32::try_from(keys.len()).map_or(f64::MAX, f64::from);
        let read = self.read(units, |memory| keys.iter().map(|key| memory.outbox_entry(key)).collect());
        let entries: Result<Vec<_>, _> = read.await;
        match entries {
            Ok(entries) => entries.into_iter().map(Ok).collect(),
            Err(_) => keys.iter().map(|_| Err(PortError::bare("entries cannot be read"))).collect(),
        }
    }

    fn entry_key(&self, id: Uuid, entry: &HistoryEntry) -> EntryKey {
        Memory::entry_key(id, entry)
    }

    async fn acknowledge(&self, entry: &OutboxEntry) -> Result<(), PortError> {
        let demand = units::of_update(&entry.key, self.shard_of(entry.entry.token), 1.0);
        self.update(demand, |memory| memory.acknowledge(&entry.key)).await
    }

    /// One call takes them all, but a busy partition only what it has room for: each as if it were alone.
    async fn acknowledge_new(&self, entries: &[OutboxEntry]) -> Result<(), PortError> {
        let each = entries.iter().map(|entry| self.acknowledge(entry));
        try_join_all(each).await.map(|_| ())
    }

    async fn reschedule(&self, entry: &OutboxEntry, until: Timestamp) -> Result<(), PortError> {
        let demand = units::of_update(&entry.key, self.shard_of(entry.entry.token), 2.0);
        self.update(demand, |memory| memory.reschedule(entry, until)).await
    }

    async fn claim(&self, entry: &OutboxEntry, until: Timestamp) -> Result<bool, PortError> {
        let demand = units::of_update(&entry.key, self.shard_of(entry.entry.token), 2.0);
        self.update(demand, |memory| memory.claim(entry, until)).await
    }

    async fn token_failures(&self, id: TokenId) -> Result<Failures, PortError> {
        self.read(1.0, |memory| memory.token_failures(id)).await
    }

    async fn defer_token(
        &self,
        id: TokenId,
        failures: Failures,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<(), PortError> {
        let demand = vec![(Resource::Table, 1.0), (Resource::Due(self.shard_of(id)), 2.0)];
        self.update(demand, |memory| memory.defer_token(id, failures, now, until)).await
    }
}

#[async_trait]
impl MassRenewals for Run {
    async fn mass_renewal(&self, key: &MassRenewalKey) -> Result<Option<MassRenewal>, PortError> {
        self.read(1.0, |memory| memory.mass_renewal(key).cloned()).await
    }

    async fn write_mass_renewal(&self, mass: &MassRenewal) -> Result<bool, PortError> {
        let shard = self.shard_of(TokenId::new(mass.id.uuid()));
        let demand = vec![(Resource::Table, 1.0), (Resource::Due(shard), 2.0)];
        self.update(demand, |memory| memory.write_mass_renewal(mass)).await
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
        // Some 180 bytes of the index for each.
        let units = u32::try_from(most).map_or(f64::MAX, f64::from) / 40.0;
        self.read(units, |memory| memory.select(company, filter, after, until, most, now)).await
    }
}
