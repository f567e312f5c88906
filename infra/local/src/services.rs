//! The services that the functions call, each on its own socket: engine, SES and EventBridge. They also run alone, for
//! functions elsewhere: the real binaries under an emulator of Lambda, or one of them in a debugger.

use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use axum::Router;
use dynoxide::Database;
use keyturn_application::Clock;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::data_folder::{DataFolder, cannot_use};
use crate::environment::{self, TABLE};
use crate::fakes::{Fakes, eventbridge, faults::Faults, ses};
use crate::journal::Journal;
use crate::listeners::{Addresses, Listeners};
use crate::pages;
use crate::time::clock::{Mode, TestClock};

/// How long the services may take to stop once no request runs.
const GRACE: Duration = Duration::from_millis(300);

pub(crate) struct Services {
    pub(crate) fakes: Arc<Fakes>,
    /// Whether the table was created.
    pub(crate) new_table: bool,
    /// The engine, for calls without a socket.
    pub(crate) database: Database,
    pub(crate) tasks: JoinSet<()>,
    stop: watch::Sender<bool>,
}

impl Services {
    /// Starts the services on their sockets; returns that of the gateway.
    pub(crate) fn start(
        folder: &DataFolder,
        listeners: Listeners,
        clock: Arc<dyn Clock>,
    ) -> Result<(Self, TcpListener)> {
        let Listeners { gateway, engine, ses, eventbridge } = listeners;
        let (database, new_table) =
            keyturn_engine::open(folder.lasting_file("keyturn.db").as_deref(), TABLE)?;
        let (stop, stopped) = watch::channel(false);
        let (engine, engine_stopped) = (TcpListener::from_std(engine)?, wait_for(stopped.clone()));
        let mut tasks = JoinSet::new();
        let served = database.clone();
        tasks.spawn(async move {
            if let Err(error) = dynoxide::server::serve_with_shutdown(engine, served, engine_stopped).await {
                tracing::error!(error, "the engine stopped");
            }
        });
        let mails = journal(folder.lasting_file("mails.jsonl"))?;
        let events = journal(folder.lasting_file("events.jsonl"))?;
        let fakes = Arc::new(Fakes { mails, events, faults: Faults::default(), clock });
        tasks.spawn(serve(TcpListener::from_std(ses)?, ses::router(Arc::clone(&fakes)), stopped.clone()));
        let router = eventbridge::router(Arc::clone(&fakes));
        tasks.spawn(serve(TcpListener::from_std(eventbridge)?, router, stopped));
        Ok((Self { fakes, new_table, database, tasks, stop }, TcpListener::from_std(gateway)?))
    }

    /// Resolves when the services are asked to stop.
    pub(crate) fn stopped(&self) -> impl Future<Output = ()> + Send + 'static {
        wait_for(self.stop.subscribe())
    }

    pub(crate) async fn stop(self) {
        self.stop.send_replace(true);
        let _ = timeout(GRACE, self.tasks.join_all()).await;
    }
}

fn journal<T: Serialize + DeserializeOwned + Clone>(file: Option<PathBuf>) -> Result<Journal<T>> {
    Journal::open(file.as_deref()).with_context(|| cannot_use(&file.unwrap_or_default()))
}

/// Serves until `stop` holds `true`, and then until the running requests are done.
pub(crate) fn serve(
    listener: TcpListener,
    router: Router,
    stop: watch::Receiver<bool>,
) -> impl Future<Output = ()> + Send + 'static {
    let stopped = wait_for(stop);
    async move {
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        if let Err(error) = axum::serve(listener, service).with_graceful_shutdown(stopped).await {
            tracing::error!(%error, "a server stopped");
        }
    }
}

async fn wait_for(mut stop: watch::Receiver<bool>) {
    // A dropped sender stops too.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// The services in the caller's process, until this is dropped.
pub struct LocalServices {
    /// The addresses of the services, and as `gateway` that of the pages with mails and events.
    pub addresses: Addresses,
    /// The environment variables of functions that use these services.
    pub variables: Vec<(&'static str, String)>,
    pub(crate) folder: DataFolder,
    pub(crate) services: Services,
}

impl LocalServices {
    /// Starts the services on free ports, with their data in memory.
    ///
    /// # Errors
    /// If no port is free.
    pub async fn start() -> Result<Self> {
        Self::over(DataFolder::temporary()?, Listeners::bind_in_a_row("127.0.0.1", 0)?)
    }

    pub(crate) fn over(folder: DataFolder, listeners: Listeners) -> Result<Self> {
        let addresses = listeners.addresses()?;
        let variables = environment::of_stack(&folder, &addresses)?;
        // Functions elsewhere use the system's clock, so this one can't be moved.
        let clock: Arc<dyn Clock> = Arc::new(TestClock::open(Mode::Running, None)?);
        let (mut services, gateway) = Services::start(&folder, listeners, clock)?;
        let router = pages::sent(Arc::clone(&services.fakes));
        services.tasks.spawn(serve(gateway, router, services.stop.subscribe()));
        Ok(Self { addresses, variables, folder, services })
    }
}
