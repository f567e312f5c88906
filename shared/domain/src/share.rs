//! A company's share of the API: a token bucket, so that one company can't use up what others need.

use chrono::TimeDelta;

use crate::Timestamp;

/// How many requests a company may make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Requests a second in the long run, at least one.
    pub per_second: u32,
    /// Requests at once after a pause, at least one.
    pub burst: u32,
}

/// What is left of a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    left: u32,
    at: Timestamp,
}

impl Bucket {
    /// A bucket that nothing was taken from.
    #[must_use]
    pub const fn full(share: Share, now: Timestamp) -> Self {
        Self { left: share.burst, at: now }
    }

    /// Takes one request, or says how long to wait for the next.
    pub fn take(&mut self, share: Share, now: Timestamp) -> Result<(), TimeDelta> {
        *self = self.filled(share, now);
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            // Times are whole seconds, and at least one request is added each second.
            None => Err(TimeDelta::seconds(1)),
        }
    }

    /// Whether it is as good as a new one.
    #[must_use]
    pub fn is_full(self, share: Share, now: Timestamp) -> bool {
        self.filled(share, now).left == share.burst
    }

    /// With what was added since. A clock that was set back adds nothing.
    fn filled(self, share: Share, now: Timestamp) -> Self {
        let seconds = u32::try_from((now - self.at).num_seconds()).unwrap_or_default();
        let left = self.left.saturating_add(seconds.saturating_mul(share.per_second)).min(share.burst);
        Self { left, at: now }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHARE: Share = Share { per_second: 2, burst: 5 };

    fn second(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    /// How many requests pass at this time.
    fn passing(bucket: &mut Bucket, at: i64) -> usize {
        (0..100).filter(|_| bucket.take(SHARE, second(at)).is_ok()).count()
    }

    #[test]
    fn a_burst_passes_and_then_the_rate() {
        let mut bucket = Bucket::full(SHARE, second(0));
        assert_eq!([0, 0, 1, 2, 3].map(|at| passing(&mut bucket, at)), [5, 0, 2, 2, 2]);
        assert_eq!(bucket.take(SHARE, second(3)), Err(TimeDelta::seconds(1)));
        assert!(bucket.take(SHARE, second(4)).is_ok(), "after that wait");
    }

    #[test]
    fn a_pause_adds_up_to_the_burst() {
        let mut bucket = Bucket::full(SHARE, second(0));
        passing(&mut bucket, 0);
        assert!(!bucket.is_full(SHARE, second(2)) && bucket.is_full(SHARE, second(3)));
        assert_eq!(passing(&mut bucket, i64::from(u32::MAX)), 5);
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let mut bucket = Bucket::full(SHARE, second(1_000));
        passing(&mut bucket, 1_000);
        assert_eq!([0, 1].map(|at| passing(&mut bucket, at)), [0, 2]);
    }
}
