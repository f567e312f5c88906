//! The deployment parameters that decisions depend on.

use chrono::TimeDelta;

use crate::address::AllowedNetworks;
use crate::ids::CompanyId;
use crate::leak::LeakRules;
use crate::limits;
use crate::settings::Catalogue;

/// The deployment parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The applications of the deployment.
    pub catalogue: Catalogue,
    /// Networks that callbacks may reach besides public addresses, and their ports.
    pub callback_networks: AllowedNetworks,
    /// How long the predecessor stays valid after a scheduled renewal without callback.
    pub schedule_overlap: TimeDelta,
    /// Whether token strings can be copied later.
    pub copyable: bool,
    /// What follows leaks.
    pub leaks: LeakRules,
}

/// The default catalogue.
pub const DEFAULT_CATALOGUE: &str = "CUSTOMERS,ORDERS,PRODUCTS,INVOICES,REPORTS";

impl Rules {
    /// The parameters for decisions about this company's tokens.
    #[must_use]
    pub fn of(&self, company: &CompanyId) -> Self {
        Self { callback_networks: self.callback_networks.of(company), ..self.clone() }
    }

    /// The contract's defaults, with a catalogue.
    #[must_use]
    pub fn with_catalogue(catalogue: Catalogue) -> Self {
        Self {
            catalogue,
            callback_networks: AllowedNetworks::default(),
            schedule_overlap: limits::OVERLAP,
            copyable: true,
            leaks: LeakRules::default(),
        }
    }
}
