//! What units cost, by the prices of `prices.toml`.

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::meter::Consumed;
use super::units::{EMPTY_SWEEP, RENEWAL, Units};

/// Minutes of a month of 30 days: how often the sweep runs.
const SWEEPS: f64 = 43_200.0;

/// Prices in US$; the file has more of them, which the simulation uses.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Prices {
    /// When they were looked up.
    pub(crate) as_of: String,
    million_read_units: f64,
    million_write_units: f64,
    kms_key_month: f64,
    secret_month: f64,
}

/// What 1,000 tokens cost in a month in which each is renewed once.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Month {
    /// Units of 1,000 renewals.
    pub(crate) renewals: f64,
    /// Units of looking for due work every minute.
    pub(crate) sweeps: f64,
    /// The key that seals.
    pub(crate) key: f64,
    /// For comparison: 1,000 secrets in a secret manager.
    pub(crate) secrets: f64,
}

impl Prices {
    pub(crate) fn read() -> Result<Self> {
        Ok(toml::from_str(include_str!("../../prices.toml"))?)
    }

    /// US$ for a million operations that consume this.
    pub(crate) fn of_million(&self, consumed: &Consumed) -> f64 {
        consumed.read * self.million_read_units + consumed.write * self.million_write_units
    }

    pub(crate) fn month(&self, units: &Units) -> Month {
        let of = |name: &str| units.of(name).map_or(0.0, |consumed| self.of_million(consumed) / 1e6);
        Month {
            renewals: RENEWAL.iter().map(|step| of(step)).sum::<f64>() * 1_000.0,
            sweeps: of(EMPTY_SWEEP) * SWEEPS,
            key: self.kms_key_month,
            secrets: self.secret_month * 1_000.0,
        }
    }
}

impl Month {
    /// Without the secret manager that it's compared to.
    pub(crate) fn total(&self) -> f64 {
        self.renewals + self.sweeps + self.key
    }
}
