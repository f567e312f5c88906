//! People: who signed in through a company's identity provider.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};
use uuid::Builder;

use crate::ids::{Malformed, uuid_id};

/// A person as an identity provider names them.
///
/// Issuer and subject together identify a person (OpenID Connect Core, section 5.7). Name and mail address are for display
/// only: both can change, and a provider may give one address to somebody else later.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// The provider's issuer, exactly as its tokens have it.
    pub issuer: String,
    /// The provider's id of the person.
    pub subject: String,
    /// The name to show.
    pub name: String,
    /// The mail address to show, if the provider gives one.
    pub mail: Option<String>,
}

impl Person {
    /// The id of this person.
    #[must_use]
    pub fn id(&self) -> PersonId {
        PersonId::of(&self.issuer, &self.subject)
    }
}

impl fmt::Debug for Person {
    /// Without name and address, which are personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "person {}", self.id())
    }
}

uuid_id! {
    /// The id of a person: a hash of issuer and subject in the form of a UUID, so that it fits into paths and logs.
    PersonId
}

impl PersonId {
    /// The id of the person with this issuer and subject.
    #[must_use]
    pub fn of(issuer: &str, subject: &str) -> Self {
        // The length keeps two pairs with the same concatenation apart.
        let mut hash = Sha256::new_with_prefix((issuer.len() as u64).to_be_bytes());
        hash.update(issuer);
        hash.update(subject);
        let digest: [u8; 32] = hash.finalize().into();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        Self::new(Builder::from_custom_bytes(bytes).into_uuid())
    }
}

/// What a person may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Reads.
    Viewer,
    /// Creates, edits, renews and deactivates tokens, except management tokens.
    Operator,
    /// Also copies token strings, changes management tokens, and ends sessions.
    Admin,
}

impl Role {
    /// All roles, the least first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Operator, Self::Admin];

    /// The role's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "VIEWER",
            Self::Operator => "OPERATOR",
            Self::Admin => "ADMIN",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(Malformed)
    }
}

/// A person as a company knows them: kept when a session ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownPerson {
    /// Who.
    pub person: Person,
    /// The role at the last sign-in or refresh; `None` after a refusal for lack of one.
    pub role: Option<Role>,
    /// When they last signed in.
    pub signed_in_at: Option<crate::Timestamp>,
    /// When an administrator barred them.
    pub barred_at: Option<crate::Timestamp>,
}

impl KnownPerson {
    /// Whether this person can sign in as far as is known: their last attempt was not refused for lack of a role, and no
    /// administrator has barred them. That a session ended says nothing about it.
    #[must_use]
    pub const fn can_sign_in(&self) -> bool {
        self.role.is_some() && self.barred_at.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn roles_include_the_lesser_ones() {
        assert!(Role::Viewer < Role::Operator && Role::Operator < Role::Admin);
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        assert!("admin".parse::<Role>().is_err());
    }

    #[test]
    fn debug_shows_no_name() {
        let person = Person {
            issuer: "https://idp.example".into(),
            subject: "1".into(),
            name: "Ada".into(),
            mail: Some("ada@example.com".into()),
        };
        assert!(
            !format!("{person:?}").to_lowercase().contains("ada@") && !format!("{person:?}").contains("Ada")
        );
    }

    proptest! {
        #[test]
        fn issuer_and_subject_identify_and_nothing_else(
            issuer in ".{0,8}", subject in ".{0,8}", other_issuer in ".{0,8}", other_subject in ".{0,8}",
        ) {
            let same = issuer == other_issuer && subject == other_subject;
            prop_assert_eq!(PersonId::of(&issuer, &subject) == PersonId::of(&other_issuer, &other_subject), same);
            // The border between the two counts.
            let joined = format!("{issuer}{subject}");
            prop_assert_eq!(PersonId::of(&joined, "") == PersonId::of(&issuer, &subject), subject.is_empty());
        }
    }
}
