//! The system's clock and random source.

use chrono::{DateTime, Utc};
use keyturn_application::{Clock, Randomness};
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
