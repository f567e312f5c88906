//! Mass renewals as their callers see them: order, look at, pause, resume, stop. The schedule does the work.

use std::sync::Arc;

use keyturn_domain::Timestamp;
use keyturn_domain::caller::Caller;
use keyturn_domain::ids::TokenId;
use keyturn_domain::mass_renewal::{MassRenewal, MassRenewalId, Order, Selection, StartedBy};
use keyturn_domain::refusal::{Conflict, Refusal};
use keyturn_domain::summary::TokenSummary;
use keyturn_domain::token::Status;
use uuid::Uuid;

use crate::context::Context;
use crate::failure::Failure;
use crate::idempotency::RequestKey;
use crate::ports::{
    self, Bound, MassRenewalKey, MassRenewals, Paging, PortError, SummaryFilter, TokenFilter, TokenSummaries,
};

/// How often a write that lost a race is repeated.
const ATTEMPTS: usize = 10;

/// Says what a mass renewal would do.
pub struct TryRenewals {
    /// Where tokens are read.
    pub summaries: Arc<dyn TokenSummaries>,
    /// The time.
    pub context: Context,
}

/// What a mass renewal would do.
#[derive(Debug, Default)]
pub struct DryRun {
    /// Selected tokens that renew themselves.
    pub selected: u64,
    /// Selected tokens that don't.
    pub unable: Vec<TokenSummary>,
    /// Whether all tokens were looked at.
    pub complete: bool,
}

impl TryRenewals {
    /// Looks at what an order would select, within the budget of a list.
    pub async fn run(&self, caller: &Caller, selection: &Selection) -> Result<DryRun, Failure> {
        let now = self.context.now();
        let (found, complete) = match selection {
            Selection::Ids(ids) => (self.summaries.summaries_of(ids).await?, true),
            Selection::Matching { older_than_days, .. } => {
                let paging = Paging {
                    size: self.summaries.budget(),
                    order: ports::Order::Ascending,
                    bound: Some(Bound::StartingAfter(Uuid::nil())),
                };
                let until = until(*older_than_days, now);
                let filter = SummaryFilter {
                    listed: filter(selection),
                    not_ended_before: now,
                    wanted: &|token, _| token.created_at <= until,
                };
                let page = self.summaries.summaries(caller.company(), &filter, paging, now).await?;
                (page.items, page.next.is_none())
            }
        };
        let mut dry_run = DryRun { complete, ..DryRun::default() };
        for (token, _) in found {
            if token.company == *caller.company() && token.is_current(now) {
                if token.auto_renewal.is_some() {
                    dry_run.selected += 1;
                } else {
                    dry_run.unable.push(token);
                }
            }
        }
        Ok(dry_run)
    }
}

/// Orders mass renewals of the caller's company's tokens.
pub struct StartRenewals {
    /// Where they are kept.
    pub mass_renewals: Arc<dyn MassRenewals>,
    /// Time and randomness.
    pub context: Context,
}

impl StartRenewals {
    /// Orders a mass renewal. The same request with the same key orders one.
    pub async fn order(
        &self,
        caller: &Caller,
        order: Order,
        key: Option<RequestKey>,
    ) -> Result<MassRenewal, Failure> {
        let now = self.context.now();
        let latest = match order.selection {
            Selection::Matching { older_than_days: Some(days), .. } => last_id_of(until(Some(days), now)),
            _ => self.context.fresh_id(),
        };
        let id = key.map_or_else(|| self.context.fresh_id(), |key| named(caller, key));
        let started_by = StartedBy::of(caller);
        let ids = (MassRenewalId::new(id), TokenId::new(latest));
        let mut mass = MassRenewal::new(ids, caller.company().clone(), started_by, order, now);
        mass.fingerprint = key.map(|key| key.fingerprint);
        if self.mass_renewals.write_mass_renewal(&mass).await? {
            return Ok(mass);
        }
        let before = self.get(caller, mass.id).await?;
        if before.fingerprint == mass.fingerprint { Ok(before) } else { Err(Refusal::KeyReused.into()) }
    }

    /// A mass renewal as it stands.
    pub async fn get(&self, caller: &Caller, id: MassRenewalId) -> Result<MassRenewal, Failure> {
        let key = MassRenewalKey { company: caller.company().clone(), id };
        let found = self.mass_renewals.mass_renewal(&key).await?;
        found.ok_or_else(|| Refusal::NotFound("mass renewal").into())
    }

    /// Changes one, unless it stands like that already.
    pub async fn change(
        &self,
        caller: &Caller,
        id: MassRenewalId,
        change: impl Fn(&MassRenewal, Timestamp) -> Result<Option<MassRenewal>, Conflict> + Send + Sync,
    ) -> Result<MassRenewal, Failure> {
        for _ in 0..ATTEMPTS {
            let before = self.get(caller, id).await?;
            let changed = change(&before, self.context.now()).map_err(Refusal::Conflict)?;
            let Some(after) = changed else { return Ok(before) };
            if self.mass_renewals.write_mass_renewal(&after).await? {
                return Ok(after);
            }
        }
        Err(PortError::bare("too many others are changing the same mass renewal").into())
    }
}

/// The filter of a selection that names no tokens.
pub(crate) fn filter(selection: &Selection) -> TokenFilter {
    let active = TokenFilter { status: Some(Status::Active), ..TokenFilter::default() };
    match selection {
        Selection::Matching { application, search, .. } => {
            TokenFilter { application: application.clone(), search: search.clone(), ..active }
        }
        Selection::Ids(_) => active,
    }
}

/// The latest creation of a selected token.
fn until(older_than_days: Option<u32>, now: Timestamp) -> Timestamp {
    older_than_days.map_or(now, |days| now - chrono::TimeDelta::days(days.into()))
}

/// The last id of a token that was created by then.
fn last_id_of(moment: Timestamp) -> Uuid {
    let millis = u64::try_from(moment.timestamp_millis()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &[0xff; 10]).into_uuid()
}

/// The id that an idempotency key of a caller stands for.
fn named(caller: &Caller, key: RequestKey) -> Uuid {
    let mut bytes = [0; 16];
    for (byte, (one, other)) in
        bytes.iter_mut().zip(key.hash.iter().zip(caller.answers_id().uuid().as_bytes().iter().cycle()))
    {
        *byte = one ^ other;
    }
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
