//! Sends the mails that entries owe, through SES v2, each as text and as HTML.
//!
//! A mail is written for somebody in a hurry: the subject and the first line say what happened to which token and
//! until when something must be done. It holds names, ids and dates, never a secret.

mod content;
mod rendered_mail;
mod show;

use async_trait::async_trait;
use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::error::BuildError;
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message, MessageHeader, MessageTag};
use keyturn_application::PortError;
use keyturn_application::ports::MailSender;
use keyturn_domain::effect::HistoryEntry;
use keyturn_environment::{ConfigurationError, Environment};
use uuid::Uuid;

use rendered_mail::RenderedMail;

const SENDER: &str = "KEYTURN_MAIL_SENDER";
const BASE_URL: &str = "KEYTURN_BASE_URL";
const CONFIGURATION_SET: &str = "KEYTURN_SES_CONFIGURATION_SET";

/// Sends mails through SES v2.
pub struct SesMailSender {
    client: Client,
    sender: String,
    base_url: String,
    configuration_set: Option<String>,
}

impl SesMailSender {
    /// Reads `KEYTURN_MAIL_SENDER` (an address or domain that SES has verified), `KEYTURN_BASE_URL` (where the console
    /// is) and, if set, `KEYTURN_SES_CONFIGURATION_SET`.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigurationError> {
        let client = Client::new(environment.sdk());
        let sender = environment.required(SENDER)?;
        let base_url = environment.required(BASE_URL)?;
        Ok(Self::new(client, &sender, &base_url)?
            .with_configuration_set(environment.optional(CONFIGURATION_SET)))
    }

    /// Sends with this client, from this address (under the name Keyturn, unless it has one of its own), with links to
    /// the console below this URL.
    pub fn new(client: Client, sender: &str, base_url: &str) -> Result<Self, ConfigurationError> {
        if !sender.contains('@') || sender.chars().any(char::is_control) {
            let problem =
                "must be a mail address, such as keyturn@example.com or Keyturn <keyturn@example.com>";
            return Err(ConfigurationError::new(SENDER, problem));
        }
        if !base_url.starts_with("https://") && !base_url.starts_with("http://") {
            return Err(ConfigurationError::new(
                BASE_URL,
                "must be a URL, such as https://keyturn.example.com",
            ));
        }
        // An inbox shows this name instead of the address.
        let sender = if sender.contains('<') { sender.to_owned() } else { format!("Keyturn <{sender}>") };
        let base_url = base_url.trim_end_matches('/').to_owned();
        Ok(Self { client, sender, base_url, configuration_set: None })
    }

    /// Sends with this configuration set of SES, through which bounces and complaints can be watched.
    #[must_use]
    pub fn with_configuration_set(mut self, name: Option<String>) -> Self {
        self.configuration_set = name;
        self
    }
}

#[async_trait]
impl MailSender for SesMailSender {
    async fn send(&self, id: Uuid, entry: &HistoryEntry) -> Result<(), PortError> {
        let mail = entry.mail.as_ref().ok_or(PortError::bare("the entry owes no mail"))?;
        let letter = RenderedMail::write(entry, mail, &self.base_url)
            .map_err(|error| PortError::new("a mail could not be written", error))?;
        let content = content(&letter).map_err(|error| PortError::new("a mail could not be built", error))?;
        self.client
            .send_email()
            .from_email_address(&self.sender)
            .destination(Destination::builder().to_addresses(mail.recipient.as_str()).build())
            .content(content)
            .set_configuration_set_name(self.configuration_set.clone())
            .email_tags(tag("entry", id.to_string())?)
            .email_tags(tag("notice", content::kind(mail.notice).to_owned())?)
            .send()
            .await
            .map_err(|error| PortError::new("a mail was not accepted", error))?;
        Ok(())
    }
}

fn content(letter: &RenderedMail) -> Result<EmailContent, BuildError> {
    let part = |text: &str| Content::builder().data(text).charset("UTF-8").build();
    // RFC 3834: so that nobody's out-of-office answer comes back.
    let automatic = MessageHeader::builder().name("Auto-Submitted").value("auto-generated").build()?;
    let body = Body::builder().text(part(&letter.text)?).html(part(&letter.html)?).build();
    let message = Message::builder().subject(part(&letter.subject)?).body(body).headers(automatic).build();
    Ok(EmailContent::builder().simple(message).build())
}

/// A tag, by which SES's own events and statistics tell mails apart.
fn tag(name: &str, value: String) -> Result<MessageTag, PortError> {
    let tag = MessageTag::builder().name(name).value(value).build();
    tag.map_err(|error| PortError::new("a mail could not be built", error))
}
