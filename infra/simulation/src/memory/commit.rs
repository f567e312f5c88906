//! Commits: all conditions are checked before anything is written.

use keyturn_application::ports::{Commit, CompanyCheck, OutboxEntry};
use keyturn_domain::backoff::Failures;
use keyturn_domain::credential::Credential;
use keyturn_domain::due;
use keyturn_domain::token::Token;

use super::{Memory, Place, StoredEntry};

/// A condition failed; nothing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict;

impl Memory {
    /// Writes all or nothing.
    pub fn commit(&mut self, commit: &Commit) -> Result<(), Conflict> {
        self.check(commit)?;
        let change = &commit.change;
        for token in &change.tokens {
            self.write_token(token);
            self.write_credential(token, change.before(token));
        }
        if let Some(entry) = &change.entry {
            let owed = OutboxEntry {
                key: Self::entry_key(commit.entry_id, entry),
                id: commit.entry_id,
                pending: entry.channels(),
                failures: Failures::default(),
                due_at: commit.entry_due,
                gathered: false,
                is_new: false,
                entry: entry.clone(),
            };
            let due = (!owed.pending.is_empty()).then_some(commit.entry_due);
            let place = (owed.key.partition.clone(), owed.key.sort.clone());
            if let Some(at) = due {
                self.due.insert((
                    self.shards.of(entry.token),
                    at,
                    Place::Entry(place.0.clone(), place.1.clone()),
                ));
            }
            self.entries.insert(place, StoredEntry { owed, due });
        }
        if let Some(answer) = &commit.answer {
            self.answers.insert((answer.key.caller, answer.key.hash), answer.clone());
        }
        if let Some(CompanyCheck::New(company)) = &commit.company {
            self.companies.insert(company.clone());
        }
        Ok(())
    }

    fn check(&self, commit: &Commit) -> Result<(), Conflict> {
        let mut good = true;
        for token in &commit.change.tokens {
            let (stored, credential) = (self.tokens.get(&token.id), self.credentials.get(&token.id));
            good &= match commit.change.before(token) {
                None => stored.is_none() && credential.is_none(),
                Some(before) => {
                    let same_version = stored.is_some_and(|stored| stored.version == before.version);
                    #[cfg(feature = "mutations")]
                    let same_version = same_version || crate::mutations::skips_version_check(commit);
                    same_version && (credential.is_some() || !touches_credential(before, token))
                }
            };
        }
        if let Some(entry) = &commit.change.entry {
            let key = Self::entry_key(commit.entry_id, entry);
            good &= !self.entries.contains_key(&(key.partition, key.sort));
        }
        if let Some(answer) = &commit.answer {
            good &= self.saved_answer(&answer.key).is_none_or(|saved| saved.expires_at <= answer.saved_at);
        }
        good &= match &commit.company {
            Some(CompanyCheck::New(company)) => !self.companies.contains(company),
            Some(CompanyCheck::Exists(company)) => self.companies.contains(company),
            None => true,
        };
        if good { Ok(()) } else { Err(Conflict) }
    }

    fn write_token(&mut self, token: &Token) {
        let shard = self.shards.of(token.id);
        if let Some(at) = self.due_at(token.id) {
            self.due.remove(&(shard, at, Place::Token(token.id)));
        }
        if let Some((at, _)) = due::next(token) {
            self.due.insert((shard, at, Place::Token(token.id)));
        }
        self.failures.remove(&token.id);
        self.tokens.insert(token.id, token.clone());
    }

    /// Updates single fields, so that a concurrent use stays recorded.
    fn write_credential(&mut self, token: &Token, before: Option<&Token>) {
        let after = Credential::of(token);
        match (before, self.credentials.get_mut(&token.id)) {
            (Some(before), Some(stored)) if touches_credential(before, token) => {
                stored.expires_at = after.expires_at.or(stored.expires_at);
                stored.deactivated_at = after.deactivated_at.or(stored.deactivated_at);
                stored.renewed = after.renewed.or(stored.renewed);
                if Credential::of(before).renewal != after.renewal {
                    stored.renewal = after.renewal;
                }
            }
            (Some(_), _) => {}
            (None, _) => {
                self.credentials.insert(token.id, after);
            }
        }
    }
}

/// Whether a change affects the credential.
pub(crate) fn touches_credential(before: &Token, after: &Token) -> bool {
    Credential::of(before) != Credential::of(after) || before.ended_at() != after.ended_at()
}
