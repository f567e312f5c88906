//! The services alone, for functions that run somewhere else: their real binaries under an emulator of Lambda, or one of
//! them under a debugger. What such a function must be told stands in a file of environment variables.

use std::{path::PathBuf, sync::Arc};

use keyturn_application::Clock;
use tokio::{sync::watch, task::JoinSet, time::timeout};

use crate::{
    error::StartError,
    files::{data_folder::DataFolder, private_file},
    listeners::Listeners,
    pages, process_environment,
    ready::{self, Addresses},
    services::{self, Sockets},
    stop::{SERVICES_GRACE, stop_signal},
    template::TableDefinition,
    time::clock::{TestClock, Unmoved},
};

/// The functions' settings, one `NAME=value` a line.
const VARIABLES: &str = "functions.env";

/// Where `cargo lambda watch` serves the API unless it's told otherwise.
const EMULATOR: &str = "http://127.0.0.1:9000";

/// Runs the services until the process is interrupted or terminated.
pub(crate) async fn run(
    folder: DataFolder,
    table: &TableDefinition,
    listeners: Listeners,
) -> Result<(), StartError> {
    let signal = stop_signal()?;
    let addresses = Addresses::of(&listeners)?;
    let variables = write_variables(&folder, &listeners)?;
    let services = LocalServices::over(folder, table, listeners)?;
    ready::print_services(&addresses, &services.folder, &variables);

    signal.await;
    tracing::info!("stopping");
    services.stop.send_replace(true);
    let _ = timeout(SERVICES_GRACE, services.tasks.join_all()).await;
    Ok(())
}

/// The services in the caller's process, for as long as this value lives.
pub struct LocalServices {
    /// The endpoint of the DynamoDB-compatible engine.
    pub dynamodb: String,
    /// The endpoint of the SES fake.
    pub ses: String,
    /// The endpoint of the EventBridge fake.
    pub eventbridge: String,
    /// The address of the pages that show sent mails and published events.
    pub pages: String,
    /// The environment variables of functions that use these services.
    pub variables: Vec<(&'static str, String)>,
    folder: DataFolder,
    tasks: JoinSet<()>,
    stop: watch::Sender<bool>,
}

impl LocalServices {
    /// Starts the services on free ports, with their data in memory.
    pub async fn start() -> Result<Self, StartError> {
        let listeners = Listeners::bind_in_a_row("127.0.0.1", 0)?;
        Self::over(DataFolder::temporary()?, &TableDefinition::built_in()?, listeners)
    }

    fn over(folder: DataFolder, table: &TableDefinition, listeners: Listeners) -> Result<Self, StartError> {
        let variables = process_environment::variables(&folder, &listeners)?;
        let Addresses { gateway: pages, engine: dynamodb, ses, eventbridge } = Addresses::of(&listeners)?;
        let Listeners { gateway, engine, ses: ses_socket, eventbridge: eventbridge_socket } = listeners;
        // The clock cannot be moved: functions elsewhere use the system's.
        let clock: Arc<dyn Clock> = Arc::new(TestClock::open(Unmoved::Runs, None)?);
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        let sockets = Sockets { engine, ses: ses_socket, eventbridge: eventbridge_socket };
        let services = services::start(&folder, table, sockets, &clock, &mut tasks, &stopped)?;
        tasks.spawn(services::serve(services::listener(gateway)?, pages::sent(services.sent), &stopped));
        Ok(Self { dynamodb, ses, eventbridge, pages, variables, folder, tasks, stop })
    }
}

fn write_variables(folder: &DataFolder, listeners: &Listeners) -> Result<PathBuf, StartError> {
    let mut text = String::new();
    for (name, value) in process_environment::variables(folder, listeners)? {
        let value = if name == "KEYTURN_BASE_URL" { EMULATOR } else { &value };
        text.extend([name, "=", value, "\n"]);
    }
    let path = folder.file(VARIABLES);
    match private_file::write(&path, text.as_bytes()) {
        Ok(()) => Ok(path),
        Err(source) => Err(StartError::DataFolder { path, source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_names_the_services_and_the_emulator() {
        let folder = DataFolder::temporary().unwrap();
        let listeners = Listeners::bind_in_a_row("127.0.0.1", 0).unwrap();
        let path = write_variables(&folder, &listeners).unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        let engine = Addresses::of(&listeners).unwrap().engine;
        for line in [
            "KEYTURN_TABLE=keyturn".to_owned(),
            "KEYTURN_BASE_URL=http://127.0.0.1:9000".to_owned(),
            format!("AWS_ENDPOINT_URL_DYNAMODB={engine}"),
        ] {
            assert!(text.lines().any(|own| own == line), "{line} is missing in:\n{text}");
        }
    }
}
