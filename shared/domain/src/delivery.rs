//! Deliveries of callbacks: how one went.

use chrono::TimeDelta;
use uuid::Uuid;

use crate::Timestamp;
use crate::ids::TokenId;
use crate::secret::SecretHash;
use crate::token::RequestReason;

/// One delivery as the callback log shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// When it started.
    pub at: Timestamp,
    /// Which request token of this renewal, from 1.
    pub attempt: u32,
    /// Which delivery of this request token, from 1.
    pub try_number: u32,
    /// Why the request token was issued.
    pub reason: RequestReason,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// Status code of a success, or what went wrong.
    pub outcome: Result<u16, Failure>,
    /// Whether no other try of this request token follows.
    pub last_try: bool,
}

/// What went wrong with a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The kind of failure.
    pub class: FailureClass,
    /// The answer's status code, if there was an answer.
    pub status: Option<u16>,
    /// The `Retry-After` of the answer.
    pub retry_after: Option<TimeDelta>,
}

/// Kinds of failures, as the callback log shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureClass {
    /// No whole answer in time.
    Timeout,
    /// No connection, or one that broke; also a name that does not resolve.
    Connection,
    /// No trusted encrypted connection.
    Tls,
    /// The name leads to an address that callbacks never reach.
    BlockedAddress,
    /// The answer is a redirect; redirects are never followed.
    Redirect,
    /// The answer has another status than 2xx.
    Status,
    /// The answer is longer than what is read of it.
    TooLarge,
    /// A kind of failure that only a later version knows.
    Unknown,
}

impl FailureClass {
    /// All kinds that this version knows.
    pub const ALL: [Self; 7] = [
        Self::Timeout,
        Self::Connection,
        Self::Tls,
        Self::BlockedAddress,
        Self::Redirect,
        Self::Status,
        Self::TooLarge,
    ];

    /// The name in the callback log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Connection => "connection",
            Self::Tls => "tls",
            Self::BlockedAddress => "blocked-address",
            Self::Redirect => "redirect",
            Self::Status => "status",
            Self::TooLarge => "too-large",
            Self::Unknown => "unknown",
        }
    }
}

/// How the last delivery went, as the token's record keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastDelivery {
    /// Whether it succeeded.
    pub success: bool,
    /// When it started.
    pub at: Timestamp,
}

/// The result of sending a callback once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeliveryReport {
    /// When it started.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// Status code of a success, or what went wrong.
    pub outcome: Result<u16, Failure>,
}

/// The `webhook-id` of a request token: the same for each of its deliveries, and useless for guessing the token.
#[must_use]
pub fn message_id(token: TokenId, hash: &SecretHash) -> String {
    let seed = [token.uuid().as_bytes().as_slice(), &hash.as_bytes()[..16]].concat();
    let digest: [u8; 32] = <sha2::Sha256 as sha2::Digest>::digest(seed).into();
    let mut head = [0; 16];
    head.copy_from_slice(&digest[..16]);
    format!("msg_{}", Uuid::from_bytes(head).simple())
}
