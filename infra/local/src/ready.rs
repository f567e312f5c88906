//! The text that says the stack is up. Its lines of the form `Name: value` are for programs that start the stack,
//! so they stay as they are; the rest is for people.

use std::{
    io::{self, Write},
    path::Path,
    time::Duration,
};

use crate::{
    error::StartError,
    files::data_folder::DataFolder,
    listeners::{self, Listeners},
    process_environment::REGION,
};

/// Where everything listens.
pub(crate) struct Addresses {
    pub(crate) gateway: String,
    pub(crate) engine: String,
    pub(crate) ses: String,
    pub(crate) eventbridge: String,
}

/// What there is to say.
pub(crate) struct Ready<'a> {
    pub(crate) addresses: &'a Addresses,
    pub(crate) folder: &'a DataFolder,
    pub(crate) token: &'a str,
    pub(crate) has_console: bool,
    pub(crate) took: Duration,
}

impl Addresses {
    /// The addresses of these sockets.
    pub(crate) fn of(listeners: &Listeners) -> Result<Self, StartError> {
        Ok(Self {
            gateway: listeners::url(&listeners.gateway)?,
            engine: listeners::url(&listeners.engine)?,
            ses: listeners::url(&listeners.ses)?,
            eventbridge: listeners::url(&listeners.eventbridge)?,
        })
    }
}

/// Writes the text to stdout. Nobody may be reading it, which is no reason to stop.
pub(crate) fn print(ready: &Ready<'_>) {
    let mut stdout = io::stdout().lock();
    let _ = stdout.write_all(text(ready).as_bytes()).and_then(|()| stdout.flush());
}

/// The same for the services alone; `variables` is the file with the functions' settings.
pub(crate) fn print_services(addresses: &Addresses, folder: &DataFolder, variables: &Path) {
    let mut stdout = io::stdout().lock();
    let text = services_text(addresses, folder, variables);
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}

fn services_text(addresses: &Addresses, folder: &DataFolder, variables: &Path) -> String {
    let Addresses { gateway, engine, ses, eventbridge } = addresses;
    format!(
        "\n\
         What Keyturn's functions call runs on this machine; the functions don't.\n\
         \n\
         Pages: {gateway}/_local/mails, {gateway}/_local/events\n\
         Data: {}\n\
         Variables: {}\n\
         DynamoDB: {engine}\n\
         SES: {ses}\n\
         EventBridge: {eventbridge}\n\
         \n\
         The functions as Lambda runs them, in a second terminal:\n\
         \n\
         cargo xtask lambda watch --env-file {}\n\
         \n\
         Ctrl-C stops it.\n",
        data(folder),
        variables.display(),
        variables.display(),
    )
}

/// Where the data is, in words.
fn data(folder: &DataFolder) -> String {
    match folder.in_memory() {
        true => "in memory, gone when this stops".to_owned(),
        false => folder.path().display().to_string(),
    }
}

fn text(ready: &Ready<'_>) -> String {
    let Ready { addresses, folder, token, has_console, took } = ready;
    let Addresses { gateway, engine, ses, eventbridge } = addresses;
    let data = data(folder);
    let console = if *has_console { format!("Console: {gateway}/console\n") } else { String::new() };
    format!(
        "\n\
         Keyturn runs on this machine; it took {:.2} s to start.\n\
         \n\
         Ready: {gateway}\n\
         {console}\
         Pages: {gateway}/_local\n\
         Management token: {token}\n\
         Data: {data}\n\
         DynamoDB: {engine}\n\
         SES: {ses}\n\
         EventBridge: {eventbridge}\n\
         \n\
         The last three take any credentials, in region {REGION}. The pages show mails and events, and move the\n\
         clock. A first token:\n\
         \n\
         curl {gateway}/apiAccessTokens \\\n  \
           -H 'Authorization: Bearer {token}' \\\n  \
           -H 'Content-Type: application/json' \\\n  \
           -d '{{\"name\": \"partner\", \"rights\": \"READ\", \"applications\": [\"ORDERS\"]}}'\n\
         \n\
         Ctrl-C stops it.\n",
        took.as_secs_f64()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_find_their_lines() {
        let listeners = Listeners::bind("127.0.0.1", 0).unwrap();
        let addresses = Addresses::of(&listeners).unwrap();
        let folder = DataFolder::temporary().unwrap();
        let text = text(&Ready {
            addresses: &addresses,
            folder: &folder,
            token: "kat_x",
            has_console: false,
            took: Duration::from_millis(432),
        });
        for line in [
            format!("Ready: {}", addresses.gateway),
            "Management token: kat_x".to_owned(),
            format!("DynamoDB: {}", addresses.engine),
            format!("SES: {}", addresses.ses),
            format!("EventBridge: {}", addresses.eventbridge),
        ] {
            assert!(text.lines().any(|own| own == line), "{line} is missing in:\n{text}");
        }
        assert!(!text.contains("Console"));
    }
}
