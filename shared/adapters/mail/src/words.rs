//! What each notice says: one template per notice, with a subject, a first line that says it all, and advice.

use askama::Template;
use keyturn_domain::effect::{Entry, Notice};
use keyturn_domain::limits;

use crate::show;

/// The words of a mail. They go into both layouts as they are.
pub(crate) struct Words {
    pub(crate) subject: String,
    pub(crate) headline: String,
    /// Paragraphs, with empty lines between them.
    pub(crate) advice: String,
}

/// Which token a mail is about, as all templates show it.
struct Shown {
    name: String,
    short_name: String,
    company: String,
}

#[derive(Template)]
#[template(path = "renewed-by-redemption.txt", blocks = ["subject", "headline", "advice"])]
struct RenewedByRedemption {
    token: Shown,
    old_valid_until: String,
}

#[derive(Template)]
#[template(path = "renewed-by-schedule.txt", blocks = ["subject", "headline", "advice"])]
struct RenewedBySchedule {
    token: Shown,
    copy_until: String,
}

#[derive(Template)]
#[template(path = "renewed-by-hand.txt", blocks = ["subject", "headline", "advice"])]
struct RenewedByHand {
    token: Shown,
    old_valid_until: String,
}

#[derive(Template)]
#[template(path = "unredeemed.txt", blocks = ["subject", "headline", "advice"])]
struct Unredeemed {
    token: Shown,
    attempt: u32,
    window_hours: i64,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "overlap-ending.txt", blocks = ["subject", "headline", "advice"])]
struct OverlapEnding {
    token: Shown,
    ends_at: String,
}

#[derive(Template)]
#[template(path = "expiring.txt", blocks = ["subject", "headline", "advice"])]
struct Expiring {
    token: Shown,
    remaining: String,
    expires_at: String,
}

#[derive(Template)]
#[template(path = "expired.txt", blocks = ["subject", "headline", "advice"])]
struct Expired {
    token: Shown,
    expired_at: String,
    renewed: bool,
}

/// Renders the blocks of a template. Their methods are made by the derive, so no trait can name them.
macro_rules! render {
    ($template:expr) => {{
        let template = $template;
        Ok(Words {
            subject: template.as_subject().render()?,
            headline: template.as_headline().render()?,
            advice: template.as_advice().render()?.trim().to_owned(),
        })
    }};
}

impl Words {
    /// The words for a notice.
    pub(crate) fn of(entry: &Entry, notice: Notice) -> askama::Result<Self> {
        let token = Shown {
            name: show::name(entry.name.as_str()),
            short_name: show::short_name(entry.name.as_str()),
            company: entry.company.to_string(),
        };
        match notice {
            Notice::RenewedByRedemption { old_valid_until } => {
                render!(RenewedByRedemption { token, old_valid_until: show::moment(old_valid_until) })
            }
            Notice::RenewedBySchedule { copy_until } => {
                render!(RenewedBySchedule { token, copy_until: show::moment(copy_until) })
            }
            Notice::RenewedByHand { old_valid_until } => {
                render!(RenewedByHand { token, old_valid_until: show::moment(old_valid_until) })
            }
            Notice::Unredeemed { attempt, next_callback_at } => {
                let window_hours = limits::REDEMPTION_WINDOW.num_hours();
                // A schedule that ran late closes the window after the next request token should have gone out.
                let next = (next_callback_at > entry.at).then(|| show::moment(next_callback_at));
                render!(Unredeemed { token, attempt, window_hours, next })
            }
            Notice::OverlapEnding { ends_at } => {
                render!(OverlapEnding { token, ends_at: show::moment(ends_at) })
            }
            Notice::Expiring { at } => {
                let (remaining, expires_at) = (show::remaining(entry.at, at), show::moment(at));
                render!(Expiring { token, remaining, expires_at })
            }
            Notice::Expired { at } => {
                let (expired_at, renewed) = (show::moment(at), entry.successor.is_some());
                render!(Expired { token, expired_at, renewed })
            }
        }
    }
}

/// The notice's name, by which a deployment can tell mails apart in its statistics.
pub(crate) const fn kind(notice: Notice) -> &'static str {
    match notice {
        Notice::RenewedByRedemption { .. } => "renewed-by-redemption",
        Notice::RenewedBySchedule { .. } => "renewed-by-schedule",
        Notice::RenewedByHand { .. } => "renewed-by-hand",
        Notice::Unredeemed { .. } => "unredeemed",
        Notice::OverlapEnding { .. } => "overlap-ending",
        Notice::Expiring { .. } => "expiring",
        Notice::Expired { .. } => "expired",
    }
}
