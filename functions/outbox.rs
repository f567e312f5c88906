//! The outbox of the functions that deliver events and mails.

use std::sync::Arc;

use keyturn_application::mail_limits::MailLimits;
use keyturn_application::outbox::{Adapters, Outbox};
use keyturn_application::ports::TokenStore;
use keyturn_domain::channel::Channel;
use keyturn_dynamodb::Table;
use keyturn_environment::{ConfigurationError, Environment};
use keyturn_events::EventBridgePublisher;
use keyturn_mail::SesMailSender;

/// The outbox of a table, with the adapter of each channel.
pub(crate) fn over(
    environment: &Environment,
    table: Arc<Table>,
    tokens: Arc<dyn TokenStore>,
) -> Result<Outbox, ConfigurationError> {
    let events = Arc::new(EventBridgePublisher::from_environment(environment)?);
    let mails = Arc::new(SesMailSender::from_environment(environment)?);
    let adapters = Adapters::new(|channel| match channel {
        Channel::Event => events.clone(),
        Channel::Mail => mails.clone(),
    });
    let mail_limits = Some(MailLimits { counter: table.clone(), most: environment.daily_mails()? });
    Ok(Outbox { adapters, due: table, tokens, mail_limits, context: environment.context() })
}
