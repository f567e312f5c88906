//! When something that failed is tried again.

use chrono::TimeDelta;

use super::record::{Time, Trouble};
use super::step::Failure;

/// Seconds before each next try of a call to Keyturn. The last one repeats: during an overlap of 24 hours, that is 90 tries.
pub(super) const KEYTURN: &[i64] = &[15, 30, 60, 120, 300, 900];

/// The same for targets and actions, which are near.
pub(super) const NEAR: &[i64] = &[2, 10, 30, 60, 300];

/// Where only a person helps: often enough to notice it soon.
pub(super) const PERSON: &[i64] = &[60, 300, 900];

/// The longest wait that the other side can ask for.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(6);

/// The trouble after another failure. `jitter` is at least 0 and below 1: each wait differs by up to a fifth, so that agents
/// that failed together don't try again together.
pub(super) fn after(
    trouble: Option<&Trouble>,
    failure: &Failure,
    delays: &[i64],
    (now, jitter): (Time, f64),
) -> Trouble {
    let failures = trouble.map_or(0, |trouble| trouble.failures).saturating_add(1);
    let index = usize::try_from(failures - 1).unwrap_or(usize::MAX).min(delays.len() - 1);
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a few minutes")]
    let wait = TimeDelta::milliseconds((delays[index] as f64 * 1000.0 * (0.8 + 0.4 * jitter)) as i64);
    let asked = failure.retry_after.unwrap_or_default().min(LONGEST_WAIT);
    Trouble {
        what: failure.what.clone(),
        failures,
        since: trouble.map_or(now, |trouble| trouble.since),
        again_at: now + wait.max(asked),
        needs_person: false,
    }
}

/// When to look again, after an answer that names a time: with up to a tenth more, and between a second and 6 hours.
pub(super) fn look_again(retry_after: TimeDelta, (now, jitter): (Time, f64)) -> Time {
    let asked = retry_after.clamp(TimeDelta::seconds(1), LONGEST_WAIT);
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a few hours")]
    let more = TimeDelta::milliseconds((asked.num_milliseconds() as f64 * 0.1 * jitter) as i64);
    now + (asked + more).min(LONGEST_WAIT)
}
