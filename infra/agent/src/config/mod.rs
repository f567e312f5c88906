//! The configuration: a TOML file, read strictly.

mod parse;
mod section;
#[cfg(test)]
mod tests;
mod users;
mod values;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use section::Fault;

use crate::atomic_file::Access;
use crate::core::Plan;
use crate::secret::Secret;

/// The configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Keyturn's address, without a slash at its end.
    pub url: String,
    /// Certificate authorities to trust for Keyturn instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// How long a call to Keyturn may take.
    pub timeout: Duration,
    /// The state file.
    pub state: PathBuf,
    /// Whether the log is JSON.
    pub json_log: bool,
    /// Where health and metrics are served.
    pub monitor: Option<SocketAddr>,
    /// Where callbacks are received.
    pub listen: Option<SocketAddr>,
    /// The tokens, by a name that is only used here.
    pub tokens: BTreeMap<String, Token>,
}

/// One token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// How it renews itself.
    pub source: Source,
    /// Where the first string comes from.
    pub initial: Option<SecretSource>,
    /// Where its string is written.
    pub targets: Vec<Target>,
    /// What is done after a change.
    pub actions: Vec<Action>,
}

/// How a token renews itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// It asks when its renewal is due, and fetches its successor.
    Pull,
    /// It is told by a callback.
    Listen {
        /// The path of the callback's URL.
        path: String,
        /// The callback's signing secret.
        signing_secret: SecretSource,
    },
}

/// Where a secret is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// A file.
    File(PathBuf),
    /// An environment variable.
    Variable(String),
    /// A credential of the systemd unit, by its name in `LoadCredential`.
    Credential(String),
}

/// Where a token string is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A file.
    File {
        /// Its path.
        path: PathBuf,
        /// Who may read it.
        access: Access,
        /// Its content.
        template: Template,
    },
    /// A program that gets the string on its standard input.
    Command(Command),
    /// A secret of AWS Secrets Manager.
    SecretsManager {
        /// Its name or ARN.
        secret: String,
        /// Its region and endpoint.
        aws: Aws,
        /// Its content.
        template: Template,
    },
    /// A parameter of AWS Systems Manager, as `SecureString`.
    Parameter {
        /// Its name.
        name: String,
        /// The KMS key; the account's default by default.
        key_id: Option<String>,
        /// Its region and endpoint.
        aws: Aws,
        /// Its content.
        template: Template,
    },
    /// A key of a Kubernetes Secret.
    Kubernetes {
        /// The Secret.
        secret: String,
        /// Its namespace; the pod's own by default.
        namespace: Option<String>,
        /// The key.
        key: String,
        /// Its content.
        template: Template,
    },
}

/// What is done after a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Send a signal to a process.
    Signal {
        /// Its number.
        signal: i32,
        /// Its name, as in the configuration.
        name: String,
        /// The file that holds the process's id.
        pid_file: PathBuf,
    },
    /// Run a program.
    Command(Command),
    /// Annotate the pod template of a Kubernetes workload, so that it rolls.
    Restart {
        /// `deployments`, `statefulsets` or `daemonsets`.
        kind: String,
        /// Its name.
        name: String,
        /// Its namespace; the pod's own by default.
        namespace: Option<String>,
    },
}

/// A program with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The program and its arguments; no shell is involved.
    pub line: Vec<String>,
    /// How long it may take.
    pub timeout: Duration,
}

/// Region and endpoint of an AWS service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aws {
    /// The region; `AWS_REGION` by default.
    pub region: Option<String>,
    /// The endpoint; that of the region by default.
    pub endpoint: Option<String>,
}

/// A text with places for the string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(String);

/// What stands for the string.
const PLACEHOLDER: &str = "{{token}}";

impl Template {
    /// The content with this string.
    #[must_use]
    pub fn render(&self, string: &Secret) -> Secret {
        Secret::new(self.0.replace(PLACEHOLDER, string.expose()))
    }
}

impl Default for Template {
    fn default() -> Self {
        Self(PLACEHOLDER.to_owned())
    }
}

/// A configuration that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It has faults.
    #[error("{}", listed(path, faults))]
    Faulty {
        /// The file.
        path: PathBuf,
        /// All of them.
        faults: Vec<Fault>,
    },
}

fn listed(path: &Path, faults: &[Fault]) -> String {
    let mut text = String::new();
    for Fault { line, what } in faults {
        let _ = writeln!(text, "{}:{line}: {what}", path.display());
    }
    text.trim_end().to_owned()
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    /// If it can't be read, or with every fault and its line.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        Self::parse(&text).map_err(|faults| ConfigError::Faulty { path: path.to_owned(), faults })
    }

    /// Reads a text.
    ///
    /// # Errors
    /// All its faults, in the order of their lines.
    pub fn parse(text: &str) -> Result<Self, Vec<Fault>> {
        parse::config(text)
    }
}

impl Token {
    /// What the core needs of it.
    #[must_use]
    pub fn plan(&self) -> Plan {
        Plan {
            targets: self.targets.iter().map(Target::id).collect(),
            actions: self.actions.iter().map(Action::id).collect(),
            pull: self.source == Source::Pull,
        }
    }
}

impl Target {
    /// Identifies the target in state, log and status.
    #[must_use]
    pub fn id(&self) -> String {
        match self {
            Self::File { path, .. } => format!("file:{}", path.display()),
            Self::Command(command) => format!("command:{}", command.line.join(" ")),
            Self::SecretsManager { secret, .. } => format!("secrets-manager:{secret}"),
            Self::Parameter { name, .. } => format!("ssm:{name}"),
            Self::Kubernetes { secret, namespace, key, .. } => {
                format!("kubernetes:{}/{secret}/{key}", namespace.as_deref().unwrap_or("."))
            }
        }
    }
}

impl Action {
    /// Identifies the action in state, log and status.
    #[must_use]
    pub fn id(&self) -> String {
        match self {
            Self::Signal { name, pid_file, .. } => format!("signal {name}: {}", pid_file.display()),
            Self::Command(command) => format!("command: {}", command.line.join(" ")),
            Self::Restart { kind, name, namespace } => {
                format!("restart {kind}/{name} in {}", namespace.as_deref().unwrap_or("."))
            }
        }
    }
}

/// The number of a signal, by its name.
pub(crate) fn parse_signal(name: &str) -> Result<i32, String> {
    values::signal(name).map(|(number, _)| number)
}
