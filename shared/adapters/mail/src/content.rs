//! The content of each notice: one template per notice, with subject, headline and advice.

use std::net::IpAddr;

use askama::Template;
use keyturn_domain::Timestamp;
use keyturn_domain::history::HistoryEntry;
use keyturn_domain::leak::{LeakReaction, LeakedString};
use keyturn_domain::limits;
use keyturn_domain::mail::Notice;
use keyturn_domain::source;

use crate::show;

/// The content of a mail, used by both layouts.
pub(crate) struct MailContent {
    pub(crate) subject: String,
    pub(crate) headline: String,
    /// Paragraphs, separated by empty lines.
    pub(crate) advice: String,
}

/// A time, formatted for the text and for the subject.
struct When {
    long: String,
    short: String,
}

/// The token that a mail is about, as all templates show it.
struct ShownToken {
    name: String,
    short_name: String,
    company: String,
}

#[derive(Template)]
#[template(path = "renewed-by-redemption.txt", blocks = ["subject", "headline", "advice"])]
struct RenewedByRedemption {
    token: ShownToken,
    end: When,
}

#[derive(Template)]
#[template(path = "renewed-by-pull.txt", blocks = ["subject", "headline", "advice"])]
struct RenewedByPull {
    token: ShownToken,
    end: When,
}

#[derive(Template)]
#[template(path = "renewed-by-schedule.txt", blocks = ["subject", "headline", "advice"])]
struct RenewedBySchedule {
    token: ShownToken,
    end: When,
}

#[derive(Template)]
#[template(path = "renewed-by-hand.txt", blocks = ["subject", "headline", "advice"])]
struct RenewedByHand {
    token: ShownToken,
    /// `None`: it ended with the renewal.
    end: Option<When>,
}

#[derive(Template)]
#[template(path = "unredeemed.txt", blocks = ["subject", "headline", "advice"])]
struct Unredeemed {
    token: ShownToken,
    attempt: u32,
    window_hours: i64,
    interval_hours: i64,
    /// `None`: it's due already.
    next: Option<When>,
}

#[derive(Template)]
#[template(path = "callback-changed.txt", blocks = ["subject", "headline", "advice"])]
struct CallbackChanged {
    token: ShownToken,
    at: When,
}

#[derive(Template)]
#[template(path = "unfetched.txt", blocks = ["subject", "headline", "advice"])]
struct Unfetched {
    token: ShownToken,
    days: u32,
}

#[derive(Template)]
#[template(path = "overlap-ending.txt", blocks = ["subject", "headline", "advice"])]
struct OverlapEnding {
    token: ShownToken,
    remaining: String,
    end: When,
}

#[derive(Template)]
#[template(path = "two-addresses.txt", blocks = ["subject", "headline", "advice"])]
struct TwoAddresses {
    token: ShownToken,
    first: IpAddr,
    other: IpAddr,
}

#[derive(Template)]
#[template(path = "leaked.txt", blocks = ["subject", "headline", "advice"])]
struct Leaked {
    token: ShownToken,
    what: LeakedString,
    reaction: LeakReaction,
    at: When,
    /// When the string ends at the latest, if it is being replaced.
    end: Option<When>,
    is_renewing: bool,
    interval_minutes: i64,
    grace_minutes: i64,
}

#[derive(Template)]
#[template(path = "expiring.txt", blocks = ["subject", "headline", "advice"])]
struct Expiring {
    token: ShownToken,
    remaining: String,
    end: When,
}

#[derive(Template)]
#[template(path = "expired.txt", blocks = ["subject", "headline", "advice"])]
struct Expired {
    token: ShownToken,
    end: When,
    renewed: bool,
}

/// Renders the blocks of a template. The derive generates their methods, so no trait can name them.
macro_rules! render {
    ($template:expr) => {{
        let template = $template;
        Ok(MailContent {
            subject: template.as_subject().render()?,
            headline: template.as_headline().render()?,
            advice: template.as_advice().render()?.trim().to_owned(),
        })
    }};
}

impl MailContent {
    /// The content for a notice.
    pub(crate) fn of(entry: &HistoryEntry, notice: Notice) -> askama::Result<Self> {
        let token = ShownToken {
            name: show::name(entry.name.as_str()),
            short_name: show::short_name(entry.name.as_str()),
            company: entry.company.to_string(),
        };
        match notice {
            Notice::RenewedByRedemption { old_valid_until } => {
                render!(RenewedByRedemption { token, end: When::new(old_valid_until) })
            }
            Notice::RenewedByPull { old_valid_until } => {
                render!(RenewedByPull { token, end: When::new(old_valid_until) })
            }
            Notice::RenewedBySchedule { copy_until } => {
                render!(RenewedBySchedule { token, end: When::new(copy_until) })
            }
            Notice::RenewedByHand { old_valid_until } => {
                let end = (old_valid_until > entry.at).then(|| When::new(old_valid_until));
                render!(RenewedByHand { token, end })
            }
            Notice::Unredeemed { attempt, next_callback_at } => {
                // A late sweep closes the window after the next request token was due.
                let next = (next_callback_at > entry.at).then(|| When::new(next_callback_at));
                let window_hours = limits::REDEMPTION_WINDOW.num_hours();
                let interval_hours = limits::WINDOW_INTERVAL.num_hours();
                render!(Unredeemed { token, attempt, window_hours, interval_hours, next })
            }
            Notice::CallbackChanged => render!(CallbackChanged { token, at: When::new(entry.at) }),
            Notice::Unfetched { days } => render!(Unfetched { token, days }),
            Notice::OverlapEnding { ends_at } => {
                let remaining = show::remaining(entry.at, ends_at);
                render!(OverlapEnding { token, remaining, end: When::new(ends_at) })
            }
            Notice::TwoAddresses(source::TwoAddresses { first, other }) => {
                render!(TwoAddresses { token, first, other })
            }
            Notice::Leaked { what, reaction, ends_at, last_use: _ } => {
                render!(Leaked {
                    token,
                    what,
                    reaction,
                    at: When::new(entry.at),
                    end: ends_at.map(When::new),
                    is_renewing: reaction == LeakReaction::Renew,
                    interval_minutes: limits::LEAK_INTERVAL.num_minutes(),
                    grace_minutes: limits::LEAK_GRACE.num_minutes(),
                })
            }
            Notice::Expiring { at } => {
                let remaining = show::remaining(entry.at, at);
                render!(Expiring { token, remaining, end: When::new(at) })
            }
            Notice::Expired { at } => {
                render!(Expired { token, end: When::new(at), renewed: entry.successor.is_some() })
            }
        }
    }
}

impl When {
    fn new(at: Timestamp) -> Self {
        Self { long: show::moment(at), short: show::short_moment(at) }
    }
}

/// The notice's name in the statistics of SES.
pub(crate) const fn kind(notice: Notice) -> &'static str {
    match notice {
        Notice::RenewedByRedemption { .. } => "renewed-by-redemption",
        Notice::RenewedByPull { .. } => "renewed-by-pull",
        Notice::RenewedBySchedule { .. } => "renewed-by-schedule",
        Notice::RenewedByHand { .. } => "renewed-by-hand",
        Notice::Unredeemed { .. } => "unredeemed",
        Notice::CallbackChanged => "callback-changed",
        Notice::Unfetched { .. } => "unfetched",
        Notice::OverlapEnding { .. } => "overlap-ending",
        Notice::Leaked { .. } => "leaked",
        Notice::TwoAddresses(_) => "two-addresses",
        Notice::Expiring { .. } => "expiring",
        Notice::Expired { .. } => "expired",
    }
}
