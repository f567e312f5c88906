//! KMS, SES, EventBridge and callback receivers as one invocation sees them.

use std::sync::Arc;

use async_trait::async_trait;
use keyturn_application::ports::{
    CallbackMessage, CallbackSender, Deliver, DeliveryOutcome, OutboxEntry, PortError, SealContext, Sealer,
};
use keyturn_domain::channel::Channel;
use keyturn_domain::delivery::{DeliveryReport, Failure, FailureClass};
use keyturn_domain::secret::Sealed;

use super::{Invocation, Service};
use crate::actors::receiver;
use crate::lock;
use crate::scenario::Repeats;

/// Minimum and maximum latency of a receiver, in milliseconds.
const RECEIVER_MILLIS: (i64, i64) = (5, 400);

#[async_trait]
impl Sealer for Invocation {
    /// Binds the text to its context, as authenticated encryption does.
    async fn seal(&self, context: &SealContext, text: &str) -> Result<Sealed, PortError> {
        let bytes = format!("{}|{text}", binding(context)).into_bytes();
        self.call(Service::Seal, "seal", move |_| Sealed::new(bytes)).await
    }

    async fn open(&self, context: &SealContext, sealed: &Sealed) -> Result<String, PortError> {
        let opened = std::str::from_utf8(sealed.as_bytes())
            .ok()
            .and_then(|text| text.strip_prefix(&binding(context))?.strip_prefix('|'))
            .map(str::to_owned);
        if opened.is_none() {
            self.world.report_violation("a sealed string was opened for another context");
        }
        self.call(Service::Seal, "open", |_| ()).await?;
        opened.ok_or(PortError::bare("sealed for another context"))
    }
}

fn binding(context: &SealContext) -> String {
    format!("{}/{}/{}", context.company, context.token, context.purpose.as_str())
}

/// A delivery channel as one invocation sees it.
pub(super) struct Delivery(pub(super) Arc<Invocation>, pub(super) Channel);

#[async_trait]
impl Deliver for Delivery {
    async fn deliver(&self, outbox_entry: &OutboxEntry) -> Result<DeliveryOutcome, PortError> {
        let Self(invocation, channel) = self;
        let OutboxEntry { id, entry, .. } = outbox_entry;
        let (service, name) = match channel {
            Channel::Event => (Service::Events, "publish event"),
            Channel::Mail => (Service::Mail, "send mail"),
        };
        let call = invocation.call(service, name, |world| {
            let now = world.executor.now();
            match channel {
                Channel::Event => lock(&world.invariants).published(*id, entry, now),
                Channel::Mail => lock(&world.invariants).mailed(*id, entry, now),
            }
            DeliveryOutcome::Delivered
        });
        call.await
    }
}

#[async_trait]
impl CallbackSender for Invocation {
    async fn send(&self, message: &CallbackMessage) -> DeliveryReport {
        let at = self.world.now();
        let start = self.world.executor.now();
        let (first, last) = RECEIVER_MILLIS;
        let latency = lock(&self.rng).within(first, last);
        self.world.executor.wait_millis(latency).await;
        let (response, millis) = match self.call(Service::Callback, "call back", |_| ()).await {
            Ok(()) => match self.world.scenario.repeats() {
                Repeats::AtOnce => receiver::receive(&self.world, message),
                Repeats::Never | Repeats::AfterHours => {
                    (receiver::redeem_first(&self.world, message).await, 0)
                }
            },
            Err(_) => (Err(Failure { class: FailureClass::Connection, status: None, retry_after: None }), 0),
        };
        self.world.executor.wait_millis(millis).await;
        let duration = (self.world.executor.now() - start).num_milliseconds();
        DeliveryReport { at, duration_ms: u64::try_from(duration).unwrap_or_default(), outcome: response }
    }
}
