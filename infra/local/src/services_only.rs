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
    template::Template,
    time::clock::{TestClock, Unmoved},
};

/// The functions' settings, one `NAME=value` a line.
const VARIABLES: &str = "functions.env";

/// Where `cargo lambda watch` serves the API unless it's told otherwise.
const EMULATOR: &str = "http://127.0.0.1:9000";

/// Runs the services until the process is interrupted or terminated.
pub(crate) async fn run(
    folder: &DataFolder,
    template: &Template,
    listeners: Listeners,
) -> Result<(), StartError> {
    let signal = stop_signal()?;
    let addresses = Addresses::of(&listeners)?;
    let variables = write_variables(folder, &listeners)?;
    let Listeners { gateway, engine, ses, eventbridge } = listeners;
    // Nobody can move it here, since functions elsewhere go by the system's clock.
    let clock: Arc<dyn Clock> = Arc::new(TestClock::open(Unmoved::Runs, None)?);
    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    let sockets = Sockets { engine, ses, eventbridge };
    let services = services::start(folder, &template.table, sockets, &clock, &mut tasks, &stopped)?;
    tasks.spawn(services::serve(services::listener(gateway)?, pages::sent(services.sent), &stopped));
    ready::print_services(&addresses, folder, &variables);

    signal.await;
    tracing::info!("stopping");
    stop.send_replace(true);
    let _ = timeout(SERVICES_GRACE, tasks.join_all()).await;
    Ok(())
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
