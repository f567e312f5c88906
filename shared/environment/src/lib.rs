//! What a function finds around it, read once per cold start: environment variables, the AWS SDK's configuration, the
//! clock and the random source. Nothing else in Keyturn reads any of these.
//!
//! The endpoints of AWS services come from the SDK's own variables (`AWS_ENDPOINT_URL_DYNAMODB` and the like), so the
//! same binary runs in a deployment and against local endpoints.

mod edge;
mod parameters;

use std::sync::Arc;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use keyturn_application::{Clock, Edge, Randomness};

/// Tries of one AWS call, the first included. With the time-outs below, a call that keeps failing is given up well
/// within an API function's 15 seconds.
const SDK_ATTEMPTS: u32 = 4;

/// How long one try of an AWS call may take.
const SDK_ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);

/// How long an AWS call may take with all its tries.
const SDK_TIMEOUT: Duration = Duration::from_secs(9);

/// A function's surroundings.
#[derive(Clone)]
pub struct Environment {
    sdk: SdkConfig,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
}

/// A parameter that is missing or wrong. The function does not start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("environment variable {name}: {problem}")]
pub struct ConfigurationError {
    name: &'static str,
    problem: String,
}

impl ConfigurationError {
    /// A parameter and what is wrong with it.
    #[must_use]
    pub fn new(name: &'static str, problem: impl Into<String>) -> Self {
        Self { name, problem: problem.into() }
    }
}

impl Environment {
    /// Reads the process's environment.
    pub async fn from_process() -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(SDK_ATTEMPT_TIMEOUT)
            .operation_attempt_timeout(SDK_ATTEMPT_TIMEOUT)
            .operation_timeout(SDK_TIMEOUT)
            .build();
        let sdk = aws_config::defaults(BehaviorVersion::latest())
            .retry_config(RetryConfig::standard().with_max_attempts(SDK_ATTEMPTS))
            .timeout_config(timeouts)
            .load()
            .await;
        Self { sdk, clock: Arc::new(edge::SystemClock), randomness: Arc::new(edge::SystemRandomness) }
    }

    /// The same surroundings with another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// What AWS clients are built from.
    #[must_use]
    pub const fn sdk(&self) -> &SdkConfig {
        &self.sdk
    }

    /// The clock and the random source.
    #[must_use]
    pub fn edge(&self) -> Edge {
        Edge::new(Arc::clone(&self.clock), Arc::clone(&self.randomness))
    }
}
