//! What units cost, by the prices of `prices.toml`.

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::meter::Consumed;

/// Prices in US$, and what the bill assumes.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// When they were looked up.
    pub(crate) as_of: String,
    pub(crate) million_read_units: f64,
    pub(crate) million_write_units: f64,
    pub(crate) table_gb_month: f64,
    pub(crate) backup_gb_month: f64,
    pub(crate) kms_key_month: f64,
    pub(crate) million_kms_operations: f64,
    pub(crate) million_invocations: f64,
    pub(crate) million_gb_seconds: f64,
    pub(crate) million_schedule_starts: f64,
    /// In every month of an account.
    pub(crate) free_schedule_starts: f64,
    pub(crate) million_events: f64,
    pub(crate) million_api_requests: f64,
    pub(crate) log_gb: f64,
    pub(crate) metric_month: f64,
    pub(crate) alarm_metric_month: f64,
    pub(crate) dashboard_month: f64,
    pub(crate) million_traces: f64,
    pub(crate) million_mails: f64,
    /// For comparison with a secret manager.
    pub(crate) secret_month: f64,
    pub(crate) free: Free,
    pub(crate) assumed: Assumed,
}

/// What is free in every month.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Free {
    pub(crate) table_gb: f64,
    pub(crate) kms_requests: f64,
    pub(crate) lambda_requests: f64,
    pub(crate) lambda_gb_seconds: f64,
    pub(crate) log_gb: f64,
    pub(crate) metrics: f64,
    pub(crate) alarm_metrics: f64,
    pub(crate) dashboards: f64,
    pub(crate) traces: f64,
}

/// What is not counted.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Assumed {
    pub(crate) verification_ms: f64,
    pub(crate) api_ms: f64,
    pub(crate) idle_sweep_ms: f64,
    pub(crate) renewal_sweep_ms: f64,
    pub(crate) access_log_bytes: f64,
    pub(crate) sweep_log_bytes: f64,
    pub(crate) verified_tokens: f64,
    pub(crate) table_key_minutes: f64,
    pub(crate) kept_renewals: f64,
    pub(crate) healthy_metrics: f64,
}

impl Prices {
    /// The prices of `prices.toml`.
    pub fn read() -> Result<Self> {
        Ok(toml::from_str(include_str!("../../prices.toml"))?)
    }

    /// US$ for a million operations that consume this.
    pub(crate) fn of_million(&self, consumed: &Consumed) -> f64 {
        consumed.read * self.million_read_units + consumed.write * self.million_write_units
    }
}
