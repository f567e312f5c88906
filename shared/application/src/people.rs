//! The people of a company: who can sign in, and who is kept from it.

use std::sync::Arc;

use chrono::TimeDelta;
use keyturn_domain::Timestamp;
use keyturn_domain::caller::Caller;
use keyturn_domain::person::{KnownPerson, PersonId};
use keyturn_domain::refusal::Refusal;

use crate::context::Context;
use crate::failure::Failure;
use crate::ports::PersonStore;

/// People that one answer has at most, and that one request reads.
const PAGE: usize = 500;

/// Lists the people of the caller's company.
pub struct ListPeople {
    /// Where people are.
    pub people: Arc<dyn PersonStore>,
}

/// Some of a company's people.
pub struct PeoplePage {
    /// They, by id.
    pub items: Vec<KnownPerson>,
    /// After whom more may follow.
    pub next: Option<PersonId>,
}

impl ListPeople {
    /// People, by id: all, or only those who have not signed in for so many days.
    pub async fn run(
        &self,
        caller: &Caller,
        not_signed_in_for_days: Option<u32>,
        after: Option<PersonId>,
        now: Timestamp,
    ) -> Result<PeoplePage, Failure> {
        let mut items = self.people.known_people(caller.company(), after, PAGE).await?;
        let next = items.last().map(|last| last.person.id()).filter(|_| items.len() == PAGE);
        if let Some(days) = not_signed_in_for_days {
            let latest = now - TimeDelta::days(days.into());
            items.retain(|known| known.signed_in_at.is_none_or(|at| at <= latest));
        }
        Ok(PeoplePage { items, next })
    }
}

/// Keeps people of the caller's company from signing in.
pub struct BarPerson {
    /// Where people and their sessions are.
    pub people: Arc<dyn PersonStore>,
    /// The time.
    pub context: Context,
}

impl BarPerson {
    /// The person, barred or readmitted. Who is barred loses their sessions at once.
    pub async fn run(&self, caller: &Caller, id: PersonId, barred: bool) -> Result<KnownPerson, Failure> {
        const UNKNOWN: Refusal = Refusal::NotFound("person");
        let at = barred.then(|| self.context.now());
        if !self.people.set_barred(caller.company(), id, at).await? {
            return Err(UNKNOWN.into());
        }
        if barred {
            for session in self.people.sessions_of(caller.company(), id).await? {
                self.people.end_session(&session).await?;
            }
        }
        tracing::info!(person = %id, barred, "an administrator decided who may sign in");
        Ok(self.people.known_person(caller.company(), id).await?.ok_or(UNKNOWN)?)
    }
}
