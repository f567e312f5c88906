//! Renders a digest: what the mails that it stands for are about, one line for each.

use askama::Template;
use keyturn_domain::history::HistoryEntry;
use keyturn_domain::mail::Mail;

use crate::content::MailContent;
use crate::rendered_mail::{Isolated, Link, RenderedMail, origin};
use crate::show;

/// Lines of a digest. What needs somebody to act comes first.
const LINES: usize = 200;

#[derive(Template)]
#[template(path = "digest.txt")]
struct Text<'a> {
    headline: &'a str,
    advice: &'a str,
    lines: &'a [Line],
    more: usize,
    origin: &'a str,
}

#[derive(Template)]
#[template(path = "digest.html")]
struct Page<'a> {
    subject: &'a str,
    headline: &'a str,
    advice: &'a str,
    lines: &'a [Line],
    more: usize,
    origin: &'a str,
}

/// The subject of a mail, and its link.
struct Line {
    subject: String,
    /// The name of the token, in quotes, as the subject has it.
    name: String,
    url: String,
}

impl Line {
    fn of(entry: &HistoryEntry, mail: &Mail, base_url: &str) -> askama::Result<Self> {
        let subject = MailContent::of(entry, mail.notice)?.subject;
        let name = format!("\"{}\"", show::short_name(entry.name.as_str()));
        Ok(Self { subject, name, url: Link::to_token(entry, base_url).url })
    }

    fn isolated(&self) -> Isolated<'_> {
        Isolated::new(&self.subject, &self.name)
    }
}

impl RenderedMail {
    /// Renders the digest of mails to the same recipient about tokens of the same company.
    pub(crate) fn digest(mails: &[(&HistoryEntry, &Mail)], base_url: &str) -> askama::Result<Self> {
        let mut mails = mails.to_vec();
        mails.sort_by_key(|(entry, mail)| (!mail.notice.asks_for_action(), entry.at, entry.token));
        let company = mails.first().map_or_else(String::new, |(entry, _)| entry.company.to_string());
        let lines = mails.iter().take(LINES).map(|(entry, mail)| Line::of(entry, mail, base_url));
        let lines = lines.collect::<askama::Result<Vec<_>>>()?;
        let more = mails.len() - lines.len();
        let subject = format!("{} notices about renewals of API access tokens of {company}", mails.len());
        let headline = format!("{subject}.");
        let advice = "More mails were due than are sent to one address or for one company in a day, so these come together. \
                      What follows comes with the next full hour.";
        let recipient = mails.iter().find(|(_, mail)| mail.copy_to.is_some()).or(mails.first());
        let origin = recipient.map_or_else(String::new, |(_, mail)| origin(&company, mail, "these tokens"));
        let (lines, origin) = (lines.as_slice(), origin.as_str());
        let text = Text { headline: &headline, advice, lines, more, origin }.render()?;
        let html = Page { subject: &subject, headline: &headline, advice, lines, more, origin }.render()?;
        Ok(Self { subject, text, html })
    }
}
