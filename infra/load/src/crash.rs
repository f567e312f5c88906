//! Kill -9 at random moments, under load.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result};
use futures::future::try_join_all;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use reqwest::Method;
use serde_json::json;
use tempfile::TempDir;

use crate::client::Client;
use crate::latency::Latencies;
use crate::load::{settle, verify};
use crate::receiver::Receiver;
use crate::stack::Stack;
use crate::worker::Worker;

/// How long the stack lives at most before it's killed, in milliseconds.
const LONGEST_LIFE: u64 = 600;

/// What can be chosen.
#[derive(clap::Args)]
pub(crate) struct Options {
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

/// Runs it and prints what held.
pub(crate) async fn run(options: &Options) -> Result<()> {
    let folder = TempDir::new()?;
    let data = folder.path().join("data");
    let receiver = Receiver::start().await?;
    let latencies: Arc<Mutex<Latencies>> = Arc::default();
    let mut random = StdRng::seed_from_u64(options.seed);
    let mut workers: Vec<Worker> =
        (0..options.clients).map(|number| Worker::new(number, options.seed, &receiver)).collect();
    for kill in 1..=options.kills {
        let stack = Stack::start(&data).await.with_context(|| format!("after {} kills", kill - 1))?;
        let client = Client::new(&stack.api, &latencies)?;
        let manager = stack.management_token.clone();
        let life = Duration::from_millis(random.random_range(0..LONGEST_LIFE));
        let killer = async {
            #[expect(clippy::disallowed_methods, reason = "a crash comes at any time")]
            tokio::time::sleep(life).await;
            stack.kill().await
        };
        let lives = workers.iter_mut().map(|worker| live(worker, &client, &manager));
        let (_, (), ()) = tokio::try_join!(try_join_all(lives), killer, sweep(&client))?;
        if kill % 10 == 0 {
            println!("{kill} of {} kills", options.kills);
        }
    }
    let stack = Stack::start(&data).await?;
    let (client, manager) = (Client::new(&stack.api, &latencies)?, &stack.management_token);
    for worker in &mut workers {
        worker.finish(&client, manager).await?;
    }
    settle(&client).await?;
    let tokens = verify(&client, manager, &mut workers).await?;
    let (answers, _) = latencies.lock().ok().context("a client panicked")?.totals();
    println!("killed {} times: all of {answers} answers about {tokens} tokens are still true", options.kills);
    Ok(())
}

/// Works until there is no answer any more.
async fn live(worker: &mut Worker, client: &Client, manager: &str) -> Result<()> {
    while worker.step(client, manager).await? {}
    Ok(())
}

/// Sweeps until there is no answer any more.
async fn sweep(client: &Client) -> Result<()> {
    while client.local(Method::POST, "/_local/sweep", &json!({})).await.is_ok() {}
    Ok(())
}
