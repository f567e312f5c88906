//! The parameters of a deployment that decisions depend on.

use chrono::TimeDelta;

use crate::address::AllowedNetworks;
use crate::limits;
use crate::settings::Catalogue;

/// What a deployment chooses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The applications that tokens can be for.
    pub catalogue: Catalogue,
    /// Networks that callbacks may reach besides public addresses.
    pub callback_networks: AllowedNetworks,
    /// How long the predecessor stays valid after a renewal by the schedule.
    pub schedule_overlap: TimeDelta,
    /// Whether a token string can be copied after the answer that created it.
    pub copyable: bool,
}

/// The catalogue of a deployment that names no other.
pub const DEFAULT_CATALOGUE: &str = "CUSTOMERS,ORDERS,PRODUCTS,INVOICES,REPORTS";

impl Rules {
    /// The contract's defaults, with a catalogue.
    #[must_use]
    pub fn with_catalogue(catalogue: Catalogue) -> Self {
        Self {
            catalogue,
            callback_networks: AllowedNetworks::default(),
            schedule_overlap: limits::OVERLAP,
            copyable: true,
        }
    }
}
