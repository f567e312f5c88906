//! The mail of an entry as it is stored until it is delivered.

use keyturn_domain::leak::{LastUse, LeakReaction, LeakedString};
use keyturn_domain::mail::{Mail, Notice};
use keyturn_domain::settings::MailAddress;
use keyturn_domain::source::TwoAddresses;
use serde::{Deserialize, Serialize};

use super::{Malformed, Seconds, moment, moments, seconds};

#[derive(Serialize, Deserialize)]
pub(super) struct TwoAddressesRecord {
    first: String,
    other: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MailRecord {
    recipient: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    copy_to: Option<String>,
    notice: NoticeRecord,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum NoticeRecord {
    RenewedByRedemption {
        old_valid_until: Seconds,
    },
    RenewedByPull {
        old_valid_until: Seconds,
    },
    RenewedBySchedule {
        copy_until: Seconds,
    },
    RenewedByHand {
        old_valid_until: Seconds,
    },
    Unredeemed {
        attempt: u32,
        next_callback_at: Seconds,
    },
    CallbackChanged,
    Unfetched {
        days: u32,
    },
    OverlapEnding {
        ends_at: Seconds,
    },
    TwoAddresses(TwoAddressesRecord),
    Leaked {
        what: String,
        reaction: String,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        ends_at: Option<Seconds>,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        last_used_at: Option<Seconds>,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        last_used_from: Option<String>,
    },
    Expiring {
        at: Seconds,
    },
    Expired {
        at: Seconds,
    },
    #[serde(other)]
    Unknown,
}

impl From<&Mail> for MailRecord {
    fn from(mail: &Mail) -> Self {
        Self {
            recipient: mail.recipient.as_str().to_owned(),
            copy_to: mail.copy_to.as_ref().map(|address| address.as_str().to_owned()),
            notice: NoticeRecord::from(mail.notice),
        }
    }
}

impl From<Notice> for NoticeRecord {
    fn from(notice: Notice) -> Self {
        match notice {
            Notice::RenewedByRedemption { old_valid_until } => {
                Self::RenewedByRedemption { old_valid_until: seconds(old_valid_until) }
            }
            Notice::RenewedByPull { old_valid_until } => {
                Self::RenewedByPull { old_valid_until: seconds(old_valid_until) }
            }
            Notice::RenewedBySchedule { copy_until } => {
                Self::RenewedBySchedule { copy_until: seconds(copy_until) }
            }
            Notice::RenewedByHand { old_valid_until } => {
                Self::RenewedByHand { old_valid_until: seconds(old_valid_until) }
            }
            Notice::Unredeemed { attempt, next_callback_at } => {
                Self::Unredeemed { attempt, next_callback_at: seconds(next_callback_at) }
            }
            Notice::CallbackChanged => Self::CallbackChanged,
            Notice::Unfetched { days } => Self::Unfetched { days },
            Notice::OverlapEnding { ends_at } => Self::OverlapEnding { ends_at: seconds(ends_at) },
            Notice::TwoAddresses(two) => Self::TwoAddresses(two.into()),
            Notice::Leaked { what, reaction, ends_at, last_use } => Self::Leaked {
                what: what.as_str().to_owned(),
                reaction: reaction.as_str().to_owned(),
                ends_at: ends_at.map(seconds),
                last_used_at: last_use.map(|last| seconds(last.at)),
                last_used_from: last_use.and_then(|last| last.from).map(|from| from.to_string()),
            },
            Notice::Expiring { at } => Self::Expiring { at: seconds(at) },
            Notice::Expired { at } => Self::Expired { at: seconds(at) },
        }
    }
}

impl From<TwoAddresses> for TwoAddressesRecord {
    fn from(two: TwoAddresses) -> Self {
        Self { first: two.first.to_string(), other: two.other.to_string() }
    }
}

impl TwoAddressesRecord {
    pub(super) fn read(&self) -> Option<TwoAddresses> {
        Some(TwoAddresses { first: self.first.parse().ok()?, other: self.other.parse().ok()? })
    }
}

impl TryFrom<MailRecord> for Option<Mail> {
    type Error = Malformed;

    fn try_from(record: MailRecord) -> Result<Self, Malformed> {
        let notice = match record.notice {
            NoticeRecord::RenewedByRedemption { old_valid_until } => {
                Notice::RenewedByRedemption { old_valid_until: moment(old_valid_until)? }
            }
            NoticeRecord::RenewedByPull { old_valid_until } => {
                Notice::RenewedByPull { old_valid_until: moment(old_valid_until)? }
            }
            NoticeRecord::RenewedBySchedule { copy_until } => {
                Notice::RenewedBySchedule { copy_until: moment(copy_until)? }
            }
            NoticeRecord::RenewedByHand { old_valid_until } => {
                Notice::RenewedByHand { old_valid_until: moment(old_valid_until)? }
            }
            NoticeRecord::Unredeemed { attempt, next_callback_at } => {
                Notice::Unredeemed { attempt, next_callback_at: moment(next_callback_at)? }
            }
            NoticeRecord::CallbackChanged => Notice::CallbackChanged,
            NoticeRecord::Unfetched { days } => Notice::Unfetched { days },
            NoticeRecord::OverlapEnding { ends_at } => Notice::OverlapEnding { ends_at: moment(ends_at)? },
            NoticeRecord::TwoAddresses(two) => {
                Notice::TwoAddresses(two.read().ok_or(Malformed("an address"))?)
            }
            NoticeRecord::Leaked { what, reaction, ends_at, last_used_at, last_used_from } => {
                let words = LeakedString::of_word(&what).zip(LeakReaction::of_word(&reaction));
                // Words that only a later version knows stay pending for that version.
                let Some((what, reaction)) = words else { return Ok(None) };
                let from = last_used_from.and_then(|from| from.parse().ok());
                let last_use = moments(last_used_at)?.map(|at| LastUse { at, from });
                Notice::Leaked { what, reaction, ends_at: moments(ends_at)?, last_use }
            }
            NoticeRecord::Expiring { at } => Notice::Expiring { at: moment(at)? },
            NoticeRecord::Expired { at } => Notice::Expired { at: moment(at)? },
            NoticeRecord::Unknown => return Ok(None),
        };
        let copy_to = record.copy_to.map(MailAddress::stored);
        Ok(Some(Mail { recipient: MailAddress::stored(record.recipient), copy_to, notice }))
    }
}
