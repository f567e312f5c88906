//! What people and systems must be told: counted from the records alone, and against it what was delivered.

use keyturn_domain::Timestamp;
use keyturn_domain::effect::{HistoryEntry, Notice};
use keyturn_domain::ids::TokenId;
use keyturn_domain::token::Token;
use uuid::Uuid;

use super::{Ledger, must};

/// How often something must be told of a token, and how often it was.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Told {
    pub(super) owed: u32,
    pub(super) delivered: u32,
}

impl Ledger {
    pub(super) fn told_event(&mut self, id: TokenId, what: &'static str) {
        self.told.entry((id, what)).or_default().owed += 1;
    }

    /// Adds what a write of a record must cause, whatever entry was written with it.
    pub(super) fn tell(&mut self, before: &Token, after: &Token) {
        let mut mail = None;
        if before.renewed.is_none() && after.renewed.is_some() {
            self.told_event(after.id, "Token Renewed");
            mail = Some("mail: renewed");
        } else if before.deactivated_at.is_none() && after.deactivated_at.is_some() {
            self.told_event(after.id, "Token Deactivated");
        } else if !before.noticed.expired && after.noticed.expired {
            self.told_event(after.id, "Token Expired");
            mail = Some("mail: expired");
        } else if before.noticed.expiry_days != after.noticed.expiry_days {
            mail = Some("mail: expiring");
        } else {
            mail = self.tell_of_request_token(before, after).or(mail);
        }
        if let Some(what) = mail.filter(|_| before.mail_recipient.is_some()) {
            self.told_event(after.id, what);
        }
    }

    fn tell_of_request_token(&mut self, before: &Token, after: &Token) -> Option<&'static str> {
        let pending = after.pending.as_ref()?;
        let earlier = before.pending.as_ref().filter(|earlier| earlier.hash == pending.hash);
        match earlier {
            None => {
                self.told_event(after.id, "Renewal Requested");
                None
            }
            Some(earlier) if !earlier.lapsed && pending.lapsed => {
                self.told_event(after.id, "Renewal Unredeemed");
                let mailed = matches!(pending.attempt, 1 | 3) || pending.attempt % 7 == 0;
                mailed.then_some("mail: unredeemed")
            }
            Some(_) => None,
        }
    }

    /// An event was published.
    pub fn published(&mut self, id: Uuid, entry: &HistoryEntry, now: Timestamp) {
        self.count("events published");
        if let Err(what) = self.judge_delivery(id, entry, true) {
            self.violate(now, what);
        }
    }

    /// A mail was sent.
    pub fn mailed(&mut self, id: Uuid, entry: &HistoryEntry, now: Timestamp) {
        self.count("mails sent");
        if let Err(what) = self.judge_delivery(id, entry, false) {
            self.violate(now, what);
        }
    }

    /// Nothing is told of what was not written, and nothing secret.
    fn judge_delivery(&mut self, id: Uuid, entry: &HistoryEntry, event: bool) -> Result<(), String> {
        let text = format!("{entry:?}");
        let secret = ["kat_", "krt_", "whsec_"].iter().any(|prefix| text.contains(prefix));
        must(!secret, || "a mail or an event holds a secret".to_owned())?;
        let owed = self.owed.get_mut(&id).ok_or("something is told that never happened")?;
        must(owed.entry == *entry, || format!("told {entry:?} instead of {:?}", owed.entry))?;
        let (count, what) = if event {
            (&mut owed.published, entry.action.event())
        } else {
            (&mut owed.mailed, entry.mail.as_ref().map(|mail| kind(mail.notice)))
        };
        let what = what.ok_or("something is told that is not owed")?;
        *count += 1;
        if *count == 1 {
            self.told.entry((entry.token, what)).or_default().delivered += 1;
        }
        Ok(())
    }
}

const fn kind(notice: Notice) -> &'static str {
    match notice {
        Notice::RenewedByRedemption { .. }
        | Notice::RenewedBySchedule { .. }
        | Notice::RenewedByHand { .. } => "mail: renewed",
        Notice::Unredeemed { .. } => "mail: unredeemed",
        Notice::OverlapEnding { .. } => "mail: overlap",
        Notice::Expiring { .. } => "mail: expiring",
        Notice::Expired { .. } => "mail: expired",
    }
}
