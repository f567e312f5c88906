//! Deliveries of a request token: what came of one, and when the next is due.

use chrono::TimeDelta;
use uuid::Uuid;

use crate::Timestamp;
use crate::effect::{Action, Actor, Change, HistoryEntry};
use crate::ids::TokenId;
use crate::limits;
use crate::secret::SecretHash;
use crate::token::{PendingRenewal, Token};

/// One delivery as the callback log shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// When it started.
    pub at: Timestamp,
    /// Which request token of this renewal, from 1.
    pub attempt: u32,
    /// Which delivery of this request token, from 1.
    pub try_number: u32,
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
    /// How long the receiver asks to be left alone.
    pub retry_after: Option<TimeDelta>,
}

/// Kinds of failures, by the names that the callback log shows.
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
    /// Something for which only a later version has a word.
    Unknown,
}

impl FailureClass {
    /// All kinds that this version tells apart.
    pub const ALL: [Self; 7] = [
        Self::Timeout,
        Self::Connection,
        Self::Tls,
        Self::BlockedAddress,
        Self::Redirect,
        Self::Status,
        Self::TooLarge,
    ];

    /// The name that the callback log shows.
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

/// How the last delivery went, as the token's record remembers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastDelivery {
    /// Whether it succeeded.
    pub success: bool,
    /// When it started.
    pub at: Timestamp,
}

/// What a sender reports of one delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeliveryReport {
    /// When it started.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// Status code of a success, or what went wrong.
    pub outcome: Result<u16, Failure>,
}

/// The `webhook-id` of a request token: the same for each of its deliveries, and no help in guessing it.
#[must_use]
pub fn message_id(token: TokenId, hash: &SecretHash) -> String {
    let seed = [token.uuid().as_bytes().as_slice(), &hash.as_bytes()[..16]].concat();
    let digest: [u8; 32] = <sha2::Sha256 as sha2::Digest>::digest(seed).into();
    let mut head = [0; 16];
    head.copy_from_slice(&digest[..16]);
    format!("msg_{}", Uuid::from_bytes(head).simple())
}

/// Notes what came of a delivery that was taken up as `tried` (the pending renewal at that time), and plans the next.
/// `jitter` is a random byte. If the token has moved on meanwhile (a receiver may redeem before it answers), only the
/// log is written.
#[must_use]
pub fn record(
    token: &Token,
    tried: &PendingRenewal,
    report: DeliveryReport,
    jitter: u8,
    now: Timestamp,
) -> Change {
    let current = token.pending.as_ref().filter(|pending| pending.hash == tried.hash && pending.is_live(now));
    let next_try_at = current.and_then(|pending| next_try(pending, tried.tries, report.outcome, jitter, now));
    let delivery = Delivery {
        at: report.at,
        attempt: tried.attempt,
        try_number: tried.tries,
        duration_ms: report.duration_ms,
        outcome: report.outcome,
        last_try: next_try_at.is_none(),
    };
    let entry = Some(HistoryEntry::about(token, now, Actor::Schedule, Action::CallbackTried(delivery)));
    match current {
        Some(pending) => {
            let next = remembering(token, pending, report, tried.tries, next_try_at);
            Change::replacing(token, next, entry)
        }
        None => Change { tokens: Vec::new(), replaced: Vec::new(), entry },
    }
}

fn remembering(
    token: &Token,
    pending: &PendingRenewal,
    report: DeliveryReport,
    tries: u32,
    next_try_at: Option<Timestamp>,
) -> Token {
    let mut next = token.next_version();
    // An older try may have succeeded meanwhile, or report late: neither plans anything anew.
    let decides = pending.tries == tries && pending.next_try_at.is_some();
    next.pending = Some(PendingRenewal {
        last_delivery: Some(LastDelivery { success: report.outcome.is_ok(), at: report.at }),
        next_try_at: if decides || report.outcome.is_ok() { next_try_at } else { pending.next_try_at },
        ..pending.clone()
    });
    next
}

/// When the next delivery of a request token is due after the one with this number, if one is.
fn next_try(
    pending: &PendingRenewal,
    tries: u32,
    outcome: Result<u16, Failure>,
    jitter: u8,
    now: Timestamp,
) -> Option<Timestamp> {
    const GONE: u16 = 410;
    let failure = outcome.err()?;
    if failure.status == Some(GONE) {
        return None;
    }
    let delay = limits::RETRY_DELAYS.get(usize::try_from(tries).ok()?.checked_sub(1)?)?;
    let delay = varied(*delay, jitter).max(failure.retry_after.unwrap_or_default());
    Some(now.checked_add_signed(delay)?).filter(|at| *at < pending.redeem_by())
}

/// A delay varied by up to ±20 %, a random byte deciding by how much.
fn varied(delay: TimeDelta, jitter: u8) -> TimeDelta {
    let spread = delay.num_seconds() * limits::RETRY_JITTER_PERCENT / 100;
    delay + TimeDelta::seconds(spread * (i64::from(jitter) * 2 - 255) / 255)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_vary_by_a_fifth() {
        let minutes = TimeDelta::minutes(10);
        assert_eq!(varied(minutes, 0), TimeDelta::minutes(8));
        assert_eq!(varied(minutes, 255), TimeDelta::minutes(12));
    }
}
