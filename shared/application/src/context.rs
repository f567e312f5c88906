//! Sources of time and randomness.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, SubsecRound as _, Utc};
use keyturn_domain::Timestamp;
use uuid::{Builder, Uuid};

/// A clock.
pub trait Clock: Send + Sync {
    /// The current time, unrounded.
    fn now(&self) -> DateTime<Utc>;
}

/// A source of random bytes fit for secrets.
pub trait Randomness: Send + Sync {
    /// Fills the buffer.
    fn fill(&self, bytes: &mut [u8]);
}

/// Waits in real time, whatever the clock of the rules says.
#[async_trait]
pub trait Timer: Send + Sync {
    /// The time since some fixed moment.
    fn elapsed(&self) -> Duration;

    /// Waits this long.
    async fn sleep(&self, duration: Duration);
}

/// The clock and the random source of a function.
#[derive(Clone)]
pub struct Context {
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
}

impl Context {
    /// Joins a clock and a random source.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, randomness: Arc<dyn Randomness>) -> Self {
        Self { clock, randomness }
    }

    /// The current time in whole seconds, as records and rules use it.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now().trunc_subsecs(0)
    }

    /// A new UUIDv7.
    #[must_use]
    pub fn fresh_id(&self) -> Uuid {
        let millis = u64::try_from(self.clock.now().timestamp_millis()).unwrap_or_default();
        Builder::from_unix_timestamp_millis(millis, &self.random()).into_uuid()
    }

    /// New random bytes.
    #[must_use]
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.randomness.fill(&mut bytes);
        bytes
    }
}
