//! What a decision causes besides the new record: an entry in the token's history that owes an event and perhaps a
//! mail until both are delivered. Written in the same transaction as the change.

use crate::Timestamp;
use crate::delivery::Delivery;
use crate::ids::{CompanyId, TokenId};
use crate::secret::SecretHash;
use crate::settings::{MailAddress, Name};
use crate::token::Token;

/// The outcome of a decision: records to write and what to remember of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Records in their new state. Each is only written over the version before.
    pub tokens: Vec<Token>,
    /// The records that those are written over, as they were when the decision was made.
    pub replaced: Vec<Token>,
    /// What happened, if it's worth remembering.
    pub entry: Option<HistoryEntry>,
}

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
    /// The mail that it owes.
    pub mail: Option<Mail>,
}

/// Who did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The holder of a token.
    Token(TokenId),
    /// The scheduled function.
    Schedule,
    /// Somebody with access to the deployment.
    Operator,
    /// Somebody for whom only a later version has a word.
    Unknown,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// A token was created.
    Created,
    /// A token was edited.
    Updated,
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
        /// Its hash, by which a dead request token is told from one that never was.
        hash: SecretHash,
    },
    /// A request token's window closed.
    RenewalUnredeemed {
        /// Which of this renewal.
        attempt: u32,
    },
    /// A delivery of a request token was tried.
    CallbackTried(Delivery),
    /// The automatic renewal was made due by hand.
    RenewalStarted,
    /// A callback's signing secret was replaced.
    SecretRotated,
    /// A test callback was asked for.
    TestRequested {
        /// The hash of its request token, by which a dead one is told from one that never was.
        hash: SecretHash,
    },
    /// A test callback was sent.
    CallbackTested(Delivery),
    /// An expiry was announced.
    ExpiryAnnounced {
        /// Days ahead.
        days: i64,
    },
    /// A token expired.
    Expired,
    /// An overlap is about to end while the predecessor is still in use.
    OverlapEnding,
    /// Something for which only a later version has a word. It may owe an event, which this version can't tell.
    Unknown,
}

/// How a successor came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RenewalMethod {
    /// A request token was redeemed.
    Redemption,
    /// The renewal was due and there is no callback.
    Schedule,
    /// Somebody did it.
    Manual,
}

/// A mail that is owed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// To whom.
    pub recipient: MailAddress,
    /// About what.
    pub notice: Notice,
}

/// What a mail tells, with the facts that its text needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A request token was redeemed.
    RenewedByRedemption {
        /// When the predecessor ends.
        old_valid_until: Timestamp,
    },
    /// The schedule made the successor; somebody must copy its string.
    RenewedBySchedule {
        /// When the predecessor ends.
        copy_until: Timestamp,
    },
    /// Somebody renewed the token by hand.
    RenewedByHand {
        /// When the predecessor ends.
        old_valid_until: Timestamp,
    },
    /// A request token was not redeemed.
    Unredeemed {
        /// How many have not been by now.
        attempt: u32,
        /// When the next one goes out, unless the token ends before.
        next_callback_at: Timestamp,
    },
    /// An overlap is about to end while the predecessor is still in use and the successor never was.
    OverlapEnding {
        /// When the predecessor ends.
        ends_at: Timestamp,
    },
    /// The token expires and nothing renews it.
    Expiring {
        /// When.
        at: Timestamp,
    },
    /// The token expired.
    Expired {
        /// When.
        at: Timestamp,
    },
}

/// The kinds of events, by the names that EventBridge rules match.
impl Action {
    /// The event's detail type, if this action is published as one.
    #[must_use]
    pub const fn event(&self) -> Option<&'static str> {
        match self {
            Self::Created => Some("Token Created"),
            Self::Updated | Self::RenewalStarted | Self::SecretRotated => Some("Token Updated"),
            Self::Copied => Some("Token Copied"),
            Self::Deactivated => Some("Token Deactivated"),
            Self::Renewed(_) => Some("Token Renewed"),
            Self::RenewalRequested { .. } => Some("Renewal Requested"),
            Self::RenewalUnredeemed { .. } => Some("Renewal Unredeemed"),
            Self::CallbackTried(delivery) if delivery.outcome.is_ok() => Some("Callback Delivered"),
            Self::CallbackTried(_) => Some("Callback Failed"),
            Self::ExpiryAnnounced { .. }
            | Self::TestRequested { .. }
            | Self::CallbackTested(_)
            | Self::Unknown => None,
            Self::Expired => Some("Token Expired"),
            Self::OverlapEnding => Some("Overlap Ending"),
        }
    }
}

impl HistoryEntry {
    /// An entry about a token that owes no mail.
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
            mail: None,
        }
    }

    /// The same entry with a mail, if the token has a recipient.
    #[must_use]
    pub fn mailing(mut self, token: &Token, notice: Notice) -> Self {
        self.mail = token.mail_recipient.clone().map(|recipient| Mail { recipient, notice });
        self
    }
}

impl Change {
    /// A record that replaces another, and what happened.
    #[must_use]
    pub(crate) fn replacing(before: &Token, after: Token, entry: Option<HistoryEntry>) -> Self {
        Self { tokens: vec![after], replaced: vec![before.clone()], entry }
    }

    /// A predecessor that gets a successor.
    #[must_use]
    pub(crate) fn succession(before: &Token, old: Token, successor: Token, mut entry: HistoryEntry) -> Self {
        entry.successor = Some(successor.id);
        Self { tokens: vec![old, successor], replaced: vec![before.clone()], entry: Some(entry) }
    }

    /// The record that a new state is written over; `None` for a token that is new.
    #[must_use]
    pub fn before(&self, token: &Token) -> Option<&Token> {
        self.replaced.iter().find(|before| before.id == token.id)
    }
}
