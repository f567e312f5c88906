//! Strings from outside the state: the initial one, and what targets hold. A newer one is taken up, so that nothing older is
//! ever written over it; everything else is left behind.

use super::record::{Candidate, Facts, Held, KEEP_PREVIOUS, Origin, Previous, Record, Time};
use crate::secret::Fingerprint;

/// The report where nothing gives a string that Keyturn accepts.
const NO_STRING: &str =
    "no valid token string is known: put one where the configuration has the initial string";

impl Record {
    /// Takes in what the sources hold.
    pub(super) fn consider(&mut self, found: Vec<Candidate>, at: (Time, f64)) {
        self.read_sources = false;
        let known = self.known();
        self.candidates.clear();
        for candidate in found {
            let fingerprint = candidate.string.fingerprint();
            let is_new = match candidate.origin {
                // An initial string that was considered is history; only a replaced one is news.
                Origin::Seed => self.seed.as_ref() != Some(&fingerprint) || self.current.is_none(),
                Origin::Target(_) => true,
            };
            let is_listed = self.candidates.iter().any(|listed| listed.string == candidate.string);
            if is_new && !is_listed && !known.contains(&fingerprint) {
                self.candidates.push(candidate);
            }
        }
        if self.current.is_none() && self.candidates.is_empty() {
            self.rejected.clear();
            self.needs_person(NO_STRING, at);
        } else if let Some(trouble) = self.trouble.as_mut().filter(|trouble| trouble.needs_person)
            && !self.candidates.is_empty()
        {
            // What was found may be the way out.
            trouble.again_at = at.0;
        }
    }

    /// Takes up the first candidate, which Keyturn accepts, if it replaces what is held.
    pub(super) fn adopt(&mut self, facts: Facts, now: Time) {
        if self.candidates.is_empty() {
            return;
        }
        let Candidate { string, origin } = self.candidates.remove(0);
        if origin == Origin::Seed {
            self.seed = Some(string.fingerprint());
        }
        let replaces = self.current.as_ref().is_none_or(|held| match origin {
            // Somebody has put it there on purpose: a token by another way of renewal, or another token.
            Origin::Seed => held.facts.series_id != facts.series_id || newer(&facts, &held.facts),
            Origin::Target(_) => held.facts.series_id == facts.series_id && newer(&facts, &held.facts),
        });
        if !replaces {
            self.rejected.insert(string.fingerprint());
            return;
        }
        let old = self.current.replace(Held { string, facts });
        self.previous = old.map(|held| Previous { held, until: now + KEEP_PREVIOUS });
        (self.next, self.request, self.renewal, self.fetch) = (None, None, None, false);
        self.look_at = Some(now);
    }

    /// Leaves the first candidate behind, which Keyturn refuses.
    pub(super) fn reject(&mut self, fingerprint: &Fingerprint, reason: &str, at: (Time, f64)) {
        if self.candidates.is_empty() {
            return;
        }
        let candidate = self.candidates.remove(0);
        if candidate.origin == Origin::Seed {
            self.seed = Some(fingerprint.clone());
        }
        self.rejected.insert(fingerprint.clone());
        if self.current.is_none() && self.candidates.is_empty() {
            self.rejected.clear();
            self.needs_person(&format!("{NO_STRING} ({reason})"), at);
        }
    }
}

fn newer(facts: &Facts, than: &Facts) -> bool {
    // Ids are UUIDs of version 7: their order is that of creation, also within a second.
    (facts.created_at, &facts.id) > (than.created_at, &than.id)
}
