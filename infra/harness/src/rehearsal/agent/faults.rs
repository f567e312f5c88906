//! What goes wrong on the machine or on the way: a clear report, and no lost string.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use anyhow::{Result, ensure};

use super::Setup;
use crate::rehearsal::DAY;

const HOUR: i64 = 3600;

pub(super) async fn run(setup: &mut Setup) -> Result<()> {
    full_disk(setup).await?;
    outage(setup).await?;
    moved(setup).await?;
    unwritable(setup).await?;
    damaged(setup).await
}

/// Nothing can be written: the renewal waits, and the token stays valid.
async fn full_disk(setup: &mut Setup) -> Result<()> {
    setup.kill()?;
    setup.advance(31 * DAY).await?;
    let (held, state) = (setup.held()?, std::fs::read(setup.path("state.json"))?);
    // Files of more than 0 bytes can't be written, as on a full disk; the signal for it is ignored.
    let agent = setup.command(&["once"]);
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$@\"", "sh"]).arg(agent.get_program());
    shell.args(agent.get_args()).arg0("sh").env("NO_PROXY", "127.0.0.1");
    let output = tokio::task::spawn_blocking(move || shell.output()).await??;
    let printed = String::from_utf8_lossy(&output.stderr).into_owned();
    super::no_secret(&printed)?;
    ensure!(output.status.code() == Some(1), "{:?}: {printed}", output.status);
    ensure!(printed.contains("the state can't be written"), "no report: {printed}");
    ensure!(setup.held()? == held && std::fs::read(setup.path("state.json"))? == state, "something changed");
    ensure!(setup.status_of(&held).await? == 200 && setup.successor().await.is_err(), "it was renewed");
    println!("a full disk: nothing is fetched that can't be kept, and the report says why");
    Ok(())
}

/// The answer is lost and Keyturn is silent for 20 hours of the overlap.
async fn outage(setup: &mut Setup) -> Result<()> {
    setup.proxy.lose_next_redemption();
    let lost = setup.output(&["once"]).await?;
    ensure!(lost.status.code() == Some(1), "a lost answer: {:?}", lost.status);
    setup.proxy.is_down(true);
    setup.start().await?;
    for _ in 0..4 {
        setup.advance(5 * HOUR).await?;
        setup.hang_up()?;
    }
    let silent = setup.output(&["status"]).await?;
    ensure!(silent.status.code() != Some(3), "a silent Keyturn needs no person: {:?}", silent.status);
    setup.proxy.is_down(false);
    setup.hang_up()?;
    let successor = setup.successor().await?;
    setup.service.uses(&successor).await?;
    setup.renewed().await?;
    println!("20 hours without Keyturn after a lost answer: the same string is fetched, and in use");
    Ok(())
}

/// Another address, which answers, but is not Keyturn; then the right one again.
async fn moved(setup: &mut Setup) -> Result<()> {
    let elsewhere = crate::http::serve(axum::Router::new()).await?;
    setup.configure(&elsewhere, "", &setup.path("token"))?;
    setup.kill()?;
    let output = setup.output(&["once"]).await?;
    let printed = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(printed.contains("is the address right?"), "no report: {printed}");
    ensure!(output.status.code() == Some(1), "{:?}", output.status);
    setup.configure(&setup.stack.api.address.clone(), "", &setup.path("token"))?;
    ensure!(setup.output(&["once"]).await?.status.success(), "not fresh at the new address");
    println!("another address: a wrong one is reported, the right one is taken up");
    Ok(())
}

/// A target that can't be written does not keep the others from being written.
async fn unwritable(setup: &mut Setup) -> Result<()> {
    let path = setup.path("keyturn.toml");
    let good = std::fs::read_to_string(&path)?;
    let below = setup.path("initial").join("below-a-file");
    let more = format!("[[tokens.partner.targets]]\nkind = \"file\"\npath = \"{}\"\n", below.display());
    std::fs::write(&path, format!("{good}{more}"))?;
    setup.advance(31 * DAY).await?;
    let output = setup.output(&["once"]).await?;
    let printed = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.code() == Some(1) && printed.contains("below-a-file"), "no report: {printed}");
    std::fs::write(&path, good)?;
    setup.renewed().await?;
    println!("a target that can't be written: it is reported, and the other one holds the new string");
    Ok(())
}

/// A damaged state is left alone; without it, the agent begins with what the target holds.
async fn damaged(setup: &mut Setup) -> Result<()> {
    std::fs::write(setup.path("state.json"), "{\"version\"")?;
    let output = setup.output(&["once"]).await?;
    let printed = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.code() == Some(3) && printed.contains("is damaged"), "no report: {printed}");
    std::fs::remove_file(setup.path("state.json"))?;
    ensure!(setup.output(&["once"]).await?.status.success(), "the target's string is not taken up");
    setup.service.uses(&setup.id.clone()).await?;
    println!("a lost state: the string is found again in the file");
    Ok(())
}
