//! `kill -9` at random moments, under load.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result};
use futures::future::try_join_all;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use reqwest::Method;
use tempfile::TempDir;

use super::client::Client;
use super::latencies::Latencies;
use super::request_tokens::RequestTokens;
use super::worker::Worker;
use super::{check, finish_sweeps, start};

/// How long the stack runs at most before it's killed, in milliseconds.
const LONGEST_RUN: u64 = 600;

/// Options of `cargo xtask crash`.
#[derive(clap::Args)]
pub struct Options {
    /// How often the stack is killed
    #[arg(long, default_value_t = 100)]
    kills: usize,
    /// Clients that work at once
    #[arg(long, default_value_t = 16)]
    clients: usize,
    /// Determines what the clients do and when the stack is killed
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Kills the stack again and again, and checks at the end that every answer is still true.
pub async fn run(options: &Options) -> Result<()> {
    let folder = TempDir::new()?;
    let data = folder.path().join("data");
    let receiver = RequestTokens::receive().await?;
    let latencies: Arc<Mutex<Latencies>> = Arc::default();
    let mut random = StdRng::seed_from_u64(options.seed);
    let mut workers: Vec<Worker> =
        (0..options.clients).map(|number| Worker::new(number, options.seed, &receiver)).collect();
    for kill in 1..=options.kills {
        let started = start(&data, &latencies).await;
        let (mut process, client) = started.with_context(|| format!("after {} kills", kill - 1))?;
        let run = Duration::from_millis(random.random_range(0..LONGEST_RUN));
        let killer = async {
            #[expect(clippy::disallowed_methods, reason = "a crash happens at any time")]
            tokio::time::sleep(run).await;
            process.kill();
            Ok(())
        };
        let work = workers.iter_mut().map(|worker| work(worker, &client));
        let (_, (), ()) = tokio::try_join!(try_join_all(work), killer, sweep(&client))?;
        if kill % 10 == 0 {
            println!("{kill} of {} kills", options.kills);
        }
    }
    let (_process, client) = start(&data, &latencies).await?;
    for worker in &mut workers {
        worker.finish(&client).await?;
    }
    finish_sweeps(&client).await?;
    let tokens = check(&client, &mut workers).await?;
    let (answers, _) = latencies.lock().ok().context("a client panicked")?.totals();
    println!("killed {} times: all of {answers} answers about {tokens} tokens are still true", options.kills);
    Ok(())
}

/// Performs operations until a call isn't answered.
async fn work(worker: &mut Worker, client: &Client) -> Result<()> {
    while worker.step(client).await? {}
    Ok(())
}

/// Sweeps until a call isn't answered.
async fn sweep(client: &Client) -> Result<()> {
    while client.api.call(Method::POST, "/_local/sweep", None).await.is_ok() {}
    Ok(())
}
