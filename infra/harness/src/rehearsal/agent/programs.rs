//! `init`, and `exec` beside the service.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::time::timeout;

use super::{Setup, no_secret};
use crate::process::Process;
use crate::rehearsal::DAY;

pub(super) async fn run(setup: &mut Setup) -> Result<()> {
    init(setup).await?;
    exec(setup).await
}

/// A second configuration, for the same token.
async fn init(setup: &Setup) -> Result<()> {
    let folder = setup.path("second");
    std::fs::create_dir(&folder)?;
    let path = |name: &str| folder.join(name).display().to_string();
    let (target, state) = (path("held"), path("state.json"));
    let string = setup.path("token").display().to_string();
    for again in [false, true] {
        let configuration = folder.join("keyturn.toml");
        let mut command = setup.command_with(&configuration, &["init", "--url", &setup.stack.api.address]);
        command.args(["--token-file", &string, "--target", &target, "--state", &state]);
        let output = tokio::task::spawn_blocking(move || command.output()).await??;
        let printed = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        no_secret(&printed)?;
        ensure!(output.status.success() != again, "{printed}");
        ensure!(!again || printed.contains("move it away first"), "{printed}");
    }
    ensure!(std::fs::read_to_string(&target)? == setup.held()?, "the target does not hold the string");
    println!("init: a configuration is written and rehearsed; an existing one is left alone");
    Ok(())
}

/// A program with the string in its environment, restarted when the service renews the token.
async fn exec(setup: &mut Setup) -> Result<()> {
    setup.start().await?;
    let file = setup.path("environment");
    let script = format!("printf %s \"$PARTNER\" > {}; exec sleep 1000", file.display());
    let mut program =
        Process::start("exec", setup.command(&["exec", "--env", "PARTNER", "--", "sh", "-c", &script]))?;
    holds(&file, &setup.held()?).await?;
    setup.advance(31 * DAY).await?;
    setup.hang_up()?;
    let successor = timeout(Duration::from_secs(60), async {
        loop {
            if let Ok(successor) = setup.successor().await {
                return successor;
            }
        }
    });
    let successor = successor.await.context("not renewed")?;
    setup.service.uses(&successor).await?;
    holds(&file, &setup.held()?).await?;
    setup.renewed().await?;
    // The signal is passed on, and the program's end is that of `exec`.
    let id = program.id();
    ensure!(Command::new("kill").args(["-TERM", &id.to_string()]).status()?.success(), "no signal");
    holds(Path::new(&format!("/proc/{id}/cmdline")), "").await?;
    no_secret(&program.kill())?;
    setup.kill()?;
    println!("exec: the program was restarted with the new string");
    Ok(())
}

/// Waits until a file has this content.
async fn holds(file: &Path, content: &str) -> Result<()> {
    let waiting = async {
        while std::fs::read_to_string(file).ok().as_deref() != Some(content) {
            #[expect(clippy::disallowed_methods, reason = "another process writes the file")]
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(60), waiting).await.context("the program has another string")
}
