//! `keyturn run`: the service.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;

use super::FRESH;
use crate::config::Config;
use crate::core::Record;
use crate::engine::Agent;
use crate::state::Store;
use crate::{listen, monitor};

pub(super) async fn run(path: &Path, config: Config) -> Result<u8> {
    let store = Arc::new(Store::open(&config.state)?);
    let mut hangup = signal(SignalKind::hangup())?;
    let mut ends = [signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?];
    let mut agent = Arc::new(Agent::open(config, store)?);
    let mut woken = false;
    loop {
        let mut tasks = start(&agent, woken).await?;
        tracing::info!(tokens = agent.workers.len(), "running");
        let reload = until_signal(&mut hangup, &mut ends, &mut tasks).await?;
        tasks.shutdown().await;
        if !reload {
            tracing::info!("ended");
            return Ok(FRESH);
        }
        woken = true;
        match reopened(path, &agent) {
            Ok(reopened) => agent = Arc::new(reopened),
            Err(error) => tracing::error!("the old configuration stays in use: {error:#}"),
        }
    }
}

/// The agent with the configuration as it is now. Where the state is can't be changed while it runs.
fn reopened(path: &Path, agent: &Agent) -> Result<Agent> {
    let config = Config::read(path)?;
    if config.state != agent.config.state {
        anyhow::bail!("`state` can only be changed by a restart");
    }
    Agent::open(config, Arc::clone(&agent.store))
}

/// Starts everything that runs side by side.
async fn start(agent: &Arc<Agent>, woken: bool) -> Result<JoinSet<Result<()>>> {
    let mut tasks = JoinSet::new();
    if let Some(address) = agent.config.monitor {
        let listener = bind(address).await?;
        tasks.spawn(monitor::serve(listener, Arc::clone(agent)));
    }
    if let Some(address) = agent.config.listen {
        let listener = bind(address).await?;
        tasks.spawn(listen::serve(listener, listen::router(agent)?));
    }
    for worker in agent.workers.values() {
        let worker = Arc::clone(worker);
        tasks.spawn(async move {
            if woken {
                worker.update(Record::wake);
            }
            worker.run().await;
            Ok(())
        });
    }
    Ok(tasks)
}

async fn bind(address: std::net::SocketAddr) -> Result<TcpListener> {
    let listener = TcpListener::bind(address).await.with_context(|| address.to_string())?;
    tracing::info!(address = %listener.local_addr()?, "listening");
    Ok(listener)
}

/// Waits for a signal; whether it asks for a reload. A task that ends by itself ends the service.
async fn until_signal(
    hangup: &mut Signal,
    ends: &mut [Signal; 2],
    tasks: &mut JoinSet<Result<()>>,
) -> Result<bool> {
    let [terminate, interrupt] = ends;
    tokio::select! {
        _ = hangup.recv() => Ok(true),
        _ = terminate.recv() => Ok(false),
        _ = interrupt.recv() => Ok(false),
        Some(ended) = tasks.join_next() => {
            ended.context("a task panicked")??;
            anyhow::bail!("a task ended")
        }
    }
}
