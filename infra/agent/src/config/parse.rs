//! From TOML to the configuration.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::de::DeTable;

use super::section::{Fault, Faults, Section};
use super::{Action, Aws, Command, Config, SecretSource, Source, Target, Token, users, values};
use crate::atomic_file::Access;

const TIMEOUT: Duration = Duration::from_secs(30);

pub(super) fn config(text: &str) -> Result<Config, Vec<Fault>> {
    let faults = Faults::of(text);
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        faults.report(&error.span().unwrap_or_default(), error.message());
    }
    let config = root(&Section::new("", table.as_ref(), 0..0, &faults));
    let found = faults.finish();
    match config {
        Some(config) if found.is_empty() => Ok(config),
        _ => Err(found),
    }
}

fn root(section: &Section<'_>) -> Option<Config> {
    let url = section.required("url", section.parsed("url", values::url));
    let ca_file = section.parsed("ca-file", absolute);
    let timeout = section.parsed("timeout", values::duration).unwrap_or(TIMEOUT);
    let state = section.parsed("state", absolute);
    let json_log = section.parsed("log", log_format).unwrap_or(false);
    let monitor = section.parsed("monitor", values::loopback);
    let listen = section.parsed("listen", values::address);
    let mut tokens = BTreeMap::new();
    for (name, table) in section.named_tables("tokens") {
        let known = |it: char| it.is_ascii_alphanumeric() || "-_.".contains(it);
        if !name.value.chars().all(known) || name.value.is_empty() {
            table.faults.report(&name.span, "a token's name has letters, digits, `-`, `_` and `.`");
        }
        if let Some(token) = token(&table, section.has("listen")) {
            tokens.insert(name.value, token);
        }
        table.finish();
    }
    if !section.has("tokens") {
        section.faults.report(&section.span, "there is no token: add a table `[tokens.NAME]`");
    }
    let state = state.unwrap_or_else(|| PathBuf::from("/var/lib/keyturn/state.json"));
    section.finish();
    check_targets(section, &tokens);
    Some(Config { url: url?, ca_file, timeout, state, json_log, monitor, listen, tokens })
}

/// Two tokens must not write to the same place, nor one token twice, and two callbacks must not have the same path.
fn check_targets(section: &Section<'_>, tokens: &BTreeMap<String, Token>) {
    let mut seen = BTreeSet::new();
    for (name, token) in tokens {
        let path = match &token.source {
            Source::Listen { path, .. } => Some(format!("the path {path}")),
            Source::Pull => None,
        };
        for id in token.targets.iter().map(Target::id).chain(path) {
            if !seen.insert(id.clone()) {
                section.faults.report(&section.span, format!("`tokens.{name}`: {id} is used twice"));
            }
        }
    }
}

fn token(section: &Section<'_>, can_listen: bool) -> Option<Token> {
    let initial = secret(section, ["initial-file", "initial-env", "initial-credential"]);
    let source = section.parsed("source", |text| match text {
        "pull" => Ok(false),
        "listen" if can_listen => Ok(true),
        "listen" => Err("needs `listen` at the top: the address to listen on".to_owned()),
        _ => Err("must be \"pull\" or \"listen\"".to_owned()),
    });
    let source = if source == Some(true) {
        let path = section.required("path", section.parsed("path", values::path));
        let keys = ["signing-secret-file", "signing-secret-env", "signing-secret-credential"];
        let signing_secret = secret(section, keys);
        if signing_secret.is_none() {
            let text = format!("`{}` is missing", section.name("signing-secret-file"));
            section.faults.report(&section.span, text);
        }
        path.zip(signing_secret).map(|(path, signing_secret)| Source::Listen { path, signing_secret })
    } else {
        Some(Source::Pull)
    };
    let targets: Vec<_> = section
        .tables("targets")
        .into_iter()
        .map(|table| {
            let target = target(&table);
            table.finish();
            target
        })
        .collect();
    if targets.is_empty() && !section.has("targets") {
        let text = format!("`{}` has no target: add `[[{0}]]`", section.name("targets"));
        section.faults.report(&section.span, text);
    }
    let actions: Vec<_> = section
        .tables("after")
        .into_iter()
        .map(|table| {
            let action = action(&table);
            table.finish();
            action
        })
        .collect();
    let (targets, actions) =
        (targets.into_iter().collect::<Option<_>>(), actions.into_iter().collect::<Option<_>>());
    Some(Token { source: source?, initial, targets: targets?, actions: actions? })
}

/// A secret out of a file, a variable or a credential: at most one of the three.
fn secret(section: &Section<'_>, keys: [&'static str; 3]) -> Option<SecretSource> {
    let [file, variable, credential] = keys;
    let file = section.parsed(file, absolute).map(SecretSource::File);
    let variable = section.string(variable).map(|name| SecretSource::Variable(name.value));
    let credential = section.parsed(credential, |name| {
        let good = !name.contains('/') && name != "..";
        good.then(|| SecretSource::Credential(name.to_owned())).ok_or_else(|| "must be a name".to_owned())
    });
    let mut found: Vec<_> = file.into_iter().chain(variable).chain(credential).collect();
    if found.len() > 1 {
        let text = format!("give only one of `{}`", keys.map(|key| section.name(key)).join("`, `"));
        section.faults.report(&section.span, text);
    }
    found.pop()
}

fn target(section: &Section<'_>) -> Option<Target> {
    let kind = section.required("kind", section.string("kind"))?;
    let template = || section.parsed("template", values::template).unwrap_or_default();
    match kind.value.as_str() {
        "file" => {
            let path = section.required("path", section.parsed("path", absolute));
            let mode = section.parsed("mode", values::mode).unwrap_or(Access::PRIVATE.mode);
            let user = section.parsed("owner", |name| users::id(Path::new("/etc/passwd"), name));
            let group = section.parsed("group", |name| users::id(Path::new("/etc/group"), name));
            let template = template();
            Some(Target::File { path: path?, access: Access { mode, user, group }, template })
        }
        "command" => section.required("command", command(section)).map(Target::Command),
        "secrets-manager" => {
            let secret = section.required("secret", section.string("secret"));
            let (aws, template) = (aws(section), template());
            Some(Target::SecretsManager { secret: secret?.value, aws, template })
        }
        "ssm" => {
            let name = section.required("parameter", section.string("parameter"));
            let key_id = section.string("key-id").map(|key| key.value);
            let (aws, template) = (aws(section), template());
            Some(Target::Parameter { name: name?.value, key_id, aws, template })
        }
        "kubernetes" => {
            let secret = section.required("secret", section.parsed("secret", values::dns_name));
            let namespace = section.parsed("namespace", values::dns_name);
            let key = section.parsed("key", values::secret_key).unwrap_or_else(|| "token".to_owned());
            let template = template();
            Some(Target::Kubernetes { secret: secret?, namespace, key, template })
        }
        _ => {
            let kinds = "\"file\", \"command\", \"secrets-manager\", \"ssm\" or \"kubernetes\"";
            section.faults.report(&kind.span, format!("`{}` must be {kinds}", section.name("kind")));
            None
        }
    }
}

fn action(section: &Section<'_>) -> Option<Action> {
    let kinds = ["signal", "command", "restart"];
    if kinds.iter().filter(|kind| section.has(kind)).count() != 1 {
        let text = format!("`{}` needs one of `signal`, `command` and `restart`", section.name(""));
        section.faults.report(&section.span, text.replace(".`", "`"));
        return None;
    }
    if section.has("signal") {
        let signal = section.parsed("signal", values::signal);
        let pid_file = section.required("pid-file", section.parsed("pid-file", absolute));
        let ((signal, name), pid_file) = signal.zip(pid_file)?;
        return Some(Action::Signal { signal, name, pid_file });
    }
    if section.has("command") {
        return command(section).map(Action::Command);
    }
    let workload = section.parsed("restart", values::workload);
    let namespace = section.parsed("namespace", values::dns_name);
    workload.map(|(kind, name)| Action::Restart { kind, name, namespace })
}

fn command(section: &Section<'_>) -> Option<Command> {
    let line = section.strings("command");
    let timeout = section.parsed("timeout", values::duration).unwrap_or(TIMEOUT);
    line.map(|line| Command { line, timeout })
}

fn aws(section: &Section<'_>) -> Aws {
    let region = section.string("region").map(|region| region.value);
    Aws { region, endpoint: section.parsed("endpoint", values::url) }
}

fn absolute(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path.is_absolute() { Ok(path) } else { Err("must be an absolute path".to_owned()) }
}

fn log_format(text: &str) -> Result<bool, String> {
    match text {
        "text" => Ok(false),
        "json" => Ok(true),
        _ => Err("must be \"text\" or \"json\"".to_owned()),
    }
}
