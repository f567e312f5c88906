//! When a client should ask for its successor (modelled on RFC 9773, ACME Renewal Information).
//!
//! All of it follows from the credential, so that asking costs no more than authenticating.

use chrono::TimeDelta;

use crate::Timestamp;
use crate::credential::{Credential, RenewalPlan};
use crate::ids::TokenId;
use crate::limits;

/// How the renewal of a token stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RenewalState {
    /// It doesn't renew itself.
    None,
    /// The renewal is not due yet.
    Scheduled,
    /// The renewal is due.
    Due,
    /// There is a successor.
    Renewed,
}

impl RenewalState {
    /// All states.
    pub const ALL: [Self; 4] = [Self::None, Self::Scheduled, Self::Due, Self::Renewed];

    /// The state as answers show it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Scheduled => "SCHEDULED",
            Self::Due => "DUE",
            Self::Renewed => "RENEWED",
        }
    }
}

/// When a client should pull.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SuggestedWindow {
    /// The due moment.
    pub start: Timestamp,
    /// The moment at which a client asks that follows `Retry-After`.
    pub end: Timestamp,
}

/// What a client learns about its renewal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RenewalInfo {
    /// How the renewal stands.
    pub state: RenewalState,
    /// When to pull; `None` without a renewal to come.
    pub window: Option<SuggestedWindow>,
    /// When to ask again.
    pub retry_after: TimeDelta,
}

impl RenewalInfo {
    /// The renewal of the token with this credential and plan.
    #[must_use]
    pub fn of(credential: &Credential, plan: Option<RenewalPlan>, now: Timestamp) -> Self {
        let Some(plan) = plan.filter(|_| credential.renewed.is_none()) else {
            return match credential.renewed {
                Some(_) => Self { state: RenewalState::Renewed, window: None, retry_after: limits::ASK_SOON },
                None => Self { state: RenewalState::None, window: None, retry_after: limits::ASK_AGAIN },
            };
        };
        let window = SuggestedWindow::of(credential.series, plan);
        Self {
            state: if now < window.start { RenewalState::Scheduled } else { RenewalState::Due },
            window: Some(window),
            retry_after: if now < window.end {
                (window.end - now).min(limits::ASK_AGAIN)
            } else {
                limits::ASK_SOON
            },
        }
    }
}

impl SuggestedWindow {
    /// The window of a series: it opens at the due moment, and its length is a share of the longest one that is the same for
    /// the series each time, so that tokens that were created together are not pulled together.
    #[must_use]
    pub fn of(series: TokenId, plan: RenewalPlan) -> Self {
        let share =
            TimeDelta::seconds(i64::from(plan.every_days) * 86_400 * limits::PULL_WINDOW_PERCENT / 100);
        let longest = share.min(limits::LONGEST_PULL_WINDOW).num_seconds();
        let hash = i64::from(crc32fast::hash(series.uuid().as_bytes()));
        let length = TimeDelta::seconds(1 + hash * (longest - 1) / i64::from(u32::MAX));
        Self { start: plan.at, end: plan.at + length }
    }
}
