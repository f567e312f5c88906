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

/// Seconds after which the next sweep takes over what one has leased, with room to spare.
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
    /// Decides what the clients do
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// A running stack and a client of it.
struct Stack {
    process: Process,
    client: Client,
    management_token: String,
}

impl Stack {
    async fn start(data: &Path, latencies: &Arc<Mutex<Latencies>>) -> Result<Self> {
        let stack = LocalStack::with_data(&std::env::current_exe()?, data, &[]).await?;
        let client = Client::new(stack.value("Ready")?, latencies)?;
        let management_token = stack.value("Management token")?.to_owned();
        Ok(Self { process: stack.process, client, management_token })
    }
}

/// Runs the load, prints requests, latencies, errors and memory, and checks every answer.
pub async fn run(options: &Options) -> Result<()> {
    let folder = TempDir::new()?;
    let receiver = RequestTokens::receive().await?;
    let latencies: Arc<Mutex<Latencies>> = Arc::default();
    let stack = Stack::start(&folder.path().join("data"), &latencies).await?;
    let before = stack.process.memory();
    println!("{} clients for {} s, file-backed, the sweep running", options.clients, options.seconds);

    let (stop, stopped) = watch::channel(false);
    let workers = (0..options.clients)
        .map(|number| work(Worker::new(number, options.seed, &receiver), &stack, stopped.clone()));
    let timer = async {
        #[expect(clippy::disallowed_methods, reason = "the load lasts this long in real time")]
        tokio::time::sleep(Duration::from_secs(options.seconds)).await;
        stop.send_replace(true);
        Ok::<_, anyhow::Error>(())
    };
    let (mut workers, (), sweeps) =
        tokio::try_join!(try_join_all(workers), timer, sweep(&stack.client, stopped.clone()))?;

    let latencies = std::mem::take(&mut *latencies.lock().ok().context("a client panicked")?);
    print!("{}", latencies.table());
    let (requests, errors) = latencies.totals();
    println!("{:.0} requests/s, {sweeps} sweeps", requests as f64 / options.seconds as f64);
    if let Some((before, after)) = before.zip(stack.process.memory()) {
        let Memory { resident, peak } = after;
        let [before, after, peak] = [before.resident, resident, peak].map(|kib| kib / 1024);
        println!("memory: {before} MiB before, {after} MiB after, {peak} MiB at the peak");
    }
    ensure!(errors == 0, "{errors} answers with a 5xx");
    finish_sweeps(&stack.client).await?;
    let tokens = check(&stack, &mut workers).await?;
    println!("{tokens} tokens are as the answers said");
    Ok(())
}

/// Works until it's stopped.
async fn work(mut worker: Worker, stack: &Stack, stop: watch::Receiver<bool>) -> Result<Worker> {
    while !*stop.borrow() {
        ensure!(worker.step(&stack.client, &stack.management_token).await?, "a call was not answered");
    }
    Ok(worker)
}

/// Sweeps one after the other until it's stopped; the number of sweeps.
async fn sweep(client: &Client, stop: watch::Receiver<bool>) -> Result<usize> {
    let mut sweeps = 0;
    while !*stop.borrow() {
        client.local(Method::POST, "/_local/sweep", &json!({})).await?;
        sweeps += 1;
    }
    Ok(sweeps)
}

/// Moves the clock until all leases of unfinished sweeps have ended, and everything that is due is done.
async fn finish_sweeps(client: &Client) -> Result<()> {
    let ahead = json!({"seconds": LONGEST_LEASE});
    let summary = client.local(Method::POST, "/_local/clock/advance", &ahead).await?;
    ensure!(summary["failed"] == 0, "a sweep failed: {summary}");
    let summary = client.local(Method::POST, "/_local/sweep", &json!({})).await?;
    ensure!(summary["due"] == 0, "something is due again and again: {summary}");
    Ok(())
}

/// Checks everything that was answered, then the company as a whole: tokens, successors, events and mails. The number of
/// tokens that answers were about.
async fn check(stack: &Stack, workers: &mut [Worker]) -> Result<usize> {
    let Stack { client, management_token, .. } = stack;
    for worker in workers.iter_mut() {
        worker.check(client, management_token).await?;
    }
    let created: Vec<String> = workers.iter().flat_map(|worker| worker.created.clone()).collect();
    promises::check_company(&all_tokens(client, management_token).await?, &created)?;
    let tokens = || workers.iter().flat_map(|worker| &worker.tokens);
    promises::check_events(&items(client, "/_local/events").await?, tokens(), &created)?;
    promises::check_mails(&items(client, "/_local/mails").await?, tokens())?;
    Ok(tokens().count())
}

/// All tokens of the company.
async fn all_tokens(client: &Client, manager: &str) -> Result<Vec<Value>> {
    let mut tokens: Vec<Value> = Vec::new();
    loop {
        let after = tokens.last().and_then(|token| token["id"].as_str());
        let after = after.map(|id| format!("&startingAfter={id}")).unwrap_or_default();
        let request = client.request(Method::GET, &format!("/apiAccessTokens?size=100{after}"), manager);
        let Some(page) = client.send("list", request, 200).await? else { bail!("the list is not answered") };
        match page["items"].as_array() {
            Some(items) if !items.is_empty() => tokens.extend(items.iter().cloned()),
            _ => return Ok(tokens),
        }
    }
}

/// The items of one of the stack's own pages.
async fn items(client: &Client, path: &str) -> Result<Vec<Value>> {
    Ok(serde_json::from_value(client.local(Method::GET, path, &Value::Null).await?)?)
}
