//! What the counted calls cost, by the prices of `infra/harness/prices.toml`.

use serde::Deserialize;

use super::cloud::Counts;

/// Minutes of a month of 30 days.
const MONTH: f64 = 43_200.0;

/// Prices in US$.
#[derive(Clone, Debug, Deserialize)]
pub struct Prices {
    /// When they were looked up.
    pub as_of: String,
    million_read_units: f64,
    million_write_units: f64,
    million_kms_operations: f64,
    million_events: f64,
    million_mails: f64,
    million_invocations: f64,
    million_schedule_starts: f64,
    free_schedule_starts: u64,
    million_gb_seconds: f64,
}

impl Prices {
    /// Reads the prices.
    ///
    /// # Errors
    /// If one is missing.
    pub fn read() -> anyhow::Result<Self> {
        Ok(toml::from_str(include_str!("../../../harness/prices.toml"))?)
    }

    /// A month of what was counted within this many minutes, and the part of it that the free tier of schedules covers.
    #[must_use]
    pub fn month(&self, counts: &Counts, minutes: f64) -> (f64, f64) {
        #[expect(clippy::cast_precision_loss, reason = "counts of one simulation")]
        let [starts, free] = [counts.runs, self.free_schedule_starts].map(|count| count as f64);
        let months = MONTH / minutes.max(1.0);
        let free = (starts * months).min(free) * self.million_schedule_starts / 1e6;
        (self.parts(counts).iter().map(|(_, cost)| cost).sum::<f64>() * months - free, free)
    }

    /// The cost of what was counted, by service.
    fn parts(&self, counts: &Counts) -> [(&'static str, f64); 8] {
        #[expect(clippy::cast_precision_loss, reason = "counts of one simulation")]
        let count = |count: u64| count as f64;
        [
            ("DynamoDB reads", counts.read_units * self.million_read_units),
            ("DynamoDB writes", counts.write_units * self.million_write_units),
            ("KMS", count(counts.kms) * self.million_kms_operations),
            ("events", count(counts.events) * self.million_events),
            ("mails", count(counts.mails) * self.million_mails),
            ("Lambda invocations", count(counts.runs) * self.million_invocations),
            ("schedule", count(counts.runs) * self.million_schedule_starts),
            ("Lambda duration", counts.gb_seconds * self.million_gb_seconds),
        ]
        .map(|(what, millionth)| (what, millionth / 1e6))
    }

    /// The cost of what was counted, by service, as one line.
    #[must_use]
    pub fn breakdown(&self, counts: &Counts) -> String {
        let parts = self.parts(counts).into_iter().filter(|(_, cost)| *cost > 0.0);
        let parts = parts.map(|(what, cost)| format!("{what} {cost:.6}"));
        format!("    US$, prices of {}: {}", self.as_of, parts.collect::<Vec<_>>().join(", "))
    }
}
