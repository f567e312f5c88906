//! One run of a function: its share of a processor, and its calls.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use keyturn_application::batcher::Batcher;
use keyturn_application::callback_message::CallbackMessages;
use keyturn_application::deliver::{DeliverNew, MailLane};
use keyturn_application::outbox::{Adapters, Outbox};
use keyturn_application::ports::EntryKey;
use keyturn_application::redeem::Redeem;
use keyturn_application::secret_vault::SecretVault;
use keyturn_application::sweep::{MailRate, Sweep};
use keyturn_application::{PortError, Timer};
use keyturn_domain::Timestamp;
use keyturn_domain::ids::TokenId;
use keyturn_domain::token::Token;
use uuid::Uuid;

use super::capacity::Demand;
use super::cloud::{Cloud, context};
use super::services::Delivery;
use crate::function::{BASE_URL, Service};
use crate::lock;

/// Keys of one `BatchGetItem`, as in the adapter.
const READS: usize = 100;

/// Entries of one `PutEvents`.
const EVENTS: usize = 10;

/// Milliseconds below which a throttled call waits for its next attempt. The first are those of the SDK, as it is
/// configured; the others those of the adapter, which repeats throttled transactions by itself.
pub(super) const SDK_WAITS: [i64; 3] = [1_000, 2_000, 4_000];
pub(super) const TRANSACTION_WAITS: [i64; 5] = [100, 300, 900, 2_000, 3_000];

/// A run, which implements the ports.
pub(super) struct Run {
    pub(super) cloud: Arc<Cloud>,
    /// The share of a processor; none if the processor sets no limit.
    share: Option<f64>,
    /// Until when the processor is busy, in microseconds of the clock.
    busy_until: Mutex<f64>,
    pub(super) reads: Batcher<TokenId, Result<Option<Token>, PortError>>,
    pub(super) events: Batcher<Uuid, Result<(), PortError>>,
    /// The keys of the history entries that it wrote.
    pub(super) written: Mutex<Vec<EntryKey>>,
}

/// One call of a service.
pub(super) struct Call {
    pub(super) service: Service,
    pub(super) millis: i64,
    pub(super) demand: Demand,
    /// Waits before it is repeated when it is throttled.
    pub(super) waits: &'static [i64],
}

impl Run {
    /// A run of the scheduled function.
    pub(super) fn scheduled(cloud: &Arc<Cloud>) -> Arc<Self> {
        Self::new(cloud, Some(cloud.parameters.processor()))
    }

    /// A run of an API function, which serves one request.
    pub(super) fn of_request(cloud: &Arc<Cloud>) -> Arc<Self> {
        Self::new(cloud, None)
    }

    fn new(cloud: &Arc<Cloud>, share: Option<f64>) -> Arc<Self> {
        Arc::new(Self {
            cloud: Arc::clone(cloud),
            share,
            busy_until: Mutex::default(),
            reads: Batcher::with_batches(READS, 4),
            events: Batcher::with_batches(EVENTS, 20),
            written: Mutex::default(),
        })
    }

    fn vault(self: &Arc<Self>) -> SecretVault {
        SecretVault::new(self.clone(), context(&self.cloud))
    }

    pub(super) fn sweep(self: &Arc<Self>) -> Sweep {
        let (context, rules) = (context(&self.cloud), self.cloud.rules.clone());
        let messages =
            CallbackMessages { vault: self.vault(), context: context.clone(), base_url: BASE_URL.to_owned() };
        Sweep {
            tokens: self.clone(),
            credentials: self.clone(),
            due: self.clone(),
            reports: self.clone(),
            mass_renewals: self.clone(),
            messages,
            vault: self.vault(),
            callbacks: self.clone(),
            outbox: self.outbox(),
            mail_rate: MailRate::per_second(self.cloud.parameters.mail_pace),
            timer: self.clone(),
            rules,
            context,
        }
    }

    fn outbox(self: &Arc<Self>) -> Outbox {
        Outbox {
            adapters: Adapters::new(|channel| Arc::new(Delivery(self.clone(), channel))),
            due: self.clone(),
            tokens: self.clone(),
            mail_limits: None,
            context: context(&self.cloud),
        }
    }

    /// The function on the table's stream.
    pub(super) fn deliver_new(self: &Arc<Self>) -> DeliverNew {
        DeliverNew { outbox: self.outbox(), mails: MailLane::default() }
    }

    pub(super) fn redeem(self: &Arc<Self>) -> Redeem {
        Redeem {
            tokens: self.clone(),
            history: self.clone(),
            vault: self.vault(),
            rules: self.cloud.rules.clone(),
            context: context(&self.cloud),
        }
    }

    /// Takes this many microseconds of a whole processor, once everything that came before is done.
    pub(super) async fn compute(&self, micros: i64) {
        let Some(share) = self.share else { return };
        let wait = {
            let mut busy_until = lock(&self.busy_until);
            #[expect(clippy::cast_precision_loss, reason = "exact until the year 2255")]
            let (now, micros) = ((self.cloud.millis() * 1_000) as f64, micros as f64);
            *busy_until = busy_until.max(now) + micros / share;
            *busy_until - now
        };
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds of a run")]
        self.cloud.executor.wait_millis((wait / 1_000.0) as i64).await;
    }

    /// Makes a call; `effect` is applied unless the service hangs or throttles it.
    pub(super) async fn call<T>(
        &self,
        call: Call,
        effect: impl FnOnce(&Cloud) -> T + Send,
    ) -> Result<T, PortError> {
        let cloud = &self.cloud;
        self.compute(cloud.parameters.call_micros).await;
        if cloud.hangs(call.service) {
            let limit = match call.service {
                Service::Events => cloud.parameters.events_limit_millis,
                Service::Mail => cloud.parameters.mail_limit_millis,
                Service::Store | Service::Seal | Service::Callback => cloud.parameters.sdk_limit_millis,
            };
            cloud.executor.wait_millis(limit).await;
            cloud.count(|counts| counts.failed += 1);
            return Err(PortError::bare("no answer in time"));
        }
        let mut waits = call.waits.iter();
        loop {
            let is_admitted = cloud.admits(&call.demand);
            cloud.executor.wait_millis(cloud.latency(call.millis)).await;
            if is_admitted {
                return Ok(effect(cloud));
            }
            cloud.count(|counts| counts.throttled += 1);
            let Some(wait) = waits.next() else {
                cloud.count(|counts| counts.failed += 1);
                return Err(PortError::bare("throttled"));
            };
            cloud.executor.wait_millis(cloud.within(0, *wait)).await;
        }
    }
}

#[async_trait]
impl Timer for Run {
    fn elapsed(&self) -> Duration {
        (self.cloud.executor.now() - Timestamp::UNIX_EPOCH).to_std().unwrap_or_default()
    }

    async fn sleep(&self, duration: Duration) {
        // Rounded up: a wait that ended too early would be repeated for ever.
        let millis = i64::try_from(duration.as_micros().div_ceil(1_000)).unwrap_or(i64::MAX);
        self.cloud.executor.wait_millis(millis).await;
    }
}
