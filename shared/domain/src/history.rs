//! The history of a token: what happened, when and who did it.

use crate::Timestamp;
use crate::delivery::Delivery;
use crate::edited_field::EditedField;
use crate::ids::{CompanyId, TokenId};
use crate::leak::{FoundAt, LeakReaction, LeakSource, LeakedString};
use crate::mail::{Mail, Notice};
use crate::owner::OwnerChange;
use crate::person::{Person, Role};
use crate::provider::RefusedSignIn;
use crate::secret::SecretHash;
use crate::settings::{MailAddress, Name};
use crate::source::TwoAddresses;
use crate::token::{RequestReason, Token};
use uuid::Uuid;

/// One thing that happened to a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// When.
    pub at: Timestamp,
    /// To whose token.
    pub company: CompanyId,
    /// Of which series.
    pub series: TokenId,
    /// To which token.
    pub token: TokenId,
    /// The token's name at that time.
    pub name: Name,
    /// Its successor, if this made one.
    pub successor: Option<TokenId>,
    /// Who did it.
    pub actor: Actor,
    /// What was done.
    pub action: Action,
    /// The hash of the request token that it is about, which tells an invalid one from one that was never issued. What lists
    /// are made of has none.
    pub request_token: Option<SecretHash>,
    /// The mail to send about it. What lists are made of has none.
    pub mail: Option<Mail>,
    /// Both addresses of a handover to another one, until it is announced.
    pub addresses: Option<TwoAddresses>,
}

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The holder of a token.
    Token(TokenId),
    /// A person who signed in.
    Person(Box<Person>),
    /// The scheduled function.
    Schedule,
    /// An operator of the deployment.
    Operator,
    /// An actor that only a later version knows.
    Unknown,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// A token was created.
    Created,
    /// A token was edited.
    Updated {
        /// What changed; empty in entries of earlier versions.
        fields: Vec<EditedField>,
        /// The owners before and after, if the edit changed the owner.
        owner: Option<OwnerChange>,
    },
    /// A token's string was copied.
    Copied,
    /// A token was deactivated.
    Deactivated,
    /// A token got a successor.
    Renewed(RenewalMethod),
    /// A request token went out.
    RenewalRequested {
        /// Which of this renewal.
        attempt: u32,
        /// Why.
        reason: RequestReason,
    },
    /// A request token's window closed.
    RenewalUnredeemed {
        /// Which of this renewal.
        attempt: u32,
    },
    /// A token that fetches its successor itself has not done so.
    RenewalUnfetched {
        /// Whole days since it was due.
        days: u32,
    },
    /// A callback was attempted.
    CallbackTried(Delivery),
    /// The automatic renewal was made due by hand.
    RenewalStarted,
    /// The same, because the token's string may have leaked.
    LeakSuspected,
    /// A string of the token was reported as leaked.
    Leaked {
        /// Which.
        what: LeakedString,
        /// What followed.
        reaction: LeakReaction,
        /// Who said so.
        source: LeakSource,
        /// Where it was found, as a verified report says.
        found_at: Option<FoundAt>,
    },
    /// A callback's signing secret was replaced.
    SecretRotated,
    /// A test callback was requested.
    TestRequested,
    /// A test callback was sent.
    CallbackTested(Delivery),
    /// A token string was given out after the token's creation, other than as a copy. The renewal itself is the first
    /// handover of a successor's string.
    HandedOver {
        /// How.
        how: Handover,
        /// Whether the same had been done before.
        repeat: bool,
        /// Whether it went to another source address than before.
        elsewhere: bool,
    },
    /// An expiry was announced.
    ExpiryAnnounced {
        /// Days ahead.
        days: i64,
    },
    /// A token expired.
    Expired,
    /// An overlap is about to end while the predecessor is still in use.
    OverlapEnding,
    /// The mail service permanently refused a mail.
    MailRefused,
    /// A mail was not sent, because of the limit of a day.
    MailOverLimit,
    /// A person signed in. About no token: the entry has the session's id in place of one.
    SignedIn {
        /// As what.
        role: Role,
    },
    /// A person whom a provider vouches for was not let in. About no token either.
    SignInRefused {
        /// Why.
        reason: RefusedSignIn,
    },
    /// An action that only a later version knows. It may have an event, which this version can't name.
    Unknown,
}

/// How a successor was created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RenewalMethod {
    /// A request token was redeemed.
    Redemption,
    /// The token fetched its successor itself.
    Pull,
    /// The renewal was due and there is no callback.
    Schedule,
    /// A caller renewed the token.
    Manual,
}

impl RenewalMethod {
    /// All methods.
    pub const ALL: [Self; 4] = [Self::Redemption, Self::Pull, Self::Schedule, Self::Manual];

    /// The method's name in records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Redemption => "redemption",
            Self::Pull => "pull",
            Self::Schedule => "schedule",
            Self::Manual => "manual",
        }
    }
}

/// How a token string was given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handover {
    /// A request token was redeemed again, for the successor's string.
    Redemption,
    /// A token fetched its successor's string again.
    Pull,
    /// The request token of a test callback was redeemed, for the token's own string.
    Test,
}

/// The event about a deactivation.
const DEACTIVATED: &str = "Token Deactivated";

/// The event about a handover.
const HANDED_OVER: &str = "Token Handed Over";

impl Action {
    /// The event's detail type, by which EventBridge rules match; `None` if the action is not published.
    #[must_use]
    pub const fn event(&self) -> Option<&'static str> {
        match self {
            Self::Created => Some("Token Created"),
            Self::Updated { .. } | Self::RenewalStarted | Self::LeakSuspected | Self::SecretRotated => {
                Some("Token Updated")
            }
            Self::Leaked { .. } => Some("Token Leaked"),
            Self::Copied => Some("Token Copied"),
            Self::Deactivated => Some(DEACTIVATED),
            Self::Renewed(_) => Some("Token Renewed"),
            Self::RenewalRequested { .. } => Some("Renewal Requested"),
            Self::RenewalUnredeemed { .. } | Self::RenewalUnfetched { .. } => Some("Renewal Unredeemed"),
            Self::CallbackTried(delivery) if delivery.outcome.is_ok() => Some("Callback Delivered"),
            Self::CallbackTried(_) => Some("Callback Failed"),
            Self::ExpiryAnnounced { .. }
            | Self::TestRequested
            | Self::CallbackTested(_)
            | Self::MailRefused
            | Self::MailOverLimit
            | Self::Unknown => None,
            Self::HandedOver { .. } => Some(HANDED_OVER),
            Self::Expired => Some("Token Expired"),
            Self::OverlapEnding => Some("Overlap Ending"),
            Self::SignedIn { .. } => Some("Signed In"),
            Self::SignInRefused { .. } => Some("Sign-in Refused"),
        }
    }

    /// A second event, which is published after the first: a copy is also a handover, and a leak may deactivate.
    #[must_use]
    pub const fn second_event(&self) -> Option<&'static str> {
        match self {
            Self::Copied => Some(HANDED_OVER),
            Self::Leaked { reaction: LeakReaction::Deactivate, .. } => Some(DEACTIVATED),
            _ => None,
        }
    }
}

impl HistoryEntry {
    /// An entry about a sign-in, whose id stands in the place of a token's.
    #[must_use]
    pub fn about_sign_in(
        id: Uuid,
        company: CompanyId,
        person: &Person,
        at: Timestamp,
        action: Action,
    ) -> Self {
        Self {
            at,
            company,
            series: TokenId::new(id),
            token: TokenId::new(id),
            name: Name::stored(String::new()),
            successor: None,
            actor: Actor::Person(Box::new(person.clone())),
            action,
            request_token: None,
            mail: None,
            addresses: None,
        }
    }

    /// An entry about a token, without a mail.
    #[must_use]
    pub fn about(token: &Token, at: Timestamp, actor: Actor, action: Action) -> Self {
        Self {
            at,
            company: token.company.clone(),
            series: token.series,
            token: token.id,
            name: token.name.clone(),
            successor: None,
            actor,
            action,
            request_token: None,
            mail: None,
            addresses: None,
        }
    }

    /// The same entry about a request token with this hash.
    #[must_use]
    pub const fn of_request_token(mut self, hash: SecretHash) -> Self {
        self.request_token = Some(hash);
        self
    }

    /// The same entry with a mail, if the token has a recipient.
    #[must_use]
    pub fn mailing(mut self, token: &Token, notice: Notice) -> Self {
        self.mail = token.mail_recipient.clone().map(|recipient| Mail { recipient, copy_to: None, notice });
        self
    }

    /// The same entry with a mail that a company's security address gets as well.
    #[must_use]
    pub fn alarming(mut self, token: &Token, security: Option<&MailAddress>, notice: Notice) -> Self {
        let recipient = token.mail_recipient.as_ref().or(security);
        let copy_to = security.filter(|address| Some(*address) != recipient).cloned();
        self.mail = recipient.cloned().map(|recipient| Mail { recipient, copy_to, notice });
        self
    }
}
