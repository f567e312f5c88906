//! Callers: the holder of a token string, or a person with a session; and what each may do.

use crate::Timestamp;
use crate::credential::Credential;
use crate::history::Actor;
use crate::ids::{CompanyId, TokenId};
use crate::limits;
use crate::person::{Person, Role};
use crate::refusal::Refusal;
use crate::session::{Session, SessionId};
use crate::settings::{Applications, MANAGEMENT};

/// Who makes a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// The holder of a token string.
    Token(Credential),
    /// A person who signed in.
    Person(SignedIn),
}

/// A person with a session, as they stand now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// The session.
    pub session: SessionId,
    /// Who.
    pub person: Person,
    /// The company in which they act.
    pub company: CompanyId,
    /// What they may do now; less than the session's role if that has not been refreshed in time.
    pub role: Role,
    /// When they proved to the provider who they are, if it says so.
    pub authenticated_at: Option<Timestamp>,
}

impl SignedIn {
    /// The person of a session at this time.
    #[must_use]
    pub fn of(session: &Session, now: Timestamp) -> Self {
        Self {
            session: session.id,
            person: session.person.clone(),
            company: session.company.clone(),
            role: session.role_at(now),
            authenticated_at: session.authenticated_at,
        }
    }
}

impl Caller {
    /// The company in which the caller acts.
    #[must_use]
    pub const fn company(&self) -> &CompanyId {
        match self {
            Self::Token(credential) => &credential.company,
            Self::Person(signed_in) => &signed_in.company,
        }
    }

    /// The caller as the history names it.
    #[must_use]
    pub fn actor(&self) -> Actor {
        match self {
            Self::Token(credential) => Actor::Token(credential.id),
            Self::Person(signed_in) => Actor::Person(Box::new(signed_in.person.clone())),
        }
    }

    /// The token of the caller. A session has none: it neither redeems nor pulls.
    pub fn token(&self) -> Result<&Credential, Refusal> {
        match self {
            Self::Token(credential) => Ok(credential),
            Self::Person(_) => Err(Refusal::TokenNeeded),
        }
    }

    /// Whether the caller authenticates with this token.
    #[must_use]
    pub fn is_token(&self, id: TokenId) -> bool {
        matches!(self, Self::Token(credential) if credential.id == id)
    }

    /// When the caller's token ends, if it does. What a person may do ends with the role, not at a time.
    #[must_use]
    pub const fn expires_at(&self) -> Option<Timestamp> {
        match self {
            Self::Token(credential) => credential.expires_at,
            Self::Person(_) => None,
        }
    }

    /// The session of the caller.
    pub fn signed_in(&self) -> Result<&SignedIn, Refusal> {
        match self {
            Self::Token(_) => Err(Refusal::SessionNeeded),
            Self::Person(signed_in) => Ok(signed_in),
        }
    }

    /// The id under which the caller's answers are saved: the token's, or the person's, which outlasts the session.
    #[must_use]
    pub fn answers_id(&self) -> TokenId {
        match self {
            Self::Token(credential) => credential.id,
            Self::Person(signed_in) => TokenId::new(signed_in.person.id().uuid()),
        }
    }

    /// Whether the caller may change a token with these applications. Management tokens are for administrators.
    pub fn permit_change(&self, applications: &Applications) -> Result<(), Refusal> {
        match self {
            Self::Person(signed_in) if applications.contains(MANAGEMENT) => signed_in.require(Role::Admin),
            Self::Token(_) | Self::Person(_) => Ok(()),
        }
    }

    /// Whether the caller may create a token with these applications.
    pub fn permit_creation(&self, applications: &Applications, now: Timestamp) -> Result<(), Refusal> {
        self.permit_change(applications)?;
        if applications.contains(MANAGEMENT) { self.require_recent_sign_in(now) } else { Ok(()) }
    }

    /// Whether the caller may have an existing token's string.
    pub fn permit_copy(&self, now: Timestamp) -> Result<(), Refusal> {
        if let Self::Person(signed_in) = self {
            signed_in.require(Role::Admin)?;
        }
        self.require_recent_sign_in(now)
    }

    /// Whether the caller proved recently who they are. Holders of a token string prove it with each request.
    pub fn require_recent_sign_in(&self, now: Timestamp) -> Result<(), Refusal> {
        match self {
            Self::Token(_) => Ok(()),
            Self::Person(signed_in) => match signed_in.authenticated_at {
                Some(at) if now < at + limits::RECENT_SIGN_IN => Ok(()),
                _ => Err(Refusal::SignInTooOld),
            },
        }
    }
}

impl SignedIn {
    /// Whether the person has this role, or one that includes it.
    pub fn require(&self, role: Role) -> Result<(), Refusal> {
        if role <= self.role { Ok(()) } else { Err(Refusal::RoleMissing(role)) }
    }
}
