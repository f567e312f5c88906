//! The environment of a function, read once per cold start: environment variables, the AWS SDK's configuration, the clock
//! and the random source. Nothing else in Keyturn reads any of these.
//!
//! The endpoints of AWS services come from the SDK's own variables (`AWS_ENDPOINT_URL_DYNAMODB` and the like), so the
//! same binary runs in a deployment and against local endpoints.

mod connections;
mod log;
mod parameters;
mod sdk;
mod system;
mod variables;

use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpClient, SharedHttpClient};
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use keyturn_application::{Clock, Context, Randomness, Timer};
use variables::Variables;

/// The environment of a function.
#[derive(Clone)]
pub struct Environment {
    variables: Variables,
    sdk: SdkConfig,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    callback_timeout: Option<Duration>,
}

/// A missing or invalid parameter. The function does not start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("environment variable {name}: {problem}")]
pub struct ConfigurationError {
    name: &'static str,
    problem: String,
}

impl ConfigurationError {
    /// An invalid parameter and its problem.
    #[must_use]
    pub fn new(name: &'static str, problem: impl Into<String>) -> Self {
        Self { name, problem: problem.into() }
    }
}

impl Environment {
    /// Reads the process's environment and starts the log.
    #[must_use]
    pub fn start() -> Self {
        let environment = Self::from_process();
        environment.start_log();
        environment
    }

    /// Reads the process's environment.
    #[must_use]
    pub fn from_process() -> Self {
        Self::of(Variables::of_process())
    }

    /// An environment with these variables only, for a process that runs several functions.
    #[must_use]
    pub fn with_variables(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self::of(variables.into_iter().collect())
    }

    fn of(variables: Variables) -> Self {
        Self {
            sdk: sdk::configuration(&variables),
            variables,
            clock: Arc::new(system::SystemClock),
            randomness: Arc::new(system::SystemRandomness),
            callback_timeout: None,
        }
    }

    /// The same environment with another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The same environment with another HTTP client of the AWS clients, made of the one that it has.
    #[must_use]
    pub fn with_http_client<C>(mut self, client: impl FnOnce(SharedHttpClient) -> C) -> Self
    where
        C: HttpClient + 'static,
    {
        if let Some(usual) = self.sdk.http_client() {
            let client = SharedHttpClient::new(client(usual));
            self.sdk = self.sdk.to_builder().http_client(client).build();
        }
        self
    }

    /// The same environment with another time-out of callbacks, for tests.
    #[must_use]
    pub const fn with_callback_timeout(mut self, timeout: Duration) -> Self {
        self.callback_timeout = Some(timeout);
        self
    }

    /// The time-out of callbacks, if it is not the contract's.
    #[must_use]
    pub const fn callback_timeout(&self) -> Option<Duration> {
        self.callback_timeout
    }

    /// The configuration of AWS clients.
    #[must_use]
    pub const fn sdk(&self) -> &SdkConfig {
        &self.sdk
    }

    /// The configuration of AWS clients whose calls end within this time, all attempts included.
    #[must_use]
    pub fn sdk_within(&self, timeout: Duration) -> SdkConfig {
        let timeouts =
            self.sdk.timeout_config().map_or_else(TimeoutConfig::builder, TimeoutConfig::to_builder);
        self.sdk.to_builder().timeout_config(timeouts.operation_timeout(timeout).build()).build()
    }

    /// The clock and the random source.
    #[must_use]
    pub fn context(&self) -> Context {
        Context::new(Arc::clone(&self.clock), Arc::clone(&self.randomness))
    }

    /// Waits in real time.
    #[must_use]
    pub fn timer(&self) -> Arc<dyn Timer> {
        Arc::new(system::SystemTimer::start())
    }
}
