//! The function on the table's stream: delivers the mails and events of a change within seconds.
//!
//! It never fails an invocation over an entry: what it doesn't deliver stays due for the schedule, so the stream need not
//! repeat a batch.

use std::sync::Arc;
use std::time::{Duration, Instant};

use keyturn_application::deliver::{DeliverNew, MailLane};
use keyturn_dynamodb::{StreamEvent, Table};
use keyturn_environment::{ConfigurationError, Environment};
use lambda_runtime::{LambdaEvent, service_fn};

use crate::outbox;
use crate::sweep::instant;

pub use keyturn_application::deliver::Delivered;

/// No entry is started this close to the time limit: longer than the SDK tries a failing call.
const RESERVE: Duration = Duration::from_secs(10);

/// The function on the stream.
pub struct Deliver(DeliverNew);

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Deliver, ConfigurationError> {
    let table = Arc::new(Table::from_environment(environment)?);
    let outbox = outbox::over(environment, table.clone(), table)?;
    Ok(Deliver(DeliverNew { outbox, mails: MailLane::default() }))
}

impl Deliver {
    /// Delivers the new entries of a batch, and starts none close to the deadline.
    #[expect(
        clippy::disallowed_methods,
        reason = "the function's own time limit, not the time that rules go by"
    )]
    pub async fn run(&self, event: StreamEvent, deadline: Option<Instant>) -> Delivered {
        let in_time = move || deadline.is_none_or(|deadline| Instant::now() + RESERVE < deadline);
        self.0.run(event.new_entries(), &in_time).await
    }
}

/// Runs the function in the Lambda runtime.
pub async fn serve() -> Result<(), lambda_runtime::Error> {
    let deliver = build(&Environment::start()).await?;
    let deliver = &deliver;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<StreamEvent>| {
        let deadline = instant(event.context.deadline());
        Ok::<_, lambda_runtime::Error>(deliver.run(event.payload, Some(deadline)).await)
    }))
    .await
}
