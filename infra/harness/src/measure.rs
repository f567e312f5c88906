//! Medians and percentiles of measurements.

use std::time::{Duration, Instant};

/// Now, for measuring.
#[must_use]
pub fn now() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "measures")]
    Instant::now()
}

/// The value below which this percentage of the samples is; 0 without samples.
pub(crate) fn percentile(samples: &[f64], percent: f64) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index into a slice")]
    let index = ((sorted.len() as f64) * percent / 100.0) as usize;
    sorted.get(index.min(sorted.len().saturating_sub(1))).copied().unwrap_or_default()
}

pub(crate) fn median(samples: &[f64]) -> f64 {
    percentile(samples, 50.0)
}

/// The median of one figure of several records.
pub(crate) fn median_of<T>(records: &[T], figure: impl Fn(&T) -> f64) -> f64 {
    median(&records.iter().map(figure).collect::<Vec<_>>())
}

/// Milliseconds, with fractions.
pub(crate) fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// Events per second.
pub(crate) fn rate(count: usize, taken: Duration) -> f64 {
    count as f64 / taken.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_median_and_extremes() {
        let samples: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!([0.0, 50.0, 99.0].map(|percent| percentile(&samples, percent)), [1.0, 51.0, 100.0]);
        assert_eq!(median(&[]), 0.0);
    }
}
