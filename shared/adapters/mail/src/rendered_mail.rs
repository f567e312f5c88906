//! Renders a mail: the same content and facts as text and as HTML.

use askama::Template;
use keyturn_domain::history::{Action, Actor, HistoryEntry};
use keyturn_domain::ids::TokenId;
use keyturn_domain::leak::{LastUse, LeakSource};
use keyturn_domain::mail::{Mail, Notice};

use crate::content::MailContent;
use crate::show;

/// A rendered mail.
pub(crate) struct RenderedMail {
    /// One line.
    pub(crate) subject: String,
    /// The mail as text.
    pub(crate) text: String,
    /// The same mail as HTML.
    pub(crate) html: String,
}

#[derive(Template)]
#[template(path = "layout.txt")]
struct Text<'a> {
    headline: &'a str,
    advice: &'a [&'a str],
    facts: &'a [Fact],
    link: &'a Link,
    origin: &'a str,
}

#[derive(Template)]
#[template(path = "layout.html")]
struct Page<'a> {
    subject: &'a str,
    headline: Isolated<'a>,
    advice: &'a [&'a str],
    facts: &'a [Fact],
    link: &'a Link,
    origin: &'a str,
}

/// A text with a name in it, whose reading direction changes nothing around it.
pub(crate) struct Isolated<'a> {
    pub(crate) before: &'a str,
    pub(crate) name: &'a str,
    pub(crate) after: &'a str,
}

impl<'a> Isolated<'a> {
    /// Isolates the first occurrence of a name.
    pub(crate) fn new(text: &'a str, name: &'a str) -> Self {
        let (before, after) = text.split_once(name).unwrap_or((text, ""));
        let name = if before.len() == text.len() { "" } else { name };
        Self { before, name, after }
    }
}

/// One line of the table of facts.
struct Fact {
    label: &'static str,
    value: String,
}

pub(crate) struct Link {
    label: &'static str,
    pub(crate) url: String,
}

impl RenderedMail {
    /// Renders the mail of an entry. `base_url` is the address of the console.
    pub(crate) fn write(entry: &HistoryEntry, mail: &Mail, base_url: &str) -> askama::Result<Self> {
        let MailContent { subject, headline, advice } = MailContent::of(entry, mail.notice)?;
        let advice: Vec<&str> = advice.split("\n\n").collect();
        let facts = facts(entry, mail.notice);
        let link = Link::to_token(entry, base_url);
        let origin = origin(&entry.company.to_string(), mail, "this token");
        let (advice, facts, link, origin) = (advice.as_slice(), facts.as_slice(), &link, origin.as_str());
        let text = Text { headline: &headline, advice, facts, link, origin }.render()?;
        let quoted = format!("\"{}\"", show::name(entry.name.as_str()));
        let headline = Isolated::new(&headline, &quoted);
        let html = Page { subject: &subject, headline, advice, facts, link, origin }.render()?;
        Ok(Self { subject, text, html })
    }
}

impl Link {
    /// A link to the successor, or to the token if there is none.
    pub(crate) fn to_token(entry: &HistoryEntry, base_url: &str) -> Self {
        let (id, label) = match entry.successor {
            Some(successor) => (successor, "Open the new token in the console"),
            None => (entry.token, "Open the token in the console"),
        };
        Self { label, url: format!("{base_url}/console#/tokens/{id}") }
    }
}

/// Who sends a mail about these tokens of a company, and to whom.
pub(crate) fn origin(company: &str, mail: &Mail, tokens: &str) -> String {
    let recipient = mail.recipient.as_str();
    let reader = match (&mail.copy_to, mail.notice) {
        (Some(copy), _) => format!(
            "the renewal mail recipient of {tokens}, and to {}, the security address of {company}; whoever manages the \
             tokens can change the recipient",
            copy.as_str()
        ),
        (None, Notice::Leaked { .. }) => {
            format!("the renewal mail recipient of {tokens} or the security address of {company}")
        }
        (None, _) => {
            format!("the renewal mail recipient of {tokens}; whoever manages the tokens can change that")
        }
    };
    format!(
        "This mail comes from Keyturn, which issues and renews the API access tokens of {company}. \
         It goes to {recipient}, {reader}. \
         No mail from Keyturn holds a token string or asks for one."
    )
}

fn facts(entry: &HistoryEntry, notice: Notice) -> Vec<Fact> {
    let fact = |label, value| Fact { label, value };
    let moment = |label, at| Fact { label, value: show::moment(at) };
    let (name, id) = match entry.successor {
        Some(_) => ("Old token name", "Old token id"),
        None => ("Token name", "Token id"),
    };
    let mut facts = vec![
        fact("Company", entry.company.to_string()),
        fact(name, show::name(entry.name.as_str())),
        fact(id, entry.token.to_string()),
    ];
    facts.extend(entry.successor.map(|successor| fact("New token id", successor.to_string())));
    facts.push(fact("Series id", entry.series.to_string()));
    match notice {
        Notice::RenewedByRedemption { old_valid_until }
        | Notice::RenewedByPull { old_valid_until }
        | Notice::RenewedByHand { old_valid_until } => {
            facts.push(fact("Renewed by", redeemer(&entry.actor, entry.token)));
            facts.push(moment("Renewed on", entry.at));
            let ended = old_valid_until <= entry.at;
            facts.push(moment(
                if ended { "Old token ended on" } else { "Old token works until" },
                old_valid_until,
            ));
        }
        Notice::RenewedBySchedule { copy_until } => {
            facts.push(moment("Renewed on", entry.at));
            facts.push(moment("Old token works until", copy_until));
        }
        Notice::Unredeemed { attempt, next_callback_at } => {
            facts.push(fact("Request tokens not redeemed", attempt.to_string()));
            if next_callback_at > entry.at {
                facts.push(moment("Next request token", next_callback_at));
            }
        }
        Notice::CallbackChanged => {
            facts.push(fact("Changed by", redeemer(&entry.actor, entry.token)));
            facts.push(moment("Changed on", entry.at));
        }
        Notice::Unfetched { days } => facts.push(fact("Days since the renewal was due", days.to_string())),
        Notice::OverlapEnding { ends_at } => facts.push(moment("Old token works until", ends_at)),
        Notice::TwoAddresses(two) => {
            facts.push(fact("First address", two.first.to_string()));
            facts.push(fact("Other address", two.other.to_string()));
            facts.push(moment("Given to it on", entry.at));
        }
        Notice::Leaked { last_use, .. } => {
            if let Action::Leaked { source, found_at, .. } = &entry.action {
                facts.push(fact("Reported by", reporter(*source).to_owned()));
                facts.extend(found_at.as_ref().map(|at| fact("Found at", at.as_str().to_owned())));
            }
            if let Some(LastUse { at, from }) = last_use {
                facts.push(moment("String last used on", at));
                facts.extend(from.map(|from| fact("String last used from", from.to_string())));
            }
        }
        Notice::Expiring { at } => facts.push(moment("Expires on", at)),
        Notice::Expired { at } => facts.push(moment("Expired on", at)),
    }
    facts
}

/// Who reported a leak.
const fn reporter(source: LeakSource) -> &'static str {
    match source {
        LeakSource::Anybody => "somebody who knows the string",
        LeakSource::GitHub => "GitHub secret scanning",
        LeakSource::GitLab => "GitLab secret detection",
        LeakSource::Holder => "whoever revoked the string",
        LeakSource::Suspicion => "somebody who manages the tokens",
        LeakSource::Predecessor => "Keyturn: a leaked string could have been exchanged for this one",
    }
}

/// Who renewed the token, named if it was not the holder of the token itself.
fn redeemer(actor: &Actor, token: TokenId) -> String {
    match actor {
        Actor::Token(id) if *id == token => "the holder of the old token".to_owned(),
        Actor::Token(id) => format!("the holder of the management token {id}"),
        Actor::Person(person) => person.name.clone(),
        Actor::Schedule => "the schedule".to_owned(),
        Actor::Operator => "an operator".to_owned(),
        Actor::Unknown => "somebody whom only a later version of Keyturn can name".to_owned(),
    }
}

#[cfg(test)]
mod tests;
