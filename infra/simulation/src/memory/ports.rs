//! The store behind the ports, without faults: the reference for the DynamoDB adapter's model test.

use std::sync::Mutex;

use async_trait::async_trait;
use keyturn_application::ports::{
    AnswerKey, AnswerStore, Commit, CommitError, CredentialStore, DeliveryFilter, DueCursor, DuePage,
    DueStore, EntryKey, History, LeakReport, LeakReports, MassRenewalKey, MassRenewals, OutboxEntry, Page,
    Paging, PortError, RequestTokenHistory, SavedAnswer, SelectedPage, TokenFilter, TokenList, TokenStore,
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
use uuid::Uuid;

use super::Memory;
use crate::lock;

/// The store as the use cases see it.
#[derive(Debug, Default)]
pub struct MemoryTable(Mutex<Memory>);

#[async_trait]
impl TokenStore for MemoryTable {
    async fn token(&self, id: TokenId) -> Result<Option<Token>, PortError> {
        Ok(lock(&self.0).token(id).cloned())
    }

    async fn token_and_credential(
        &self,
        token: TokenId,
        credential: TokenId,
    ) -> Result<(Option<Token>, Option<Credential>), PortError> {
        let memory = lock(&self.0);
        Ok((memory.token(token).cloned(), memory.credential(credential).cloned()))
    }

    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        lock(&self.0).commit(commit).map_err(|_| CommitError::Conflict)
    }
}

#[async_trait]
impl CredentialStore for MemoryTable {
    async fn credential(&self, id: TokenId) -> Result<Option<Credential>, PortError> {
        Ok(lock(&self.0).credential(id).cloned())
    }

    async fn record_use(&self, id: TokenId, last: LastUse) -> Result<(), PortError> {
        lock(&self.0).record_use(id, last);
        Ok(())
    }
}

#[async_trait]
impl AnswerStore for MemoryTable {
    async fn saved_answer(&self, key: &AnswerKey) -> Result<Option<SavedAnswer>, PortError> {
        Ok(lock(&self.0).saved_answer(key).cloned())
    }
}

#[async_trait]
impl TokenList for MemoryTable {
    async fn list(
        &self,
        company: &CompanyId,
        filter: &TokenFilter,
        paging: Paging,
        now: Timestamp,
    ) -> Result<Page<(TokenSummary, Option<Timestamp>)>, PortError> {
        Ok(lock(&self.0).list(company, filter, paging, now))
    }
}

#[async_trait]
impl History for MemoryTable {
    async fn activities(
        &self,
        token: &Token,
        paging: Paging,
    ) -> Result<Page<(Uuid, HistoryEntry)>, PortError> {
        Ok(lock(&self.0).activities(token, paging))
    }

    async fn deliveries(
        &self,
        company: &CompanyId,
        filter: &DeliveryFilter,
        paging: Paging,
    ) -> Result<Page<(Uuid, HistoryEntry)>, PortError> {
        Ok(lock(&self.0).deliveries(company, filter, paging))
    }

    async fn delivery(&self, company: &CompanyId, id: Uuid) -> Result<Option<HistoryEntry>, PortError> {
        Ok(lock(&self.0).delivery(company, id))
    }
}

#[async_trait]
impl RequestTokenHistory for MemoryTable {
    async fn was_issued(&self, series: TokenId, hash: &SecretHash) -> Result<bool, PortError> {
        Ok(lock(&self.0).was_issued(series, hash))
    }

    async fn was_handed_over(&self, series: TokenId, hash: &SecretHash) -> Result<bool, PortError> {
        Ok(lock(&self.0).was_handed_over(series, hash))
    }
}

#[async_trait]
impl LeakReports for MemoryTable {
    async fn store(&self, report: &LeakReport) -> Result<(), PortError> {
        lock(&self.0).store_report(report);
        Ok(())
    }

    async fn due_reports(&self, by: Timestamp) -> Result<Vec<(Timestamp, Uuid)>, PortError> {
        Ok(lock(&self.0).due_reports(by))
    }

    async fn report(&self, id: Uuid) -> Result<Option<(LeakReport, Failures)>, PortError> {
        Ok(lock(&self.0).report(id))
    }

    async fn finish(&self, report: &LeakReport) -> Result<(), PortError> {
        lock(&self.0).finish_report(report.id);
        Ok(())
    }

    async fn defer_report(&self, id: Uuid, failures: Failures, until: Timestamp) -> Result<(), PortError> {
        lock(&self.0).defer_report(id, failures, until);
        Ok(())
    }
}

#[async_trait]
impl DueStore for MemoryTable {
    fn shards(&self) -> u8 {
        lock(&self.0).shards.0
    }

    async fn due(&self, shard: u8, by: Timestamp, from: Option<DueCursor>) -> Result<DuePage, PortError> {
        Ok(lock(&self.0).due(shard, by, from.as_ref()))
    }

    async fn next_due_after(&self, after: Timestamp) -> Result<Option<Timestamp>, PortError> {
        Ok(lock(&self.0).next_due_after(after))
    }

    async fn outbox_entry(&self, key: &EntryKey) -> Result<Option<OutboxEntry>, PortError> {
        Ok(lock(&self.0).outbox_entry(key))
    }

    fn entry_key(&self, id: Uuid, entry: &HistoryEntry) -> EntryKey {
        Memory::entry_key(id, entry)
    }

    async fn acknowledge(&self, entry: &OutboxEntry) -> Result<(), PortError> {
        lock(&self.0).acknowledge(&entry.key);
        Ok(())
    }

    async fn reschedule(&self, entry: &OutboxEntry, until: Timestamp) -> Result<(), PortError> {
        lock(&self.0).reschedule(entry, until);
        Ok(())
    }

    async fn claim(&self, entry: &OutboxEntry, until: Timestamp) -> Result<bool, PortError> {
        Ok(lock(&self.0).claim(entry, until))
    }

    async fn token_failures(&self, id: TokenId) -> Result<Failures, PortError> {
        Ok(lock(&self.0).token_failures(id))
    }

    async fn defer_token(
        &self,
        id: TokenId,
        failures: Failures,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<(), PortError> {
        lock(&self.0).defer_token(id, failures, now, until);
        Ok(())
    }
}

#[async_trait]
impl MassRenewals for MemoryTable {
    async fn mass_renewal(&self, key: &MassRenewalKey) -> Result<Option<MassRenewal>, PortError> {
        Ok(lock(&self.0).mass_renewal(key).cloned())
    }

    async fn write_mass_renewal(&self, mass: &MassRenewal) -> Result<bool, PortError> {
        Ok(lock(&self.0).write_mass_renewal(mass))
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
        Ok(lock(&self.0).select(company, filter, after, until, most, now))
    }
}
