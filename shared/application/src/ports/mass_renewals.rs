//! Mass renewals as they are kept, and the tokens that they select.

use async_trait::async_trait;
use keyturn_domain::Timestamp;
use keyturn_domain::ids::{CompanyId, TokenId};
use keyturn_domain::mass_renewal::{MassRenewal, MassRenewalId};

use super::{PortError, TokenFilter};

/// The key of a mass renewal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MassRenewalKey {
    /// Whose it is.
    pub company: CompanyId,
    /// Its id.
    pub id: MassRenewalId,
}

impl From<&MassRenewal> for MassRenewalKey {
    fn from(mass: &MassRenewal) -> Self {
        Self { company: mass.company.clone(), id: mass.id }
    }
}

/// Ids of tokens, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SelectedPage {
    /// The ids.
    pub ids: Vec<TokenId>,
    /// The last token that was looked at, if more may follow.
    pub reached: Option<TokenId>,
}

/// Keeps mass renewals.
#[async_trait]
pub trait MassRenewals: Send + Sync {
    /// One strongly consistent read.
    async fn mass_renewal(&self, key: &MassRenewalKey) -> Result<Option<MassRenewal>, PortError>;

    /// Writes the next version over the one before, and makes it due. False if another version is stored: nothing was
    /// written.
    async fn write_mass_renewal(&self, mass: &MassRenewal) -> Result<bool, PortError>;

    /// At most so many of a company's tokens that match, after one and up to another, looking at a limited part of the list.
    async fn select(
        &self,
        company: &CompanyId,
        filter: &TokenFilter,
        after: Option<TokenId>,
        until: TokenId,
        most: usize,
        now: Timestamp,
    ) -> Result<SelectedPage, PortError>;
}
