//! KMS, EventBridge, SES and callback receivers as a run sees them.

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::ports::{
    CallbackMessage, CallbackSender, Deliver, DeliveryOutcome, OutboxEntry, PortError, SealContext, Sealer,
};
use keyturn_application::{Clock as _, Failure};
use keyturn_domain::channel::Channel;
use keyturn_domain::delivery::{self, DeliveryReport, FailureClass};
use keyturn_domain::ids::TokenId;
use keyturn_domain::secret::Sealed;
use uuid::Uuid;

use super::capacity::Resource;
use super::cloud::Cloud;
use super::load::HANGS;
use super::run::{Call, Run, SDK_WAITS};
use crate::function::Service;
use crate::lock;

/// Attempts of a client to redeem, 10 seconds apart.
const REDEMPTIONS: u32 = 30;

impl Run {
    async fn kms<T>(&self, effect: impl FnOnce() -> T + Send) -> Result<T, PortError> {
        let millis = self.cloud.parameters.kms_millis;
        let demand = vec![(Resource::Keys, 1.0)];
        self.cloud.count(|counts| counts.kms += 1);
        self.call(Call { service: Service::Seal, millis, demand, waits: &SDK_WAITS }, |_| effect()).await
    }

    async fn put_events(&self, ids: Vec<Uuid>) -> Vec<Result<(), PortError>> {
        let millis = self.cloud.parameters.events_millis;
        let events = u32::try_from(ids.len()).unwrap_or(u32::MAX);
        let demand = vec![(Resource::Events, f64::from(events))];
        let call = Call { service: Service::Events, millis, demand, waits: &SDK_WAITS };
        let put = self.call(call, |cloud| {
            cloud.count(|counts| {
                counts.put_events += 1;
                counts.events += u64::from(events);
            });
            let mut watch = lock(&cloud.watch);
            ids.iter().for_each(|id| watch.delivered(*id, Channel::Event, cloud.millis()));
        });
        let is_put = put.await.is_ok();
        let result = |_| if is_put { Ok(()) } else { Err(PortError::bare("an event was not accepted")) };
        ids.iter().map(result).collect()
    }

    async fn send_mail(&self, id: Uuid) -> Result<(), PortError> {
        let millis = self.cloud.parameters.mail_millis;
        let demand = vec![(Resource::Mails, 1.0)];
        let call = Call { service: Service::Mail, millis, demand, waits: &[] };
        let sent = self.call(call, |cloud| {
            cloud.count(|counts| counts.mails += 1);
            lock(&cloud.watch).delivered(id, Channel::Mail, cloud.millis());
        });
        sent.await
    }
}

#[async_trait]
impl Sealer for Run {
    async fn seal(&self, _: &SealContext, text: &str) -> Result<Sealed, PortError> {
        let sealed = Sealed::new(text.as_bytes().to_vec());
        self.kms(|| sealed).await
    }

    async fn open(&self, _: &SealContext, sealed: &Sealed) -> Result<String, PortError> {
        let opened = String::from_utf8_lossy(sealed.as_bytes()).into_owned();
        self.kms(|| opened).await
    }
}

/// A delivery channel as one run sees it.
pub(super) struct Delivery(pub(super) Arc<Run>, pub(super) Channel);

#[async_trait]
impl Deliver for Delivery {
    async fn deliver(&self, entry: &OutboxEntry) -> Result<DeliveryOutcome, PortError> {
        let Self(run, channel) = self;
        match channel {
            Channel::Event => {
                let put = run.events.call(entry.id, |ids| run.put_events(ids)).await;
                put.unwrap_or(Err(PortError::bare("the batch was cancelled")))?;
            }
            Channel::Mail => run.send_mail(entry.id).await?,
        }
        Ok(DeliveryOutcome::Delivered)
    }
}

#[async_trait]
impl CallbackSender for Run {
    /// A receiver hangs or answers 200; in that case its client redeems soon after.
    async fn send(&self, message: &CallbackMessage) -> DeliveryReport {
        let cloud = &self.cloud;
        let (at, start) = (cloud.now(), cloud.millis());
        self.compute(cloud.parameters.callback_micros).await;
        cloud.count(|counts| counts.callbacks += 1);
        let received = read(&message.body.0);
        if let Some((token, _)) = &received {
            lock(&cloud.watch).called(*token, cloud.millis());
        }
        lock(&cloud.watch).calling(true);
        let outcome = if message.url.as_str().ends_with(HANGS) {
            cloud.executor.wait_millis(cloud.parameters.callback_limit_millis).await;
            Err(delivery::Failure { class: FailureClass::Timeout, status: None, retry_after: None })
        } else {
            cloud.executor.wait_millis(cloud.latency(cloud.parameters.callback_millis)).await;
            if let Some((token, request_token)) = received {
                cloud.executor.spawn(redeem(Arc::clone(cloud), token, request_token));
            }
            Ok(200)
        };
        lock(&cloud.watch).calling(false);
        let duration_ms = (cloud.millis() - start).unsigned_abs();
        DeliveryReport { at, duration_ms, outcome }
    }
}

/// The token and the request token of a callback.
fn read(body: &str) -> Option<(TokenId, String)> {
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    let text = |name: &str| body["data"][name].as_str();
    Some((text("tokenId")?.parse().ok()?, text("requestToken")?.to_owned()))
}

/// A client uses what it was handed, or the schedule would hand it over again.
fn use_successor(cloud: &Cloud, token: TokenId) {
    let now = cloud.now();
    let mut memory = lock(&cloud.memory);
    if let Some(renewed) = memory.token(token).and_then(|token| token.renewed) {
        memory.record_use(renewed.by, now.into());
    }
}

/// The receiver's client redeems its request token.
async fn redeem(cloud: Arc<Cloud>, token: TokenId, request_token: String) {
    cloud.executor.wait_millis(cloud.latency(cloud.parameters.redemption_millis)).await;
    for _ in 0..REDEMPTIONS {
        let Some(caller) = lock(&cloud.memory).credential(token).cloned() else { return };
        let run = Run::of_request(&cloud);
        match run.redeem().run(&caller, &request_token, None, None).await {
            Err(Failure::Broken(_)) => cloud.executor.wait_millis(10_000).await,
            Ok(_) => {
                use_successor(&cloud, token);
                cloud.executor.wait_millis(cloud.latency(cloud.parameters.stream_millis)).await;
                let written = std::mem::take(&mut *lock(&run.written));
                Run::of_request(&cloud).deliver_new().run(written, &|| true).await;
                return;
            }
            Err(Failure::Refused(_)) => return,
        }
    }
}
