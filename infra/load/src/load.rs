//! Many clients at once, for a while, with the sweep running.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use futures::future::try_join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::watch;

use crate::client::{Call, Client, Outcome};
use crate::latency::Latencies;
use crate::promises;
use crate::receiver::Receiver;
use crate::stack::Stack;
use crate::worker::Worker;

/// Seconds after which what a sweep took up is done by the next, with room to spare.
const LONGEST_LEASE: u64 = 300;

/// What can be chosen.
#[derive(clap::Args)]
pub(crate) struct Options {
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

/// Runs it and prints requests, latencies, errors and memory.
pub(crate) async fn run(options: &Options) -> Result<()> {
    let folder = TempDir::new()?;
    let receiver = Receiver::start().await?;
    let stack = Stack::start(&folder.path().join("data")).await?;
    let latencies: Arc<Mutex<Latencies>> = Arc::default();
    let client = Client::new(&stack.api, &latencies)?;
    let before = stack.memory();
    println!("{} clients for {} s, file-backed, the sweep running", options.clients, options.seconds);

    let (stop, stopped) = watch::channel(false);
    let workers = (0..options.clients).map(|number| {
        let worker = Worker::new(number, options.seed, &receiver);
        work(worker, client.clone(), stack.management_token.clone(), stopped.clone())
    });
    let timer = async {
        #[expect(clippy::disallowed_methods, reason = "the load lasts this long in real time")]
        tokio::time::sleep(Duration::from_secs(options.seconds)).await;
        stop.send_replace(true);
        Ok::<_, anyhow::Error>(())
    };
    let all = async { try_join_all(workers).await };
    let (mut workers, (), sweeps) = tokio::try_join!(all, timer, sweep(client.clone(), stopped.clone()))?;

    let latencies = std::mem::take(&mut *latencies.lock().ok().context("a client panicked")?);
    print!("{}", latencies.table());
    let (requests, errors) = latencies.totals();
    println!("{:.0} requests/s, {} sweeps", requests as f64 / options.seconds as f64, sweeps.len());
    if let (Some((resident, _)), Some((after, peak))) = (before, stack.memory()) {
        println!("memory: {resident} MiB before, {after} MiB after, {peak} MiB at the peak");
    }
    ensure!(errors == 0, "{errors} answers with a 5xx");
    settle(&client).await?;
    let tokens = verify(&client, &stack.management_token, &mut workers).await?;
    println!("{tokens} tokens are as the answers said");
    Ok(())
}

/// Works until told to stop.
async fn work(
    mut worker: Worker,
    client: Client,
    manager: String,
    stop: watch::Receiver<bool>,
) -> Result<Worker> {
    while !*stop.borrow() {
        if !worker.step(&client, &manager).await? {
            bail!("a call was not answered");
        }
    }
    Ok(worker)
}

/// Sweeps one after the other until told to stop; what each had to do.
async fn sweep(client: Client, stop: watch::Receiver<bool>) -> Result<Vec<u64>> {
    let mut due = Vec::new();
    while !*stop.borrow() {
        let summary = client.local(Method::POST, "/_local/sweep", &json!({})).await?;
        due.push(summary["due"].as_u64().unwrap_or_default());
    }
    Ok(due)
}

/// Lets time pass until everything has been done that a sweep took up and did not finish.
pub(crate) async fn settle(client: &Client) -> Result<()> {
    let ahead = json!({"seconds": LONGEST_LEASE});
    let summary = client.local(Method::POST, "/_local/clock/advance", &ahead).await?;
    ensure!(summary["failed"] == 0, "a sweep failed: {summary}");
    let summary = client.local(Method::POST, "/_local/sweep", &json!({})).await?;
    ensure!(summary["due"] == 0, "something is due again and again: {summary}");
    Ok(())
}

/// Checks everything that was answered, and answers how many tokens that was about.
pub(crate) async fn verify(client: &Client, manager: &str, workers: &mut [Worker]) -> Result<usize> {
    for worker in workers.iter_mut() {
        worker.verify(client, manager).await?;
    }
    check_company(client, manager, workers).await?;
    Ok(workers.iter().map(|worker| worker.tokens.len()).sum())
}

/// All tokens of the company.
async fn all_tokens(client: &Client, manager: &str) -> Result<Vec<Value>> {
    let mut tokens: Vec<Value> = Vec::new();
    loop {
        let after = tokens.last().and_then(|token| token["id"].as_str());
        let after = after.map(|id| format!("&startingAfter={id}")).unwrap_or_default();
        let call = Call {
            name: "list",
            method: Method::GET,
            path: format!("/apiAccessTokens?size=100{after}"),
            token: manager,
            body: None,
            idempotency_key: None,
        };
        let Outcome::Answered(200, page) = client.call(call).await else {
            bail!("the list is not answered");
        };
        let items = page["items"].as_array().cloned().unwrap_or_default();
        if items.is_empty() {
            return Ok(tokens);
        }
        tokens.extend(items);
    }
}

/// Checks the company as a whole: tokens, successors, events and mails.
async fn check_company(client: &Client, manager: &str, workers: &[Worker]) -> Result<()> {
    let created: Vec<String> = workers.iter().flat_map(|worker| worker.created.clone()).collect();
    promises::check_company(&all_tokens(client, manager).await?, &created)?;
    let tokens = || workers.iter().flat_map(|worker| &worker.tokens);
    promises::check_events(&shown(client, "/_local/events").await?, tokens(), &created)?;
    promises::check_mails(&shown(client, "/_local/mails").await?, tokens())
}

/// The items of one of the stack's own pages.
async fn shown(client: &Client, path: &str) -> Result<Vec<Value>> {
    let items = client.local(Method::GET, path, &Value::Null).await?;
    items.as_array().cloned().context("no list")
}
