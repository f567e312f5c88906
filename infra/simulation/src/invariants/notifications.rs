//! NotificationCount: what the records call for, against what was delivered.

use keyturn_domain::Timestamp;
use keyturn_domain::history::HistoryEntry;
use keyturn_domain::ids::TokenId;
use keyturn_domain::mail::Notice;
use keyturn_domain::token::Token;
use uuid::Uuid;

use super::{InvariantChecker, ensure};

/// Expected and delivered notifications of one kind for one token.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct NotificationCount {
    pub(super) expected: u32,
    pub(super) delivered: u32,
}

impl InvariantChecker {
    pub(super) fn expect_notification(&mut self, id: TokenId, what: &'static str) {
        self.notifications.entry((id, what)).or_default().expected += 1;
    }

    /// Adds the notifications that a change of a record calls for, whatever entry was written with it.
    pub(super) fn expect_notifications(&mut self, before: &Token, after: &Token) {
        let mut mail = None;
        if before.renewed.is_none() && after.renewed.is_some() {
            self.expect_notification(after.id, "Token Renewed");
            mail = Some("mail: renewed");
        } else if before.deactivated_at.is_none() && after.deactivated_at.is_some() {
            self.expect_notification(after.id, "Token Deactivated");
        } else if !before.noticed.expired && after.noticed.expired {
            self.expect_notification(after.id, "Token Expired");
            mail = Some("mail: expired");
        } else if before.noticed.expiry_days != after.noticed.expiry_days {
            mail = Some("mail: expiring");
        } else {
            mail = self.expect_request_token_notifications(before, after).or(mail);
        }
        if let Some(what) = mail.filter(|_| before.mail_recipient.is_some()) {
            self.expect_notification(after.id, what);
        }
    }

    fn expect_request_token_notifications(&mut self, before: &Token, after: &Token) -> Option<&'static str> {
        let unfetched = |token: &Token| token.auto_renewal.as_ref().map(|renewal| renewal.unfetched_days);
        if unfetched(after) > unfetched(before) && unfetched(before).is_some() {
            self.expect_notification(after.id, "Renewal Unredeemed");
            return Some("mail: unfetched");
        }
        let pending = after.pending.as_ref()?;
        let earlier = before.pending.as_ref().filter(|earlier| earlier.hash == pending.hash);
        match earlier {
            None => {
                self.expect_notification(after.id, "Renewal Requested");
                None
            }
            Some(earlier) if !earlier.lapsed && pending.lapsed => {
                self.expect_notification(after.id, "Renewal Unredeemed");
                let mailed = matches!(pending.attempt, 1 | 3) || pending.attempt % 7 == 0;
                mailed.then_some("mail: unredeemed")
            }
            Some(_) => None,
        }
    }

    /// Checks a published event.
    pub fn published(&mut self, id: Uuid, entry: &HistoryEntry, now: Timestamp) {
        self.count("events published");
        let checked = self.check_delivery(id, entry, true);
        self.record_result(now, checked);
    }

    /// Checks a sent mail.
    pub fn mailed(&mut self, id: Uuid, entry: &HistoryEntry, now: Timestamp) {
        self.count("mails sent");
        let checked = self.check_delivery(id, entry, false);
        self.record_result(now, checked);
    }

    /// Only what was written is delivered, and no secret.
    fn check_delivery(&mut self, id: Uuid, entry: &HistoryEntry, event: bool) -> Result<(), String> {
        let text = format!("{entry:?}");
        let secret = ["kat_", "krt_", "whsec_"].iter().any(|prefix| text.contains(prefix));
        ensure(!secret, || "a mail or an event contains a secret".to_owned())?;
        let tracked = self.entries.get_mut(&id).ok_or("a notification without an entry")?;
        ensure(tracked.entry == *entry, || format!("delivered {entry:?} instead of {:?}", tracked.entry))?;
        let (count, what) = if event {
            (&mut tracked.published, entry.action.event())
        } else {
            (&mut tracked.mailed, entry.mail.as_ref().map(|mail| kind(mail.notice)))
        };
        let what = what.ok_or("a notification that the entry does not call for")?;
        *count += 1;
        if *count == 1 {
            self.notifications.entry((entry.token, what)).or_default().delivered += 1;
        }
        Ok(())
    }
}

const fn kind(notice: Notice) -> &'static str {
    match notice {
        Notice::RenewedByRedemption { .. }
        | Notice::RenewedByPull { .. }
        | Notice::RenewedBySchedule { .. }
        | Notice::RenewedByHand { .. } => "mail: renewed",
        Notice::Unredeemed { .. } => "mail: unredeemed",
        Notice::CallbackChanged => "mail: callback",
        Notice::Unfetched { .. } => "mail: unfetched",
        Notice::OverlapEnding { .. } => "mail: overlap",
        Notice::TwoAddresses(_) => "mail: two addresses",
        Notice::Leaked { .. } => "mail: leaked",
        Notice::Expiring { .. } => "mail: expiring",
        Notice::Expired { .. } => "mail: expired",
    }
}
