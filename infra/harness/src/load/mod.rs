//! Many clients at once, for a while, with the sweep running.

mod client;
pub mod crash;
mod latencies;
mod promises;
mod request_tokens;
mod worker;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use futures::future::try_join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::watch;

use crate::process::{Memory, Process};
use crate::stack::LocalStack;
use client::Client;
use latencies::Latencies;
use request_tokens::RequestTokens;
use worker::Worker;

/// Longer than any lease of a sweep, in seconds.
const LONGEST_LEASE: u64 = 300;

/// Options of `cargo xtask load`.
#[derive(clap::Args)]
pub struct Options {
    /// Clients that work at once
    #[arg(long, default_value_t = 64)]
    clients: usize,
    /// For how many seconds
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Determines what the clients do
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

async fn start(data: &Path, latencies: &Arc<Mutex<Latencies>>) -> Result<(Process, Client)> {
    let LocalStack { process, api, .. } = LocalStack::start(&std::env::current_exe()?, data, &[]).await?;
    Ok((process, Client { api, latencies: Arc::clone(latencies) }))
}

/// Runs the load, prints requests, latencies, errors and memory, and checks every answer.
pub async fn run(options: &Options) -> Result<()> {
    let folder = TempDir::new()?;
    let receiver = RequestTokens::receive().await?;
    let latencies: Arc<Mutex<Latencies>> = Arc::default();
    let (process, client) = start(&folder.path().join("data"), &latencies).await?;
    let before = process.memory();
    println!("{} clients for {} s, file-backed, the sweep running", options.clients, options.seconds);

    let (stop, stopped) = watch::channel(false);
    let workers = (0..options.clients)
        .map(|number| work(Worker::new(number, options.seed, &receiver), &client, stopped.clone()));
    let timer = async {
        #[expect(clippy::disallowed_methods, reason = "the load lasts this long in real time")]
        tokio::time::sleep(Duration::from_secs(options.seconds)).await;
        stop.send_replace(true);
        Ok::<_, anyhow::Error>(())
    };
    let (mut workers, (), sweeps) =
        tokio::try_join!(try_join_all(workers), timer, sweep(&client, stopped.clone()))?;

    let latencies = std::mem::take(&mut *latencies.lock().ok().context("a client panicked")?);
    print!("{}", latencies.table());
    let (requests, errors) = latencies.totals();
    println!("{:.0} requests/s, {sweeps} sweeps", requests as f64 / options.seconds as f64);
    if let Some((before, after)) = before.zip(process.memory()) {
        let Memory { resident, peak } = after;
        let [before, after, peak] = [before.resident, resident, peak].map(|kib| kib / 1024);
        println!("memory: {before} MiB before, {after} MiB after, {peak} MiB at the peak");
    }
    ensure!(errors == 0, "{errors} answers with a 5xx");
    finish_sweeps(&client).await?;
    let tokens = check(&client, &mut workers).await?;
    println!("{tokens} tokens are as the answers said");
    Ok(())
}

/// Performs operations until it's stopped.
async fn work(mut worker: Worker, client: &Client, stop: watch::Receiver<bool>) -> Result<Worker> {
    while !*stop.borrow() {
        ensure!(worker.step(client).await?, "a call was not answered");
    }
    Ok(worker)
}

/// Sweeps one after the other until it's stopped; the number of sweeps.
async fn sweep(client: &Client, stop: watch::Receiver<bool>) -> Result<usize> {
    let mut sweeps = 0;
    while !*stop.borrow() {
        client.api.call(Method::POST, "/_local/sweep", None).await?;
        sweeps += 1;
    }
    Ok(sweeps)
}

/// Moves the clock until all leases of unfinished sweeps have ended, and everything that is due is done.
async fn finish_sweeps(client: &Client) -> Result<()> {
    let ahead = json!({"seconds": LONGEST_LEASE});
    let summary = client.api.call(Method::POST, "/_local/clock/advance", Some(ahead)).await?;
    ensure!(summary["failed"] == 0, "a sweep failed: {summary}");
    let summary = client.api.call(Method::POST, "/_local/sweep", None).await?;
    ensure!(summary["due"] == 0, "something is due again and again: {summary}");
    Ok(())
}

/// Checks all answers, then the company as a whole: tokens, successors, events and mails. Returns the number of tokens that
/// the answers were about.
async fn check(client: &Client, workers: &mut [Worker]) -> Result<usize> {
    for worker in workers.iter_mut() {
        worker.check(client).await?;
    }
    let created: Vec<String> = workers.iter().flat_map(|worker| worker.created.clone()).collect();
    promises::check_company(&all_tokens(client).await?, &created)?;
    let tokens = || workers.iter().flat_map(|worker| &worker.tokens);
    promises::check_events(&items(client, "/_local/events").await?, tokens(), &created)?;
    promises::check_mails(&items(client, "/_local/mails").await?, tokens())?;
    Ok(tokens().count())
}

async fn all_tokens(client: &Client) -> Result<Vec<Value>> {
    let mut tokens: Vec<Value> = Vec::new();
    loop {
        let after = tokens.last().and_then(|token| token["id"].as_str());
        let after = after.map(|id| format!("&startingAfter={id}")).unwrap_or_default();
        let request = client.api.request(Method::GET, &format!("/apiAccessTokens?size=100{after}"), None);
        let Some(page) = client.send("list", request, 200).await? else { bail!("the list is not answered") };
        match page["items"].as_array() {
            Some(items) if !items.is_empty() => tokens.extend(items.iter().cloned()),
            _ => return Ok(tokens),
        }
    }
}

async fn items(client: &Client, path: &str) -> Result<Vec<Value>> {
    Ok(serde_json::from_value(client.api.call(Method::GET, path, None).await?)?)
}
