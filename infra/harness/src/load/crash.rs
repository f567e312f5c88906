//! `kill -9` at random moments, under load.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result};
use futures::future::try_join_all;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use reqwest::Method;
use serde_json::json;
use tempfile::TempDir;

use super::client::Client;
use super::latencies::Latencies;
use super::request_tokens::RequestTokens;
use super::worker::Worker;
use super::{Stack, check, finish_sweeps};

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
    /// Decides what the clients do and when the stack is killed
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
        let mut stack =
            Stack::start(&data, &latencies).await.with_context(|| format!("after {} kills", kill - 1))?;
        let (client, manager) = (stack.client.clone(), stack.management_token.clone());
        let run = Duration::from_millis(random.random_range(0..LONGEST_RUN));
        let killer = async {
            #[expect(clippy::disallowed_methods, reason = "a crash comes at any time")]
            tokio::time::sleep(run).await;
            stack.process.kill();
            Ok(())
        };
        let work = workers.iter_mut().map(|worker| work(worker, &client, &manager));
        let (_, (), ()) = tokio::try_join!(try_join_all(work), killer, sweep(&client))?;
        if kill % 10 == 0 {
            println!("{kill} of {} kills", options.kills);
        }
    }
    let stack = Stack::start(&data, &latencies).await?;
    for worker in &mut workers {
        worker.finish(&stack.client, &stack.management_token).await?;
    }
    finish_sweeps(&stack.client).await?;
    let tokens = check(&stack, &mut workers).await?;
    let (answers, _) = latencies.lock().ok().context("a client panicked")?.totals();
    println!("killed {} times: all of {answers} answers about {tokens} tokens are still true", options.kills);
    Ok(())
}

/// Works until a call isn't answered.
async fn work(worker: &mut Worker, client: &Client, manager: &str) -> Result<()> {
    while worker.step(client, manager).await? {}
    Ok(())
}

/// Sweeps until a call isn't answered.
async fn sweep(client: &Client) -> Result<()> {
    while client.local(Method::POST, "/_local/sweep", &json!({})).await.is_ok() {}
    Ok(())
}
