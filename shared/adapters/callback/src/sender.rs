//! The sender: enforces the time limit, reports the outcome, and logs the cause that the report has no room for.

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
use crate::exchange::{self, Exchange};
use crate::request;
use crate::resolver::SystemResolver;
use crate::target::Target;
use crate::tls::Tls;

/// For name, connection, head and body together, by the contract.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// Sends callbacks over HTTP/1.1, one connection each.
pub struct HttpCallbackSender {
    pub(crate) connector: Connector,
    pub(crate) time_limit: Duration,
    /// The time in the signature, against replays: always the system's, even where a test clock rules, since receivers
    /// compare it with their own.
    pub(crate) stamp: fn() -> Timestamp,
}

/// A failed delivery, with what is known of the response.
struct Undelivered {
    error: DeliveryError,
    status: Option<u16>,
    retry_after: Option<TimeDelta>,
}

impl HttpCallbackSender {
    /// Reaches public addresses over https, and these networks over http too, each company its own.
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

    /// The same sender with another limit than 10 seconds, for tests.
    #[must_use]
    pub const fn with_time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    async fn deliver(&self, message: &CallbackMessage, deadline: Instant) -> Result<u16, Undelivered> {
        let stamp = (self.stamp)();
        let mut exchange = in_time(deadline, self.exchange(message, stamp))
            .await
            .map_err(|error| Undelivered { error, status: None, retry_after: None })?;
        let status = exchange.status().as_u16();
        match in_time(deadline, exchange.discard_body()).await.and_then(|()| exchange.check_status()) {
            Ok(()) => Ok(status),
            Err(error) => {
                let retry_after = exchange.retry_after(stamp);
                Err(Undelivered { error, status: Some(status), retry_after })
            }
        }
    }

    async fn exchange(&self, message: &CallbackMessage, stamp: Timestamp) -> Result<Exchange, DeliveryError> {
        let target = Target::parse(&message.url)?;
        let request = request::build(message, &target, stamp)?;
        let stream = self.connector.connect(Some(&message.company), &target, self.time_limit).await?;
        exchange::start(stream, request).await
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
            let Undelivered { error, status, retry_after } = undelivered;
            Failure { class: error.class(), status, retry_after }
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

/// Names the host only: path and query may hold credentials.
fn log(message: &CallbackMessage, undelivered: &Undelivered) {
    let Undelivered { error, status, .. } = undelivered;
    let host = Target::parse(&message.url).map(|target| target.authority).unwrap_or_default();
    let (id, class, cause) = (&message.id, error.class().as_str(), error as &dyn Error);
    if let DeliveryError::Unsendable(_) = error {
        tracing::error!(id, host, class, error = cause, "callback could not be sent");
    } else {
        tracing::info!(id, host, class, status, error = cause, "callback was not delivered");
    }
}
