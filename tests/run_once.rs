//! Runs one function once, in a process of its own, at a given time and with the endpoints of its environment: a second
//! Lambda instance beside the first, or an operator's call beside the API.

use std::error::Error;
use std::io::Write as _;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use clap::{Parser, Subcommand};
use keyturn_environment::Environment;
use keyturn_functions::{authorizer, bootstrap, provider, sweep};
use keyturn_local::headless::ManualClock;

#[derive(Parser)]
struct Arguments {
    /// The time on the clock.
    now: DateTime<Utc>,
    #[command(subcommand)]
    function: Function,
}

#[derive(Subcommand)]
enum Function {
    /// The scheduled function; prints its summary.
    Sweep,
    /// Creates a company; prints its management token.
    Bootstrap { company: String },
    /// Writes the record of an identity provider; prints what to register there.
    Provider { record: String },
    /// The authorizer; prints its response to an event, or the error that API Gateway gets.
    Authorizer { event: String },
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let environment = Environment::from_process().with_clock(Arc::new(ManualClock::at(arguments.now)));
    let output = match arguments.function {
        Function::Sweep => {
            serde_json::to_string(&sweep::build(&environment).await?.run(sweep::Part::ALL, None).await)?
        }
        Function::Bootstrap { company } => {
            let request =
                bootstrap::Request { company_id: company, token_name: None, allow_existing_company: false };
            serde_json::to_string(&bootstrap::build(&environment).await?.run(request).await?)?
        }
        Function::Provider { record } => {
            let records = provider::build(&environment).await?;
            serde_json::to_string(&records.run(serde_json::from_str(&record)?).await?)?
        }
        Function::Authorizer { event } => {
            let authorizer = authorizer::build(&environment).await?;
            match authorizer.answer(&serde_json::from_str(&event)?).await {
                Ok(answer) => serde_json::to_string(&answer)?,
                Err(error) => serde_json::json!({"errorMessage": error.to_string()}).to_string(),
            }
        }
    };
    writeln!(std::io::stdout(), "{output}")?;
    Ok(())
}
