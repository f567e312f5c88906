//! The people of a company: who can sign in, and who is kept from it.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::TimeDelta;
use keyturn_domain::Timestamp;
use keyturn_domain::caller::Caller;
use keyturn_domain::edit::Patch;
use keyturn_domain::fault::{FaultCode, Faults, Violation};
use keyturn_domain::field::Field;
use keyturn_domain::ids::CompanyId;
use keyturn_domain::owner::Owner;
use keyturn_domain::person::{KnownPerson, PersonId};
use keyturn_domain::refusal::Refusal;

use crate::context::Context;
use crate::failure::Failure;
use crate::ports::{PersonStore, PortError};

/// People that one answer has at most, and that one request reads.
const PAGE: usize = 500;

/// People of whom one request looks at most, to find those who can't sign in.
const LOOKED_AT: usize = 10_000;

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
        if !self.people.set_barred(caller.company(), id, barred, self.context.now()).await? {
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

/// Finds the person whom a request names as the owner of a token.
pub struct NameOwner {
    /// Where people are.
    pub people: Arc<dyn PersonStore>,
}

impl NameOwner {
    /// The owner with this id. An id of nobody whom the caller's company knows is a fault.
    pub async fn run(
        &self,
        caller: &Caller,
        named: Patch<String>,
        faults: &mut Faults,
    ) -> Result<Patch<Owner>, Failure> {
        let text = match named {
            Patch::Keep => return Ok(Patch::Keep),
            Patch::Remove => return Ok(Patch::Remove),
            Patch::Set(text) => text,
        };
        let known = match text.parse() {
            Ok(id) => self.people.known_person(caller.company(), id).await?,
            Err(_) => None,
        };
        let unknown = Violation::new(FaultCode::InvalidId, "must be the id of a person who has signed in");
        let found = known.map(|known| Owner::from(&known.person)).ok_or(unknown);
        Ok(faults.take(Field::Owner, &text, found).map_or(Patch::Keep, Patch::Set))
    }
}

/// The people of a company who can't sign in.
pub(crate) async fn who_cannot_sign_in(
    people: &dyn PersonStore,
    company: &CompanyId,
) -> Result<BTreeSet<PersonId>, PortError> {
    let (mut found, mut after) = (BTreeSet::new(), None);
    for _ in 0..LOOKED_AT / PAGE {
        let page = people.known_people(company, after, PAGE).await?;
        found.extend(page.iter().filter(|known| !known.can_sign_in()).map(|known| known.person.id()));
        after = page.last().map(|last| last.person.id()).filter(|_| page.len() == PAGE);
        if after.is_none() {
            return Ok(found);
        }
    }
    tracing::warn!(%company, "a company has more people than one request looks at");
    Ok(found)
}
