//! `keyturn init`: asks for address and token, writes the configuration, rehearses.

use std::io::{BufRead as _, IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

use super::arguments::InitOptions;
use super::{FRESH, say};
use crate::atomic_file::{Access, replace};
use crate::client::Keyturn;
use crate::config::Config;
use crate::core::{Answer, Condition, Renewal};
use crate::engine::Agent;
use crate::secret::Secret;
use crate::state::Store;

pub(super) async fn run(path: &Path, options: &InitOptions) -> Result<u8> {
    if path.exists() {
        bail!("{} exists: move it away first", path.display());
    }
    let url = match &options.url {
        Some(url) => url.clone(),
        None => ask("Address of Keyturn: ", false)?,
    };
    let string = match options.token_file.as_deref() {
        Some(file) if file == Path::new("-") => read_all(std::io::stdin())?,
        Some(file) => std::fs::read_to_string(file).with_context(|| file.display().to_string())?,
        None => ask("Token string (is not shown): ", true)?,
    };
    let string = Secret::token(&string).context("this has not the form of a token string")?;
    let target = match &options.target {
        Some(target) => target.clone(),
        None => PathBuf::from(ask("File that programs read the string from: ", false)?),
    };
    let seed = path.with_file_name(format!("{}.token", options.name));
    let text = configuration(options, &url, &seed, &target);
    let config = Config::parse(&text).map_err(|faults| {
        anyhow::anyhow!(faults.iter().map(|fault| fault.what.as_str()).collect::<Vec<_>>().join("; "))
    })?;
    prove(&config, &string).await?;

    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    replace(&seed, string.expose().as_bytes(), Access::PRIVATE)
        .with_context(|| seed.display().to_string())?;
    replace(path, text.as_bytes(), Access::PRIVATE).with_context(|| path.display().to_string())?;
    let store = Arc::new(Store::open(&config.state)?);
    let agent = Agent::open(config, store)?;
    agent.once().await;
    for token in agent.status() {
        if token.condition != Condition::Fresh {
            bail!("{}", token.problems.join("; "));
        }
        token.problems.iter().for_each(|problem| say(problem));
    }
    say(&format!("{} holds the string, read back and proven", target.display()));
    say(&format!("{} is written; start `keyturn run`, or `keyturn once` hourly", path.display()));
    Ok(FRESH)
}

/// Asks Keyturn about the string before anything is written.
async fn prove(config: &Config, string: &Secret) -> Result<()> {
    let keyturn = Keyturn::new(&config.url, None, Duration::from_secs(30))?;
    match keyturn.prove(string).await {
        Answer::Proven(facts) => say(&format!("Keyturn knows the token as {:?}", facts.name)),
        Answer::Refused(reason) => bail!("Keyturn refuses the string: {reason}"),
        Answer::Failed(failure) => bail!("{}: {}", config.url, failure.what),
        _ => bail!("an unexpected answer"),
    }
    match keyturn.look(string).await {
        Answer::Renewal { state: Renewal::None, .. } => {
            bail!("the token does not renew itself: switch on `autoRenewal` with `pull`")
        }
        Answer::Renewal { renews_at, .. } => {
            let when = renews_at.map_or("now".to_owned(), |at| at.format("%Y-%m-%d %H:%M:%SZ").to_string());
            say(&format!("its renewal is due {when}"));
            Ok(())
        }
        _ => bail!("Keyturn does not say when the token renews itself"),
    }
}

fn configuration(options: &InitOptions, url: &str, seed: &Path, target: &Path) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let path = |path: &Path| quoted(&path.display().to_string());
    format!(
        "url = {}\nstate = {}\n\n[tokens.{}]\ninitial-file = {}\n\n[[tokens.{}.targets]]\nkind = \"file\"\npath = {}\n",
        quoted(url.trim()),
        path(&options.state),
        quoted(&options.name),
        path(seed),
        quoted(&options.name),
        path(target),
    )
}

fn read_all(mut from: impl std::io::Read) -> Result<String> {
    let mut text = String::new();
    from.by_ref().take(1 << 16).read_to_string(&mut text)?;
    Ok(text)
}

/// Asks for a line; what is secret is not shown.
fn ask(question: &str, secret: bool) -> Result<String> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        bail!("`{}` is needed as an option: there is no terminal to ask", question.trim_end_matches(": "));
    }
    #[expect(clippy::print_stderr, reason = "a question")]
    {
        eprint!("{question}");
    }
    std::io::stderr().flush()?;
    let shown = tcgetattr(&stdin)?;
    if secret {
        let mut hidden = shown.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        tcsetattr(&stdin, OptionalActions::Now, &hidden)?;
    }
    let mut line = String::new();
    let read = stdin.lock().read_line(&mut line);
    if secret {
        tcsetattr(&stdin, OptionalActions::Now, &shown)?;
    }
    read?;
    Ok(line.trim().to_owned())
}
