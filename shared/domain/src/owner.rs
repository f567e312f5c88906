//! Owners: the person who answers for a token.

use std::fmt;

use crate::history::Actor;
use crate::person::{Person, PersonId};

/// The owner of a token, and of its successors.
#[derive(Clone, PartialEq, Eq)]
pub struct Owner {
    /// Who.
    pub id: PersonId,
    /// Their name when they became the owner, for display only.
    pub name: String,
}

impl Owner {
    /// The owner of a token that this actor creates; none if it is no person.
    #[must_use]
    pub fn of_new_token(actor: &Actor) -> Option<Self> {
        match actor {
            Actor::Person(person) => Some(Self::from(person.as_ref())),
            Actor::Token(_) | Actor::Schedule | Actor::Operator | Actor::Unknown => None,
        }
    }
}

impl From<&Person> for Owner {
    fn from(person: &Person) -> Self {
        Self { id: person.id(), name: person.name.clone() }
    }
}

impl fmt::Debug for Owner {
    /// Without the name, which is personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "owner {}", self.id)
    }
}

/// A change of the owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerChange {
    /// The owner until then.
    pub before: Option<Owner>,
    /// The owner since then.
    pub after: Option<Owner>,
}

impl OwnerChange {
    /// The change between two states of a token, if there is one.
    #[must_use]
    pub fn between(before: Option<&Owner>, after: Option<&Owner>) -> Option<Self> {
        let is_other = before.map(|owner| owner.id) != after.map(|owner| owner.id);
        is_other.then(|| Self { before: before.cloned(), after: after.cloned() })
    }
}
