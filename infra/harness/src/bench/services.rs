//! The local stack's services in another process, for functions in this one.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use chrono::Utc;
use keyturn_environment::Environment;
use keyturn_local::environment;
use keyturn_local::headless::ManualClock;
use tempfile::TempDir;

use crate::stack::LocalStack;

/// The engine and the fakes of the local stack. None of its functions is called.
pub struct Services {
    stack: LocalStack,
    folder: TempDir,
}

impl Services {
    /// Starts them with a program's `stack` command. Its files are in memory where the system has a folder for that, so that no
    /// disk is measured; the stack's own mode without files looks through all of its memory at each commit.
    pub async fn start(program: &Path) -> Result<Self> {
        let in_memory = Path::new("/dev/shm");
        let folder = if in_memory.is_dir() { tempfile::tempdir_in(in_memory) } else { tempfile::tempdir() }?;
        std::fs::write(folder.path().join("sealing-key"), [7; 32])?;
        let stack = LocalStack::start(program, &folder.path().join("data"), &["--no-schedule"]).await?;
        Ok(Self { stack, folder })
    }

    fn line(&self, name: &str) -> Result<&str> {
        self.stack.lines.get(name).map(String::as_str).with_context(|| format!("the stack printed no {name}"))
    }

    pub(crate) fn dynamodb(&self) -> Result<&str> {
        self.line("DynamoDB")
    }

    /// A function's environment variables, with DynamoDB at this address.
    pub(crate) fn variables(&self, dynamodb: &str) -> Result<Vec<(String, String)>> {
        let endpoints = [dynamodb, self.line("SES")?, self.line("EventBridge")?];
        let key = self.folder.path().join("sealing-key");
        let mut variables = environment::variables(endpoints, "https://keyturn.example.com", &key);
        variables.push(("KEYTURN_PROTECTED_APPLICATIONS", "/orders=ORDERS".to_owned()));
        Ok(variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// The environment of functions in this process, and their clock.
    pub(crate) fn environment(&self, dynamodb: &str) -> Result<(Environment, Arc<ManualClock>)> {
        Ok(with_clock(self.variables(dynamodb)?))
    }

    /// The same with every service at the address of a meter.
    pub(crate) fn metered_environment(&self, meter: &str) -> Result<(Environment, Arc<ManualClock>)> {
        let mut variables = self.variables(meter)?;
        variables.retain(|(name, _)| name != "KEYTURN_SEALING_KEY_FILE");
        for (name, value) in &mut variables {
            if name.starts_with("AWS_ENDPOINT_URL_") {
                meter.clone_into(value);
            }
        }
        let kms = [("AWS_ENDPOINT_URL_KMS", meter), ("KEYTURN_KMS_KEY_ID", "alias/keyturn")];
        variables.extend(kms.map(|(name, value)| (name.to_owned(), value.to_owned())));
        Ok(with_clock(variables))
    }
}

fn with_clock(variables: Vec<(String, String)>) -> (Environment, Arc<ManualClock>) {
    #[expect(clippy::disallowed_methods, reason = "requests are signed with the system's clock")]
    let clock = Arc::new(ManualClock::at(Utc::now()));
    (Environment::with_variables(variables).with_clock(clock.clone()), clock)
}
