//! One function in a process of its own, run once at a given moment against the endpoints that its environment names:
//! what a second Lambda instance is beside the first, or an operator's call beside the API.

use std::error::Error;
use std::io::Write as _;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use clap::{Parser, Subcommand};
use keyturn_application::Clock;
use keyturn_environment::Environment;

#[derive(Parser)]
struct Arguments {
    /// What the clock shows.
    now: DateTime<Utc>,
    #[command(subcommand)]
    function: Function,
}

#[derive(Subcommand)]
enum Function {
    /// The scheduled function; prints its summary.
    Sweep,
    /// Founds a company; prints its management token.
    Bootstrap { company: String },
    /// The authorizer; prints its answer to an event, or the error that API Gateway gets.
    Authorizer { event: String },
}

struct Standing(DateTime<Utc>);

impl Clock for Standing {
    fn now(&self) -> DateTime<Utc> {
        self.0
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let environment = Environment::from_process().with_clock(Arc::new(Standing(arguments.now)));
    let answer = match arguments.function {
        Function::Sweep => {
            serde_json::to_string(&keyturn_functions::sweep::build(&environment).await?.run(None).await?)?
        }
        Function::Bootstrap { company } => {
            let request = keyturn_functions::bootstrap::Request {
                company_id: company,
                token_name: None,
                allow_existing_company: false,
            };
            serde_json::to_string(
                &keyturn_functions::bootstrap::build(&environment).await?.run(request).await?,
            )?
        }
        Function::Authorizer { event } => {
            let authorizer = keyturn_functions::authorizer::build(&environment).await?;
            match authorizer.answer(&serde_json::from_str(&event)?).await {
                Ok(answer) => serde_json::to_string(&answer)?,
                Err(error) => serde_json::json!({"errorMessage": error.to_string()}).to_string(),
            }
        }
    };
    writeln!(std::io::stdout(), "{answer}")?;
    Ok(())
}
