//! Start and stop. Whatever can be wrong with folder, port or template is found before the first thread runs,
//! which is also when the functions' environment variables can be set safely.

use std::{io::IsTerminal, sync::Arc, time::Duration};

use axum::{Router, http::Method, routing::any};
use keyturn_application::Clock;
use keyturn_environment::Environment;
use keyturn_functions::ROUTES;
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval_at, timeout},
};
use tracing_subscriber::EnvFilter;

use crate::{
    arguments::Arguments,
    error::StartError,
    files::data_folder::DataFolder,
    functions,
    gateway::{self, Gateway, routes::Routes},
    listeners::Listeners,
    management_token, pages, process_environment,
    ready::{self, Addresses},
    services::{self, Services, Sockets},
    services_only,
    stop::{SERVICES_GRACE, stop_signal},
    template::TableDefinition,
    time::{
        clock::{TestClock, Unmoved},
        schedule::Schedule,
    },
};

/// What is logged unless `RUST_LOG` says otherwise. The engine warns of every condition that does not hold, which is
/// how two writers find out about each other and nothing to worry about.
const DEFAULT_LOG: &str = "info,dynoxide=error";

/// How often the scheduled function runs, as in the template.
const EVERY: Duration = Duration::from_secs(60);

/// How long running requests may take after the signal to stop.
const GRACE: Duration = Duration::from_secs(2);

/// Runs the stack until it is interrupted or terminated.
pub fn run(arguments: &Arguments) -> Result<(), StartError> {
    #[expect(clippy::disallowed_methods, reason = "measures how long the start takes")]
    let started = std::time::Instant::now();
    start_logging();
    let table = TableDefinition::built_in()?;
    let folder =
        if arguments.in_memory { DataFolder::temporary() } else { DataFolder::open(&arguments.data_dir) }?;
    let runtime =
        || tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(StartError::Runtime);
    if arguments.services_only {
        let listeners = Listeners::bind_in_a_row(&arguments.host, arguments.port)?;
        return runtime()?.block_on(services_only::run(folder, &table, listeners));
    }
    let listeners = Listeners::bind(&arguments.host, arguments.port)?;
    process_environment::set(&process_environment::variables(&folder, &listeners)?);

    let runtime = runtime()?;
    let unmoved = if arguments.standing_clock { Unmoved::Stands } else { Unmoved::Runs };
    let scheduled = !arguments.no_schedule && !arguments.standing_clock;
    let callback_timeout = Duration::from_secs(arguments.callback_timeout);
    let stack = Stack { folder, started, unmoved, scheduled, callback_timeout };
    let outcome = runtime.block_on(stack.run(table, listeners));
    runtime.shutdown_timeout(Duration::from_millis(100));
    outcome
}

/// The log goes to stderr, so that stdout holds only what a program may want to read.
fn start_logging() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT_LOG));
    let to_terminal = std::io::stderr().is_terminal();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(to_terminal)
        .init();
}

struct Stack {
    folder: DataFolder,
    started: std::time::Instant,
    unmoved: Unmoved,
    scheduled: bool,
    callback_timeout: Duration,
}

impl Stack {
    async fn run(mut self, table: TableDefinition, listeners: Listeners) -> Result<(), StartError> {
        let signal = stop_signal()?;
        let addresses = Addresses::of(&listeners)?;
        let Listeners { gateway, engine, ses, eventbridge } = listeners;
        let test_clock = Arc::new(TestClock::open(self.unmoved, self.folder.lasting_file("clock.json"))?);
        let clock: Arc<dyn Clock> = Arc::clone(&test_clock) as Arc<dyn Clock>;
        let (stop_requests, requests_stop) = watch::channel(false);
        let (stop_services, services_stop) = watch::channel(false);
        let mut tasks = JoinSet::new();

        let sockets = Sockets { engine, ses, eventbridge };
        let services = services::start(&self.folder, &table, sockets, &clock, &mut tasks, &services_stop)?;
        let environment = Environment::from_process()
            .with_clock(Arc::clone(&clock))
            .with_callback_timeout(self.callback_timeout);
        let sweep = functions::scheduled(&environment).await?;
        let schedule = Arc::new(Schedule::new(Arc::clone(&test_clock), Box::new(sweep)));
        let functions = functions::behind_gateway(&environment).await?;
        let routes = Routes::new(ROUTES).map_err(|error| StartError::Template(error.to_string()))?;
        let has_console = routes.find(&Method::GET, "/console").is_some();
        let token = management_token::ensure(&self.folder, &environment, services.new_table).await?;

        let port = gateway.local_addr().map_err(StartError::Runtime)?.port();
        let api = Gateway { routes, functions, clock, port };
        let router = router(api, services, &test_clock, &schedule, has_console);
        let requests = tokio::spawn(services::serve(services::listener(gateway)?, router, &requests_stop));
        if self.scheduled {
            tasks.spawn(run_every_minute(schedule, services_stop));
        }
        let took = self.started.elapsed();
        ready::print(&ready::Ready {
            addresses: &addresses,
            folder: &self.folder,
            token: &token,
            has_console,
            took,
        });

        tracing::info!(address = addresses.gateway, "ready");
        // The functions have read what they need, once, as at a cold start.
        self.folder.delete_temporary();

        signal.await;
        tracing::info!("stopping");
        // Requests come first, because those that still run need the services.
        stop_requests.send_replace(true);
        let _ = timeout(GRACE, requests).await;
        stop_services.send_replace(true);
        let _ = timeout(SERVICES_GRACE, tasks.join_all()).await;
        let kept = test_clock.keep();
        kept.map_err(|source| StartError::DataFolder { path: self.folder.path().to_owned(), source })
    }
}

fn router(
    api: Gateway,
    services: Services,
    clock: &Arc<TestClock>,
    schedule: &Arc<Schedule>,
    has_console: bool,
) -> Router {
    let local = pages::Local {
        clock: Arc::clone(clock),
        schedule: Arc::clone(schedule),
        sent: services.sent,
        has_console,
    };
    pages::router(local).fallback_service(any(gateway::handle).with_state(Arc::new(api)))
}

/// The schedule of the deployment, in real time. A run that takes long puts the next one off.
async fn run_every_minute(schedule: Arc<Schedule>, stop: watch::Receiver<bool>) {
    #[expect(clippy::disallowed_methods, reason = "the schedule runs in real time, as in a deployment")]
    let mut minutes = interval_at(Instant::now() + EVERY, EVERY);
    minutes.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let stopped = services::stopped(&stop);
    tokio::pin!(stopped);
    loop {
        tokio::select! {
            () = &mut stopped => return,
            _ = minutes.tick() => schedule.tick().await,
        }
    }
}
