//! The scheduled function: processes everything that is due, every minute.
//!
//! Each of several schedules invokes it with the part of the shards that this run processes, `{"part": 0, "of": 8}`; without
//! one, a run processes all.

mod metrics;

use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use keyturn_application::callback_message::CallbackMessages;
use keyturn_application::secret_vault::SecretVault;
use keyturn_application::sweep::MailRate;
use keyturn_callback::HttpCallbackSender;
use keyturn_domain::Timestamp;
use keyturn_dynamodb::{BatchingTokenStore, Table};
use keyturn_environment::{ConfigurationError, Environment};
use lambda_runtime::{LambdaEvent, service_fn};
use serde::Deserialize;
use serde_json::Value;

use crate::outbox;

pub use keyturn_application::PortError as SweepError;
pub use keyturn_application::sweep::{Part, Summary};

/// No item is started this close to the function's time limit: longer than a callback and its writes take.
const RESERVE: Duration = Duration::from_secs(25);

/// The interval between two runs, as in the template.
const EVERY: Duration = Duration::from_secs(60);

/// No item is started later than this after the start of a run, so that runs overlap only in what is in flight.
const STARTS_WITHIN: Duration = Duration::from_secs(55);

/// The event of a schedule.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Schedule {
    part: u8,
    of: u8,
}

/// The scheduled function.
pub struct Sweep(keyturn_application::sweep::Sweep);

/// Builds the function.
pub async fn build(environment: &Environment) -> Result<Sweep, ConfigurationError> {
    let table = Arc::new(Table::from_environment(environment)?);
    let context = environment.context();
    let vault = SecretVault::new(keyturn_seal::from_environment(environment)?, context.clone());
    let messages = CallbackMessages {
        vault: vault.clone(),
        context: context.clone(),
        base_url: environment.base_url()?,
    };
    let tokens = Arc::new(BatchingTokenStore::new(Table::clone(&table)));
    Ok(Sweep(keyturn_application::sweep::Sweep {
        tokens: tokens.clone(),
        credentials: table.clone(),
        due: table.clone(),
        reports: table.clone(),
        mass_renewals: table.clone(),
        messages,
        vault,
        callbacks: Arc::new(HttpCallbackSender::from_environment(environment)?),
        outbox: outbox::over(environment, table, tokens)?,
        mail_rate: MailRate::per_second(environment.mails_per_second()?),
        timer: environment.timer(),
        rules: environment.rules()?,
        context,
    }))
}

impl Sweep {
    /// Processes due items in a part of the shards; starts none close to the deadline. Without a deadline, runs until
    /// nothing is due.
    #[expect(
        clippy::disallowed_methods,
        reason = "the function's own time limit, not the time that rules go by"
    )]
    pub async fn run(&self, part: Part, deadline: Option<Instant>) -> Summary {
        let started = Instant::now();
        let in_time = move || {
            deadline.is_none_or(|deadline| {
                Instant::now() + RESERVE < deadline && started.elapsed() < STARTS_WITHIN
            })
        };
        self.0.run(part, &in_time).await
    }

    /// The earliest time after this one at which an item is due.
    pub async fn next_due_after(&self, after: Timestamp) -> Result<Option<Timestamp>, SweepError> {
        self.0.next_due_after(after).await
    }
}

/// Runs the function in the Lambda runtime.
pub async fn serve() -> Result<(), lambda_runtime::Error> {
    let sweep = build(&Environment::start()).await?;
    let sweep = &sweep;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        let part = part(event.payload)?;
        let summary = sweep.run(part, Some(instant(event.context.deadline()))).await;
        // A run that found nothing writes no line. That it ran is a metric of Lambda.
        if summary != Summary::default() {
            publish(&metrics::line(&summary, &event.context.env_config.function_name, sweep.0.context.now()));
        }
        Ok::<_, lambda_runtime::Error>(summary)
    }))
    .await
}

/// The part that an event asks for.
fn part(event: Value) -> Result<Part, serde_json::Error> {
    if event.get("part").is_none() {
        return Ok(Part::ALL);
    }
    let Schedule { part, of } = serde_json::from_value(event)?;
    if part < of {
        Ok(Part { index: part, of })
    } else {
        Err(serde::de::Error::custom("part must be below of"))
    }
}

/// Writes the metrics line to the log. A failed write does not fail the run.
fn publish(metrics: &Value) {
    let _ = writeln!(std::io::stdout(), "{metrics}");
}

/// Converts the deadline from system time to monotonic time.
///
/// A deadline in the past means that the clocks disagree or that the invoker sets none (`cargo lambda`); the run then has
/// the time until the next run.
#[expect(clippy::disallowed_methods, reason = "the function's own time limit, not the time that rules go by")]
pub(crate) fn instant(deadline: SystemTime) -> Instant {
    Instant::now() + deadline.duration_since(SystemTime::now()).unwrap_or(EVERY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_names_a_part_of_the_shards() {
        let part_of = |event: &str| part(serde_json::from_str(event).unwrap());
        assert_eq!(part_of(r#"{"part": 3, "of": 8}"#).unwrap(), Part { index: 3, of: 8 });
        assert_eq!(part_of(r#"{"source": "aws.scheduler"}"#).unwrap(), Part::ALL);
        for refused in [r#"{"part": 8, "of": 8}"#, r#"{"part": 0}"#, r#"{"part": -1, "of": 8}"#] {
            assert!(part_of(refused).is_err(), "{refused}");
        }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "deadlines are given by the system's clock")]
    fn a_missing_deadline_leaves_one_interval() {
        let begin = Instant::now();
        for (deadline, least, most) in [
            (SystemTime::now() + Duration::from_secs(120), 119, 121),
            (SystemTime::UNIX_EPOCH + Duration::from_secs(600), 60, 61),
        ] {
            let (instant, end) = (instant(deadline), Instant::now());
            let (at_most, at_least) = ((instant - begin).as_secs(), (instant - end).as_secs());
            assert!(least <= at_most && at_least <= most, "{at_least} to {at_most} s");
        }
    }
}
