//! The system's clock, random source and timer.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use keyturn_application::{Clock, Randomness, Timer};
use rand::Rng as _;

/// The system's clock.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where the time comes in")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// A cryptographically secure generator, seeded and reseeded by the system.
pub(crate) struct SystemRandomness;

impl Randomness for SystemRandomness {
    #[expect(clippy::disallowed_methods, reason = "this is where randomness comes in")]
    fn fill(&self, bytes: &mut [u8]) {
        rand::rng().fill_bytes(bytes);
    }
}

/// The system's monotonic clock.
pub(crate) struct SystemTimer {
    started: Instant,
}

impl SystemTimer {
    #[expect(clippy::disallowed_methods, reason = "measures durations, not the time that rules go by")]
    pub(crate) fn start() -> Self {
        Self { started: Instant::now() }
    }
}

#[async_trait]
impl Timer for SystemTimer {
    fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    #[expect(clippy::disallowed_methods, reason = "paces calls of a service that limits their rate")]
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}
