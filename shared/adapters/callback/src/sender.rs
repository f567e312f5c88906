//! The sender: keeps the time, reports the outcome, and logs the cause that the report has no room for.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use keyturn_application::ports::{CallbackMessage, CallbackSender};
use keyturn_domain::Timestamp;
use keyturn_domain::address::AllowedNetworks;
use keyturn_domain::delivery::{DeliveryReport, Failure};
use keyturn_environment::{ConfigurationError, Environment};
use tokio::time::{Instant, timeout_at};

use crate::connector::Connector;
use crate::delivery_error::DeliveryError;
use crate::exchange::{self, Answer};
use crate::request;
use crate::resolver::SystemResolver;
use crate::target::Target;
use crate::tls::Tls;

/// Name, connection, head and body together, by the contract.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// Sends callbacks over HTTP/1.1, one connection each.
pub struct HttpCallbackSender {
    pub(crate) connector: Connector,
    pub(crate) time_limit: Duration,
    /// The time that a callback is stamped with against replays: the system's, also where the rules go by another clock,
    /// since receivers compare it with their own.
    pub(crate) stamp: fn() -> Timestamp,
}

/// A delivery that failed, with what is known of the answer if there was one.
struct Undelivered {
    trouble: DeliveryError,
    status: Option<u16>,
    retry_after: Option<TimeDelta>,
}

impl HttpCallbackSender {
    /// Reaches public addresses over https, and these networks by any means.
    #[must_use]
    pub fn new(networks: AllowedNetworks) -> Self {
        let connector = Connector { networks, resolver: Arc::new(SystemResolver), tls: Tls::default() };
        Self { connector, time_limit: TIME_LIMIT, stamp: system_time }
    }

    /// Reaches what the deployment's parameters allow.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigurationError> {
        let limit = environment.callback_timeout().unwrap_or(TIME_LIMIT);
        Ok(Self::new(environment.rules()?.callback_networks).with_time_limit(limit))
    }

    /// The same sender with another limit than 10 seconds, for tests that have no time.
    #[must_use]
    pub const fn with_time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    async fn deliver(&self, message: &CallbackMessage, deadline: Instant) -> Result<u16, Undelivered> {
        let stamp = (self.stamp)();
        let mut answer = in_time(deadline, self.ask(message, stamp))
            .await
            .map_err(|trouble| Undelivered { trouble, status: None, retry_after: None })?;
        let status = answer.status().as_u16();
        match in_time(deadline, answer.read()).await.and_then(|()| answer.judge()) {
            Ok(()) => Ok(status),
            Err(trouble) => {
                let retry_after = answer.retry_after(stamp);
                Err(Undelivered { trouble, status: Some(status), retry_after })
            }
        }
    }

    async fn ask(&self, message: &CallbackMessage, stamp: Timestamp) -> Result<Answer, DeliveryError> {
        let target = Target::parse(&message.url)?;
        let request = request::build(message, &target, stamp)?;
        let stream = self.connector.connect(&target, self.time_limit).await?;
        exchange::ask(stream, request).await
    }
}

#[async_trait]
impl CallbackSender for HttpCallbackSender {
    async fn send(&self, message: &CallbackMessage) -> DeliveryReport {
        #[expect(clippy::disallowed_methods, reason = "measures how long the delivery takes")]
        let started = Instant::now();
        let outcome = self.deliver(message, started + self.time_limit).await;
        let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let outcome = outcome.map_err(|undelivered| {
            log(message, &undelivered);
            let Undelivered { trouble, status, retry_after } = undelivered;
            Failure { class: trouble.class(), status, retry_after }
        });
        DeliveryReport { at: message.timestamp, duration_ms, outcome }
    }
}

#[expect(clippy::disallowed_methods, reason = "receivers compare the stamp with their own system's time")]
fn system_time() -> Timestamp {
    std::time::SystemTime::now().into()
}

async fn in_time<T>(
    deadline: Instant,
    work: impl Future<Output = Result<T, DeliveryError>>,
) -> Result<T, DeliveryError> {
    timeout_at(deadline, work).await.unwrap_or(Err(DeliveryError::Timeout))
}

/// Names the host only: path and query may hold what lets a caller in.
fn log(message: &CallbackMessage, undelivered: &Undelivered) {
    let Undelivered { trouble, status, .. } = undelivered;
    let host = Target::parse(&message.url).map(|target| target.authority).unwrap_or_default();
    let (id, class, error) = (&message.id, trouble.class().as_str(), trouble as &dyn Error);
    if let DeliveryError::Unsendable(_) = trouble {
        tracing::error!(id, host, class, error, "a callback could not be sent");
    } else {
        tracing::info!(id, host, class, status, error, "a callback was not delivered");
    }
}
