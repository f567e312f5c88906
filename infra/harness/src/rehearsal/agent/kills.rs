//! `kill -9` at random moments of renewals: after each, the file holds a valid string.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use reqwest::Method;

use super::{Options, Setup};
use crate::process::Process;
use crate::rehearsal::DAY;

/// Kills in one renewal.
const EACH: usize = 10;

pub(super) async fn run(setup: &mut Setup, options: &Options) -> Result<()> {
    setup.kill()?;
    setup.proxy.lose_tenths(3);
    let mut random = StdRng::seed_from_u64(options.seed);
    let (mut kills, mut within) = (0, 0);
    let mut longest = Duration::from_millis(400);
    while kills < options.kills {
        setup.advance(31 * DAY).await?;
        let old = setup.held()?;
        for _ in 0..EACH.min(options.kills - kills) {
            let run = longest.mul_f64(random.random_range(0.0..1.0));
            let mut process = Process::start("the agent", setup.command(&["once"]))?;
            #[expect(clippy::disallowed_methods, reason = "a kill comes at any time")]
            tokio::time::sleep(run).await;
            super::no_secret(&process.kill())?;
            kills += 1;
            let held = setup.held()?;
            within += usize::from(held != old);
            ensure!(
                setup.status_of(&held).await? == 200,
                "kill {kills}: the file holds a string that is refused"
            );
        }
        #[expect(clippy::disallowed_methods, reason = "measures")]
        let started = Instant::now();
        // A lost answer is tried again by the next run.
        let mut tries = 0;
        loop {
            let output = setup.output(&["once"]).await?;
            if output.status.success() {
                break;
            }
            tries += 1;
            ensure!(tries < 10, "it does not succeed: {}", String::from_utf8_lossy(&output.stderr));
        }
        longest = started.elapsed().min(Duration::from_secs(2));
        setup.renewed().await?;
    }
    setup.proxy.lose_tenths(0);
    setup.start().await?;
    println!(
        "killed {kills} times, {within} times after the new string was written: the file held a valid string"
    );
    let token = setup.stack.api.call(Method::GET, "/apiAccessTokens?status=ACTIVE", None).await?;
    let active = token["items"]
        .as_array()
        .map_or(0, |items| items.iter().filter(|token| token["name"] == "rehearsal").count());
    ensure!(active == 1, "{active} tokens are active: a kill made a second successor");
    Ok(())
}
