//! The mail channel: sends the mails of entries through SES v2, each as text and as HTML.
//!
//! The subject and the first line of a mail say what happened to which token and until when something must be done. A
//! mail holds names, ids and dates, never a secret.

mod content;
mod digest;
mod rendered_mail;
mod show;

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::error::{BuildError, SdkError};
use aws_sdk_sesv2::operation::send_email::SendEmailError;
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message, MessageHeader, MessageTag};
use keyturn_application::PortError;
use keyturn_application::ports::{Deliver, DeliveryOutcome, OutboxEntry};
use keyturn_domain::backoff::Failures;
use keyturn_domain::mail::Mail;
use keyturn_environment::{ConfigurationError, Environment};
use uuid::Uuid;

use rendered_mail::RenderedMail;

const SENDER: &str = "KEYTURN_MAIL_SENDER";
const BASE_URL: &str = "KEYTURN_BASE_URL";
const CONFIGURATION_SET: &str = "KEYTURN_SES_CONFIGURATION_SET";

/// Failures after which a mail that SES rejects is refused for good: the retries of about a week.
const FAILURES_UNTIL_REJECTED: u32 = 290;

/// The time limit of a call with all its attempts.
const TIMEOUT: Duration = Duration::from_secs(5);

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
        let client = Client::new(&environment.sdk_within(TIMEOUT));
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
impl Deliver for SesMailSender {
    async fn deliver(&self, outbox_entry: &OutboxEntry) -> Result<DeliveryOutcome, PortError> {
        let OutboxEntry { id, entry, failures, .. } = outbox_entry;
        let mail = entry.mail.as_ref().ok_or(PortError::bare("the entry has no mail"))?;
        let rendered = RenderedMail::write(entry, mail, &self.base_url).map_err(unwritable)?;
        self.send(&rendered, mail, (*id, content::kind(mail.notice)), *failures).await
    }

    async fn deliver_together(&self, entries: &[OutboxEntry]) -> Result<DeliveryOutcome, PortError> {
        const NO_MAIL: PortError = PortError::bare("a digest has no mail");
        let [first, others @ ..] = entries else { return Err(NO_MAIL) };
        if others.is_empty() {
            return self.deliver(first).await;
        }
        let mails: Vec<_> =
            entries.iter().filter_map(|entry| Some((&entry.entry, entry.entry.mail.as_ref()?))).collect();
        // A security address that one of them names gets all.
        let named = mails.iter().find(|(_, mail)| mail.copy_to.is_some()).or(mails.first());
        let (_, mail) = named.ok_or(NO_MAIL)?;
        let rendered = RenderedMail::digest(&mails, &self.base_url).map_err(unwritable)?;
        self.send(&rendered, mail, (first.id, "digest"), first.failures).await
    }
}

impl SesMailSender {
    /// Sends a mail with the id and the kind that it has in the statistics of SES.
    async fn send(
        &self,
        rendered: &RenderedMail,
        mail: &Mail,
        (id, kind): (Uuid, &str),
        failures: Failures,
    ) -> Result<DeliveryOutcome, PortError> {
        let content =
            content(rendered).map_err(|error| PortError::new("a mail could not be built", error))?;
        let sent = self
            .client
            .send_email()
            .from_email_address(&self.sender)
            .destination(destination(mail))
            .content(content)
            .set_configuration_set_name(self.configuration_set.clone())
            .email_tags(tag("entry", id.to_string())?)
            .email_tags(tag("notice", kind.to_owned())?)
            .send()
            .await;
        match sent {
            Ok(_) => Ok(DeliveryOutcome::Delivered),
            Err(error) if is_permanent(&error, failures) => {
                Ok(DeliveryOutcome::Refused(PortError::new("a mail was refused for good", error)))
            }
            Err(error) => Err(PortError::new("a mail was not accepted", error)),
        }
    }
}

fn unwritable(error: askama::Error) -> PortError {
    PortError::new("a mail could not be written", error)
}

/// Whether SES refuses this mail for good: `BadRequestException` at once, since only the recipient differs from mail to
/// mail; `MessageRejected` after a week of retries, since SES answers an unverified sender with it as well. Everything
/// else concerns the account or passes: throttling, paused sending, limits, failures.
///
/// The errors: <https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html#API_SendEmail_Errors>.
fn is_permanent<R>(error: &SdkError<SendEmailError, R>, failures: Failures) -> bool {
    error.as_service_error().is_some_and(|error| {
        error.is_bad_request_exception()
            || (error.is_message_rejected() && failures.count >= FAILURES_UNTIL_REJECTED)
    })
}

fn content(mail: &RenderedMail) -> Result<EmailContent, BuildError> {
    let part = |text: &str| Content::builder().data(text).charset("UTF-8").build();
    // RFC 3834: keeps out-of-office replies away.
    let automatic = MessageHeader::builder().name("Auto-Submitted").value("auto-generated").build()?;
    let body = Body::builder().text(part(&mail.text)?).html(part(&mail.html)?).build();
    let message = Message::builder().subject(part(&mail.subject)?).body(body).headers(automatic).build();
    Ok(EmailContent::builder().simple(message).build())
}

fn destination(mail: &Mail) -> Destination {
    let copies = mail.copy_to.as_ref().map(|address| vec![address.as_str().to_owned()]);
    Destination::builder().to_addresses(mail.recipient.as_str()).set_cc_addresses(copies).build()
}

/// A tag, which SES's own events and statistics carry.
fn tag(name: &str, value: String) -> Result<MessageTag, PortError> {
    let tag = MessageTag::builder().name(name).value(value).build();
    tag.map_err(|error| PortError::new("a mail could not be built", error))
}
