//! Who did something, as it is stored.

use keyturn_domain::history::Actor;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::id;
use super::person::PersonRecord;

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum ActorRecord {
    Token {
        token_id: Uuid,
    },
    Person(PersonRecord),
    Schedule,
    Operator,
    #[serde(other)]
    Unknown,
}

impl From<&Actor> for ActorRecord {
    fn from(actor: &Actor) -> Self {
        match actor {
            Actor::Token(token) => Self::Token { token_id: token.uuid() },
            Actor::Person(person) => Self::Person(PersonRecord::from(person.as_ref())),
            Actor::Schedule => Self::Schedule,
            Actor::Operator => Self::Operator,
            Actor::Unknown => Self::Unknown,
        }
    }
}

impl From<ActorRecord> for Actor {
    fn from(record: ActorRecord) -> Self {
        match record {
            ActorRecord::Token { token_id } => Self::Token(id(token_id)),
            ActorRecord::Person(person) => Self::Person(Box::new(person.into())),
            ActorRecord::Schedule => Self::Schedule,
            ActorRecord::Operator => Self::Operator,
            ActorRecord::Unknown => Self::Unknown,
        }
    }
}
