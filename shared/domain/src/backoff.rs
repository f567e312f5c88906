//! When an item that failed is tried again.

use chrono::TimeDelta;

use crate::Timestamp;
use crate::limits;

/// How often in a row an item failed, and since when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    /// The number of failures.
    pub count: u32,
    /// The time of the first of them; none where an earlier version counted.
    pub since: Option<Timestamp>,
}

impl Failures {
    /// With one more failure.
    #[must_use]
    pub fn with_another(self, now: Timestamp) -> Self {
        Self { count: self.count.saturating_add(1), since: Some(self.since.unwrap_or(now)) }
    }

    /// Whether the item has failed for so long that an operator has to look at it.
    #[must_use]
    pub fn is_stuck(self, now: Timestamp) -> bool {
        self.since.is_some_and(|since| since + limits::STUCK_AFTER <= now)
    }

    /// When an item with these failures is due again. `jitter` is a random byte.
    #[must_use]
    pub fn retry_at(self, jitter: u8, now: Timestamp) -> Timestamp {
        let last = limits::FAILURE_DELAYS.len() - 1;
        let step = usize::try_from(self.count.saturating_sub(1)).map_or(last, |step| step.min(last));
        let delay = if self.is_stuck(now) { limits::STUCK_DELAY } else { limits::FAILURE_DELAYS[step] };
        now + varied(delay, jitter)
    }
}

/// A delay with a jitter of up to ±20 %, taken from a random byte.
pub(crate) fn varied(delay: TimeDelta, jitter: u8) -> TimeDelta {
    let spread = delay.num_seconds() * limits::RETRY_JITTER_PERCENT / 100;
    delay + TimeDelta::seconds(spread * (i64::from(jitter) * 2 - 255) / 255)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIDDLE: u8 = 127;

    fn minute(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    #[test]
    fn retries_after_1_2_5_then_every_10_minutes_and_hourly_after_a_day() {
        let (mut failures, mut now, mut waits) = (Failures::default(), minute(0), Vec::new());
        while now < minute(27 * 60) {
            failures = failures.with_another(now);
            let next = failures.retry_at(MIDDLE, now);
            waits.push(((next - now).num_seconds() + 30) / 60);
            now = next;
        }
        let tens = waits.iter().filter(|wait| **wait == 10).count();
        assert_eq!(waits[..5], [1, 2, 5, 10, 10]);
        assert_eq!(waits[3 + tens..], vec![60; waits.len() - 3 - tens]);
        assert_eq!(tens, (24 * 60 - 8) / 10 + 1);
    }

    #[test]
    fn jitter_is_at_most_20_percent() {
        let failures = Failures { count: 9, since: Some(minute(0)) };
        let waits =
            (0..=u8::MAX).map(|jitter| (failures.retry_at(jitter, minute(1)) - minute(1)).num_seconds());
        assert_eq!((waits.clone().min(), waits.max()), (Some(480), Some(720)));
    }

    #[test]
    fn failures_counted_by_an_earlier_version_start_to_age_with_the_next() {
        let counted = Failures { count: 400, since: None };
        assert!(!counted.is_stuck(minute(9_999)));
        assert_eq!(counted.with_another(minute(5)), Failures { count: 401, since: Some(minute(5)) });
    }
}
