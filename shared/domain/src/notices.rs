//! Notices: when people are notified of a coming expiry, an ending overlap or unredeemed request tokens.

use chrono::TimeDelta;

use crate::Timestamp;
use crate::change::Change;
use crate::credential::Credential;
use crate::history::{Action, Actor, HistoryEntry};
use crate::limits;
use crate::mail::Notice;
use crate::token::Token;

/// Whether this many unredeemed request tokens trigger a mail: the 1st, 3rd, 7th and then every 7th.
#[must_use]
pub const fn mails_unredeemed(attempt: u32) -> bool {
    attempt == 1 || attempt == 3 || attempt.is_multiple_of(7)
}

/// The number of days or request tokens after this one for which a mail is sent.
#[must_use]
pub fn next_mailed(after: u32) -> u32 {
    (1..=7)
        .map(|ahead| after.saturating_add(ahead))
        .find(|count| mails_unredeemed(*count))
        .unwrap_or(u32::MAX)
}

/// When the expiry of a token without auto renewal is announced next, and how many days ahead.
#[must_use]
pub fn next_expiry_notice(token: &Token) -> Option<(Timestamp, i64)> {
    let end = token.expires_at?;
    if token.auto_renewal.is_some() || token.renewed.is_some() || token.mail_recipient.is_none() {
        return None;
    }
    let announced = token.noticed.expiry_days.unwrap_or(i64::MAX);
    limits::EXPIRY_NOTICE_DAYS
        .into_iter()
        .filter(|days| *days < announced)
        .map(|days| (end - TimeDelta::days(days), days))
        .find(|(at, _)| *at > token.created_at)
}

/// Announces the expiry; a late sweep skips the announcements that it missed.
#[must_use]
pub fn announce_expiry(token: &Token, now: Timestamp) -> Option<Change> {
    let end = token.expires_at?;
    let days =
        limits::EXPIRY_NOTICE_DAYS.into_iter().rev().find(|days| end - TimeDelta::days(*days) <= now)?;
    let mut next = token.next_version();
    next.noticed.expiry_days = Some(days);
    let entry = HistoryEntry::about(&next, now, Actor::Schedule, Action::ExpiryAnnounced { days })
        .mailing(token, Notice::Expiring { at: end });
    Some(Change::replacing(token, next, Some(entry)))
}

/// When an overlap is checked: once, some hours before its end. The end of a leaked string was announced with the leak.
#[must_use]
pub fn overlap_notice_at(token: &Token) -> Option<Timestamp> {
    if token.replacement().is_some() {
        return None;
    }
    let (end, renewed) = token.expires_at.zip(token.renewed)?;
    let at = end - limits::OVERLAP_NOTICE;
    (!token.noticed.overlap && at > renewed.at).then_some(at)
}

/// Checks an overlap that ends soon: notifies if the predecessor is still in use and the successor was never used.
#[must_use]
pub fn look_at_overlap(
    token: &Token,
    old: Option<&Credential>,
    new: Option<&Credential>,
    now: Timestamp,
) -> Change {
    let mut next = token.next_version();
    next.noticed.overlap = true;
    let used_since = |renewed_at| old.and_then(|old| old.last_used_at).is_some_and(|last| last > renewed_at);
    let never_used = new.is_some_and(|new| new.last_used_at.is_none());
    let entry =
        token.expires_at.zip(token.renewed).filter(|(_, renewed)| used_since(renewed.at) && never_used).map(
            |(ends_at, renewed)| {
                let mut entry = HistoryEntry::about(token, now, Actor::Schedule, Action::OverlapEnding)
                    .mailing(token, Notice::OverlapEnding { ends_at });
                entry.successor = Some(renewed.by);
                entry
            },
        );
    Change::replacing(token, next, entry)
}
