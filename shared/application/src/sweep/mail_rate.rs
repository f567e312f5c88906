//! The pace of mails: SES takes a fixed number a second from an account.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// When the next mail may be sent. One mail at a time, at even intervals.
#[derive(Debug, Default)]
pub struct MailRate {
    /// Mails a second, of all runs together.
    per_second: u32,
    /// By the timer's clock.
    next: Mutex<Duration>,
}

impl MailRate {
    /// This many mails a second, of all runs together.
    #[must_use]
    pub fn per_second(per_second: u32) -> Self {
        Self { per_second: per_second.max(1), next: Mutex::default() }
    }

    /// The time between two mails of one of this many runs.
    pub(super) fn interval(&self, runs: u8) -> Duration {
        Duration::from_secs(1) * u32::from(runs.max(1)) / self.per_second.max(1)
    }

    /// How long the next mail has to wait.
    pub(super) fn wait(&self, elapsed: Duration) -> Duration {
        self.next.lock().unwrap_or_else(PoisonError::into_inner).saturating_sub(elapsed)
    }

    /// Notes that a mail is being sent.
    pub(super) fn take(&self, elapsed: Duration, interval: Duration) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        *next = (*next).max(elapsed) + interval;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mails_are_spread_evenly_and_a_pause_saves_nothing_up() {
        let rate = MailRate::per_second(10);
        let interval = rate.interval(2);
        assert_eq!(interval, Duration::from_millis(200));
        let at = Duration::from_millis;
        assert_eq!(rate.wait(at(1_000)), at(0));
        rate.take(at(1_000), interval);
        assert_eq!(rate.wait(at(1_050)), at(150));
        rate.take(at(9_000), interval);
        rate.take(at(9_000), interval);
        assert_eq!(rate.wait(at(9_000)), at(400));
    }
}
