//! The services that the functions call: engine, SES and EventBridge, each on its own socket.

use std::{future::Future, net::SocketAddr, path::Path, sync::Arc};

use axum::Router;
use keyturn_application::Clock;
use serde::{Serialize, de::DeserializeOwned};
use tokio::{net::TcpListener, sync::watch, task::JoinSet};

use crate::{
    engine,
    error::{StartError, chain},
    fakes::{
        eventbridge::{self, EventBridge},
        faults::Faults,
        ses::{self, Ses},
    },
    files::{data_folder::DataFolder, journal::Journal},
    pages::Sent,
    template::TableDefinition,
};

/// The sockets of the services.
pub(crate) struct Sockets {
    pub(crate) engine: std::net::TcpListener,
    pub(crate) ses: std::net::TcpListener,
    pub(crate) eventbridge: std::net::TcpListener,
}

/// What the services keep and what steers them.
pub(crate) struct Services {
    pub(crate) sent: Sent,
    /// Whether the table did not exist before.
    pub(crate) new_table: bool,
}

/// Starts the services; they end when `stop` says so.
pub(crate) fn start(
    folder: &DataFolder,
    table: &TableDefinition,
    sockets: Sockets,
    clock: &Arc<dyn Clock>,
    tasks: &mut JoinSet<()>,
    stop: &watch::Receiver<bool>,
) -> Result<Services, StartError> {
    let (database, new_table) = engine::open(folder.lasting_file("keyturn.db").as_deref(), table)?;
    let engine = listener(sockets.engine)?;
    let stopped = stopped(stop);
    tasks.spawn(async move {
        if let Err(error) = dynoxide::server::serve_with_shutdown(engine, database, stopped).await {
            tracing::error!(error, "the engine stopped");
        }
    });

    let mails = Arc::new(journal(folder.lasting_file("mails.jsonl").as_deref())?);
    let events = Arc::new(journal(folder.lasting_file("events.jsonl").as_deref())?);
    let faults = Arc::new(Faults::default());
    let ses = Ses { mails: Arc::clone(&mails), clock: Arc::clone(clock), faults: Arc::clone(&faults) };
    let eventbridge =
        EventBridge { events: Arc::clone(&events), clock: Arc::clone(clock), faults: Arc::clone(&faults) };
    tasks.spawn(serve(listener(sockets.ses)?, ses::router(ses), stop));
    tasks.spawn(serve(listener(sockets.eventbridge)?, eventbridge::router(eventbridge), stop));
    Ok(Services { sent: Sent { mails, events, faults }, new_table })
}

/// Serves until `stop` says so, and then until the running requests are done.
pub(crate) fn serve(
    listener: TcpListener,
    router: Router,
    stop: &watch::Receiver<bool>,
) -> impl Future<Output = ()> + Send + 'static {
    let stopped = stopped(stop);
    async move {
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        if let Err(error) = axum::serve(listener, service).with_graceful_shutdown(stopped).await {
            tracing::error!(error = chain(&error), "a server stopped");
        }
    }
}

/// Ends when `stop` says so.
pub(crate) fn stopped(stop: &watch::Receiver<bool>) -> impl Future<Output = ()> + Send + 'static {
    let mut stop = stop.clone();
    async move {
        // A sender that is gone means the same as one that says stop.
        let _ = stop.wait_for(|stop| *stop).await;
    }
}

/// Hands a socket over to the asynchronous runtime.
pub(crate) fn listener(listener: std::net::TcpListener) -> Result<TcpListener, StartError> {
    TcpListener::from_std(listener).map_err(StartError::Runtime)
}

fn journal<T: Serialize + DeserializeOwned + Clone>(file: Option<&Path>) -> Result<Journal<T>, StartError> {
    match file {
        None => Ok(Journal::in_memory()),
        Some(path) => {
            Journal::open(path).map_err(|source| StartError::DataFolder { path: path.to_owned(), source })
        }
    }
}
