//! The store as one invocation sees it.

use std::sync::atomic::Ordering;

use async_trait::async_trait;
use keyturn_application::ports::{
    AnswerKey, AnswerStore, Commit, CommitError, CredentialStore, DueCursor, DuePage, DueStore, EntryKey,
    LeakReport, LeakReports, MassRenewalKey, MassRenewals, OutboxEntry, Page, Paging, PortError,
    RequestTokenHistory, SavedAnswer, SelectedPage, TokenFilter, TokenList, TokenStore,
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

use super::{Invocation, Service::Store};
use crate::lock;
use crate::memory::Memory;

/// First parts of the fault sites of the store.
const CONTENTION: u64 = 0xc0;
const STALE: u64 = 0x57;

#[async_trait]
impl TokenStore for Invocation {
    async fn token(&self, id: TokenId) -> Result<Option<Token>, PortError> {
        self.call(Store, "read token", |world| lock(&world.store).token(id).cloned()).await
    }

    async fn token_and_credential(
        &self,
        token: TokenId,
        credential: TokenId,
    ) -> Result<(Option<Token>, Option<Credential>), PortError> {
        let both = |store: &Memory| (store.token(token).cloned(), store.credential(credential).cloned());
        self.call(Store, "read a token and a credential", |world| both(&lock(&world.store))).await
    }

    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        let number = self.calls.load(Ordering::Relaxed);
        if self.inject(CONTENTION, number, self.world.scenario.fault_rate / 2.0).is_some() {
            // A concurrent transaction on the same item, which need not have succeeded.
            self.fault_count.fetch_add(1, Ordering::Relaxed);
            self.call(Store, "commit, with a conflict", |_| ()).await?;
            return Err(CommitError::Conflict);
        }
        let committed = self.call(Store, "commit", |world| {
            let result = lock(&world.store).commit(commit);
            match &result {
                Ok(()) => {
                    let now = world.executor.now();
                    world.record(5, || crate::invariants::describe(commit));
                    lock(&world.invariants).observe(&lock(&world.store), commit, now);
                    world.due_signal.notify();
                }
                Err(_) => world.record(6, || "conflict: the record has changed".to_owned()),
            }
            result
        });
        committed.await?.map_err(|_| CommitError::Conflict)
    }
}

#[async_trait]
impl CredentialStore for Invocation {
    async fn credential(&self, id: TokenId) -> Result<Option<Credential>, PortError> {
        self.call(Store, "read credential", |world| lock(&world.store).credential(id).cloned()).await
    }

    async fn record_use(&self, id: TokenId, last: LastUse) -> Result<(), PortError> {
        self.call(Store, "record use", |world| lock(&world.store).record_use(id, last)).await
    }
}

#[async_trait]
impl AnswerStore for Invocation {
    async fn saved_answer(&self, key: &AnswerKey) -> Result<Option<SavedAnswer>, PortError> {
        self.call(Store, "read answer", |world| lock(&world.store).saved_answer(key).cloned()).await
    }
}

#[async_trait]
impl TokenList for Invocation {
    async fn list(
        &self,
        company: &CompanyId,
        filter: &TokenFilter,
        paging: Paging,
        now: Timestamp,
    ) -> Result<Page<(TokenSummary, Option<Timestamp>)>, PortError> {
        self.call(Store, "list", |world| lock(&world.store).list(company, filter, paging, now)).await
    }
}

#[async_trait]
impl RequestTokenHistory for Invocation {
    async fn was_issued(&self, series: TokenId, hash: &SecretHash) -> Result<bool, PortError> {
        self.call(Store, "look up a request token", |world| lock(&world.store).was_issued(series, hash)).await
    }

    async fn was_handed_over(&self, series: TokenId, hash: &SecretHash) -> Result<bool, PortError> {
        self.call(Store, "look up a handover", |world| lock(&world.store).was_handed_over(series, hash)).await
    }
}

#[async_trait]
impl LeakReports for Invocation {
    async fn store(&self, report: &LeakReport) -> Result<(), PortError> {
        let stored = self.call(Store, "store report", |world| {
            lock(&world.store).store_report(report);
            world.due_signal.notify();
        });
        stored.await
    }

    async fn due_reports(&self, by: Timestamp) -> Result<Vec<(Timestamp, Uuid)>, PortError> {
        self.call(Store, "query reports", |world| lock(&world.store).due_reports(by)).await
    }

    async fn report(&self, id: Uuid) -> Result<Option<(LeakReport, Failures)>, PortError> {
        self.call(Store, "read report", |world| lock(&world.store).report(id)).await
    }

    async fn finish(&self, report: &LeakReport) -> Result<(), PortError> {
        self.call(Store, "finish report", |world| lock(&world.store).finish_report(report.id)).await
    }

    async fn defer_report(&self, id: Uuid, failures: Failures, until: Timestamp) -> Result<(), PortError> {
        self.call(Store, "defer report", |world| lock(&world.store).defer_report(id, failures, until)).await
    }
}

#[async_trait]
impl DueStore for Invocation {
    fn shards(&self) -> u8 {
        lock(&self.world.store).shards.0
    }

    async fn due(&self, shard: u8, by: Timestamp, from: Option<DueCursor>) -> Result<DuePage, PortError> {
        let number = self.calls.load(Ordering::Relaxed);
        let mut page =
            self.call(Store, "query due", |world| lock(&world.store).due(shard, by, from.as_ref())).await?;
        // The index is eventually consistent: some items are missing from it.
        if let Some(mut rng) = self.inject(STALE, number, self.world.scenario.fault_rate / 5.0) {
            page.items.retain(|_| rng.happens(0.5));
        }
        Ok(page)
    }

    async fn next_due_after(&self, after: Timestamp) -> Result<Option<Timestamp>, PortError> {
        self.call(Store, "query next due", |world| lock(&world.store).next_due_after(after)).await
    }

    async fn outbox_entry(&self, key: &EntryKey) -> Result<Option<OutboxEntry>, PortError> {
        self.call(Store, "read outbox entry", |world| lock(&world.store).outbox_entry(key)).await
    }

    fn entry_key(&self, id: Uuid, entry: &HistoryEntry) -> EntryKey {
        Memory::entry_key(id, entry)
    }

    async fn acknowledge(&self, entry: &OutboxEntry) -> Result<(), PortError> {
        self.call(Store, "acknowledge", |world| lock(&world.store).acknowledge(&entry.key)).await
    }

    async fn reschedule(&self, entry: &OutboxEntry, until: Timestamp) -> Result<(), PortError> {
        self.call(Store, "reschedule", |world| lock(&world.store).reschedule(entry, until)).await
    }

    async fn claim(&self, entry: &OutboxEntry, until: Timestamp) -> Result<bool, PortError> {
        self.call(Store, "claim", |world| lock(&world.store).claim(entry, until)).await
    }

    async fn token_failures(&self, id: TokenId) -> Result<Failures, PortError> {
        self.call(Store, "read failures", |world| lock(&world.store).token_failures(id)).await
    }

    async fn defer_token(
        &self,
        id: TokenId,
        failures: Failures,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<(), PortError> {
        let deferred = self.call(Store, "defer", |world| {
            lock(&world.store).defer_token(id, failures, now, until);
            lock(&world.invariants).step_failed(id, world.executor.now());
        });
        deferred.await
    }
}

#[async_trait]
impl MassRenewals for Invocation {
    async fn mass_renewal(&self, key: &MassRenewalKey) -> Result<Option<MassRenewal>, PortError> {
        self.call(Store, "read mass renewal", |world| lock(&world.store).mass_renewal(key).cloned()).await
    }

    async fn write_mass_renewal(&self, mass: &MassRenewal) -> Result<bool, PortError> {
        let written = self.call(Store, "write mass renewal", |world| {
            world.due_signal.notify();
            lock(&world.store).write_mass_renewal(mass)
        });
        written.await
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
        let selected = self.call(Store, "select", |world| {
            lock(&world.store).select(company, filter, after, until, most, now)
        });
        selected.await
    }
}
