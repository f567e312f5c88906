//! Renewals one after the other, with three of ten answers lost.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::Setup;

pub(super) async fn run(setup: &mut Setup, renewals: usize) -> Result<()> {
    let (calls, lost) = (setup.proxy.seen().redeemed, setup.proxy.seen().lost);
    setup.proxy.lose_tenths(3);
    let mut delays = Vec::new();
    for number in 1..=renewals {
        delays.push(renew(setup).await.with_context(|| format!("renewal {number}"))?);
    }
    setup.proxy.lose_tenths(0);
    let seen = setup.proxy.seen();
    ensure!(seen.redeemed - calls >= renewals, "{} answers for {renewals} renewals", seen.redeemed - calls);
    delays.sort_unstable();
    let at = |percent: usize| delays.get((delays.len() * percent / 100).min(delays.len() - 1));
    let (median, p99) =
        (at(50).context("no renewal")?.as_millis(), at(99).context("no renewal")?.as_millis());
    println!(
        "{renewals} renewals, {} lost answers: from due to the new string in use {median} ms (median), {p99} ms (p99)",
        seen.lost - lost
    );
    Ok(())
}

/// One renewal; how long it took from the due moment to the first request with the new string.
async fn renew(setup: &mut Setup) -> Result<Duration> {
    let before = setup.proxy.seen();
    #[expect(clippy::disallowed_methods, reason = "measures")]
    let started = Instant::now();
    setup.advance_to_due().await?;
    let mut lost = before.lost;
    loop {
        // A callback needs no call, but a repeat after a lost answer would wait for its back-off.
        if !setup.is_listening || lost > before.lost {
            setup.hang_up()?;
        }
        let seen = |seen: &crate::rehearsal::proxy::Seen| seen.lost > lost || seen.redeemed > before.redeemed;
        let seen = setup.proxy.wait_for("a renewal", seen).await?;
        if seen.redeemed > before.redeemed {
            break;
        }
        lost = seen.lost;
    }
    let successor = setup.successor().await?;
    setup.service.uses(&successor).await?;
    let delay = started.elapsed();
    setup.renewed().await?;
    Ok(delay)
}
