//! Mass renewals.

use keyturn_application::ports::{MassRenewalKey, SelectedPage, TokenFilter};
use keyturn_domain::Timestamp;
use keyturn_domain::ids::{CompanyId, TokenId};
use keyturn_domain::mass_renewal::MassRenewal;

use super::list::matches;
use super::{Memory, Place};

impl Memory {
    /// A mass renewal.
    #[must_use]
    pub fn mass_renewal(&self, key: &MassRenewalKey) -> Option<&MassRenewal> {
        self.mass_renewals.get(&(key.company.clone(), key.id))
    }

    /// All mass renewals.
    pub fn mass_renewals(&self) -> impl Iterator<Item = &MassRenewal> {
        self.mass_renewals.values()
    }

    /// Writes the next version of a mass renewal over the one before. Whether it did.
    pub fn write_mass_renewal(&mut self, mass: &MassRenewal) -> bool {
        let key = (mass.company.clone(), mass.id);
        let stored = self.mass_renewals.get(&key);
        if stored.map_or(0, |stored| stored.version) + 1 != mass.version {
            return false;
        }
        let shard = self.shards.of(TokenId::new(mass.id.uuid()));
        let place = Place::MassRenewal(key.0.clone(), key.1);
        if let Some(at) = stored.and_then(|stored| stored.due_at) {
            self.due.remove(&(shard, at, place.clone()));
        }
        if let Some(at) = mass.due_at {
            self.due.insert((shard, at, place));
        }
        self.mass_renewals.insert(key, mass.clone());
        true
    }

    /// A page of a company's tokens that match.
    #[must_use]
    pub fn select(
        &self,
        company: &CompanyId,
        filter: &TokenFilter,
        after: Option<TokenId>,
        until: TokenId,
        most: usize,
        now: Timestamp,
    ) -> SelectedPage {
        let start = after.map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded);
        let range = self.tokens.range((start, std::ops::Bound::Included(until)));
        let own = range.map(|(_, token)| token).filter(|token| token.company == *company);
        let mut wanted = own.filter(|token| matches(token, filter, now)).map(|token| token.id);
        let ids: Vec<_> = wanted.by_ref().take(most).collect();
        let reached = wanted.next().and_then(|_| ids.last().copied());
        SelectedPage { ids, reached }
    }
}
