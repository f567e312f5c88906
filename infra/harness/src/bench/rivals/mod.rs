//! The local stack beside programs that people would use instead, through HTTP on this machine: each operation by turns, so
//! that the ratios hold on a busy machine too.

mod chart;
mod contender;
mod report;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use futures::future::try_join_all;
use reqwest::StatusCode;
use serde_json::Value;
use tempfile::TempDir;

use crate::http;
use crate::measure::{median_of, millis, now, percentile, rate};
use contender::{Contender, Key, Operation};
use report::{Measured, Report};

/// Options of `cargo xtask bench rivals`.
#[derive(clap::Args)]
pub struct Options {
    /// Rounds whose median is taken
    #[arg(long, value_name = "COUNT", default_value_t = 9)]
    rounds: usize,
    /// Milliseconds of each operation in a round
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 700)]
    time: u64,
    /// Writes the figures into this file as JSON too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Draws the ratios into this file as SVG
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

/// Concurrent clients.
const CLIENTS: [usize; 2] = [1, 32];

/// Keys on a page of the list.
const PAGE: usize = 100;

/// Keys that are made ready for a round of deactivations.
const TO_DEACTIVATE: usize = 400;

/// Rates and latencies of one round.
#[derive(Clone, Copy, Debug)]
struct Round {
    per_second: f64,
    p50: f64,
    p99: f64,
}

/// Checks each program, measures it, and prints the tables.
pub async fn run(options: &Options) -> Result<()> {
    let folder = TempDir::new()?;
    let contenders = contender::start_all(folder.path()).await?;
    for contender in &contenders {
        eprintln!("checking: {}", contender.name);
        check(contender).await.with_context(|| contender.name)?;
    }
    let time = Duration::from_millis(options.time);
    let mut measured = Vec::new();
    for operation in Operation::ALL {
        for clients in CLIENTS {
            eprintln!("measuring: {} with {clients} clients", operation.name());
            measured.push(measure(&contenders, operation, clients, (options.rounds, time)).await?);
        }
    }
    let report = Report::new(&contenders, measured);
    print!("{report}");
    if let Some(file) = &options.json {
        std::fs::write(file, serde_json::to_string_pretty(&report)?)?;
    }
    if let Some(file) = &options.svg {
        std::fs::write(file, chart::draw(&report))?;
    }
    Ok(())
}

/// What has to hold before speed counts: a valid key is accepted, a deactivated one is not, and a page of the list has as many
/// keys as were asked for.
async fn check(contender: &Contender) -> Result<()> {
    let created = keys(contender, PAGE + 1).await?;
    let key = &created[0];
    let verify = || contender.request(Operation::Verify, Some(key), PAGE);
    ensure!(status(verify()).await? == StatusCode::OK, "a valid key is refused");
    let revoke = contender.request(Operation::Deactivate, Some(key), PAGE);
    ensure!(status(revoke).await? == StatusCode::OK, "a key can't be deactivated");
    let refused = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN];
    ensure!(refused.contains(&status(verify()).await?), "a deactivated key is accepted");
    let list = http::send(contender.request(Operation::List, None, PAGE)).await?.expect(200)?;
    let listed = list["items"].as_array().map_or(0, Vec::len);
    ensure!(listed == PAGE, "a page has {listed} keys");
    Ok(())
}

async fn status(request: reqwest::RequestBuilder) -> Result<StatusCode> {
    Ok(StatusCode::from_u16(http::send(request).await?.status)?)
}

/// New keys.
async fn keys(contender: &Contender, count: usize) -> Result<Vec<Key>> {
    let mut keys = Vec::with_capacity(count);
    while keys.len() < count {
        let some = (0..32.min(count - keys.len())).map(|_| async {
            let created = contender.request(Operation::Create, None, PAGE);
            contender.key(&http::send(created).await?.expect(201)?)
        });
        keys.extend(try_join_all(some).await?);
    }
    Ok(keys)
}

/// An operation of all programs by turns.
async fn measure(
    contenders: &[Contender],
    operation: Operation,
    clients: usize,
    (rounds, time): (usize, Duration),
) -> Result<Measured> {
    let mut done = vec![Vec::new(); contenders.len()];
    for number in 0..=rounds {
        // Each is first in some rounds.
        for place in 0..contenders.len() {
            let index = (place + number) % contenders.len();
            let contender = &contenders[index];
            let round = round(contender, operation, clients, time).await;
            let round = round.with_context(|| format!("{}: {}", contender.name, operation.name()))?;
            // The first round opens connections and fills caches.
            if number > 0 {
                done[index].push(round);
            }
        }
    }
    let median = |of: fn(&Round) -> f64| done.iter().map(|rounds| median_of(rounds, of)).collect();
    let ratios = |index: usize| {
        let pairs = done[0].iter().zip(&done[index]);
        let ratios: Vec<_> = pairs.map(|(ours, theirs)| ours.per_second / theirs.per_second).collect();
        [25.0, 50.0, 75.0].map(|percent| percentile(&ratios, percent))
    };
    Ok(Measured {
        operation: operation.name(),
        clients,
        per_second: median(|round| round.per_second),
        p50_ms: median(|round| round.p50),
        p99_ms: median(|round| round.p99),
        ratios: (1..contenders.len()).map(ratios).collect(),
    })
}

/// Sends requests until the time is up, or all keys are deactivated.
async fn round(contender: &Contender, operation: Operation, clients: usize, time: Duration) -> Result<Round> {
    let ready = match operation {
        Operation::Deactivate => TO_DEACTIVATE,
        Operation::Verify => 1,
        Operation::Create | Operation::List => 0,
    };
    let keys = Arc::new(keys(contender, ready).await?);
    let next = Arc::new(AtomicUsize::new(0));
    let started = now();
    let workers = (0..clients).map(|_| {
        let (keys, next) = (Arc::clone(&keys), Arc::clone(&next));
        async move {
            let mut taken = Vec::new();
            while started.elapsed() < time {
                let key = match operation {
                    Operation::Deactivate => match keys.get(next.fetch_add(1, Ordering::Relaxed)) {
                        Some(key) => Some(key),
                        None => break,
                    },
                    _ => keys.first(),
                };
                let request = contender.request(operation, key, PAGE);
                let sent = now();
                let response = request.send().await?;
                let status = response.status();
                // The client of another program would read the answer too, but parse it at its own cost.
                let body = response.bytes().await?;
                taken.push(millis(sent.elapsed()));
                ensure!(status.is_success(), "answered with {status}: {}", String::from_utf8_lossy(&body));
            }
            Ok(taken)
        }
    });
    let taken = try_join_all(workers).await?.concat();
    Ok(Round {
        per_second: rate(taken.len(), started.elapsed()),
        p50: percentile(&taken, 50.0),
        p99: percentile(&taken, 99.0),
    })
}

/// A text of an answer.
fn text(body: &Value, field: &str) -> Result<String> {
    http::text(body, field).map(str::to_owned)
}
