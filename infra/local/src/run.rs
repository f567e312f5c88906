//! Starts and stops the stack. Errors about folder, port and template are found before the first thread starts, which is
//! also when environment variables can be set safely.

use std::future::Future;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use axum::routing::any;
use clap::Parser as _;
use keyturn_application::Clock;
use keyturn_engine::InMemoryClient;
use keyturn_environment::Environment;
use keyturn_functions::{ROUTES, provider};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use tracing_subscriber::EnvFilter;

use crate::arguments::Arguments;
use crate::data_folder::DataFolder;
use crate::environment::{self, REGION};
use crate::functions::{self, Functions};
use crate::gateway::{self, Gateway, routes::Routes};
use crate::identity::{IdentityProvider, PATH};
use crate::listeners::{Addresses, Listeners};
use crate::services::{LocalServices, Services, serve};
use crate::stream::Stream;
use crate::time::clock::{Mode, TestClock};
use crate::time::schedule::Schedule;
use crate::{management_token, pages};

/// The log level unless `RUST_LOG` sets another. The engine warns of every failed condition, which is how concurrent writes
/// are detected and no problem.
const DEFAULT_LOG: &str = "info,dynoxide=error";

/// How often the scheduled function runs, as in the template.
const SCHEDULE: Duration = Duration::from_secs(60);

/// How long running requests may take after the signal to stop.
const GRACE: Duration = Duration::from_secs(2);

/// Where `cargo lambda watch` serves the API by default.
const EMULATOR: &str = "http://127.0.0.1:9000";

/// The program: runs the stack with the arguments of the command line. An error is one line on stderr.
#[must_use]
pub fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // A failure to report the error cannot be reported either.
            let _ = writeln!(io::stderr(), "{}", format!("error: {error:#}").replace('\n', " "));
            ExitCode::FAILURE
        }
    }
}

/// Runs the stack until the process is interrupted or terminated.
///
/// # Errors
/// If the stack cannot start.
pub fn run(arguments: &Arguments) -> Result<()> {
    #[expect(clippy::disallowed_methods, reason = "measures how long the start takes")]
    let started = std::time::Instant::now();
    start_logging();
    let Arguments { host, port, .. } = arguments;
    let folder =
        if arguments.in_memory { DataFolder::temporary() } else { DataFolder::open(&arguments.data_dir) }?;
    let runtime = || {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        runtime.worker_threads(2 * cores()).enable_all().build()
    };
    if arguments.services_only {
        let listeners = Listeners::bind_in_a_row(host, *port)?;
        return runtime()?.block_on(run_services(folder, listeners));
    }
    let listeners = Listeners::bind(host, *port)?;
    environment::set(&environment::of_stack(&folder, &listeners.addresses()?)?);
    let runtime = runtime()?;
    let outcome = runtime.block_on(run_stack(arguments, folder, listeners, started));
    runtime.shutdown_timeout(Duration::from_millis(100));
    outcome
}

/// The cores. There are two threads for each, because one that writes waits for the disk.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Logs to stderr, so that stdout has only what programs read.
fn start_logging() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT_LOG));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    log.with_ansi(io::stderr().is_terminal()).init();
}

async fn run_stack(
    arguments: &Arguments,
    mut folder: DataFolder,
    listeners: Listeners,
    started: std::time::Instant,
) -> Result<()> {
    let signal = stop_signal()?;
    let (addresses, port) = (listeners.addresses()?, listeners.gateway.local_addr()?.port());
    let mode = if arguments.standing_clock { Mode::Standing } else { Mode::Running };
    let clock = Arc::new(TestClock::open(mode, folder.lasting_file("clock.json"))?);
    let shared: Arc<dyn Clock> = Arc::<TestClock>::clone(&clock);
    let (mut services, socket) = Services::start(&folder, listeners, Arc::clone(&shared))?;

    let environment = Environment::from_process()
        .with_http_client(|usual| InMemoryClient::new(services.database.clone(), usual))
        .with_clock(Arc::clone(&shared))
        .with_callback_timeout(Duration::from_secs(arguments.callback_timeout));
    let sweep = functions::scheduled(&environment).await?;
    let schedule = Arc::new(Schedule::new(Arc::clone(&clock), Box::new(sweep)));
    let stream = Arc::new(Stream::of(&environment, Arc::clone(&shared)).await?);
    let functions = Functions::build(&environment).await?;
    let token = management_token::ensure(&folder, &environment, services.new_table).await?;

    let identity = IdentityProvider::new(&format!("{}{PATH}", addresses.gateway), Arc::clone(&shared));
    if !arguments.no_identity_provider {
        let record = serde_json::from_value(identity.record("local", management_token::COMPANY))?;
        provider::build(&environment).await?.run(record).await?;
    }

    let local = pages::Local {
        clock: Arc::clone(&clock),
        schedule: Arc::clone(&schedule),
        stream: Some(Arc::clone(&stream)),
        fakes: Arc::clone(&services.fakes),
    };
    let gateway = Gateway { routes: Routes::new(ROUTES)?, functions, clock: shared, port };
    let router = pages::router(local)
        .nest(PATH, identity.router())
        .fallback_service(any(gateway::handle).with_state(Arc::new(gateway)));
    let (stop_requests, stopped) = watch::channel(false);
    let requests = tokio::spawn(serve(socket, router, stopped));
    if !arguments.no_schedule && !arguments.standing_clock {
        services.tasks.spawn(run_every_minute(schedule, services.stopped()));
        services.tasks.spawn(stream.run(services.stopped()));
    }
    print(&stack_text(&addresses, &folder, &token, started.elapsed()));
    tracing::info!(address = addresses.gateway, "ready");
    // The functions have read their files, as at a cold start.
    folder.delete_temporary();

    signal.await;
    tracing::info!("stopping");
    // Requests stop first, because those that still run need the services.
    stop_requests.send_replace(true);
    let _ = timeout(GRACE, requests).await;
    services.stop().await;
    clock.save()
}

async fn run_services(folder: DataFolder, listeners: Listeners) -> Result<()> {
    let signal = stop_signal()?;
    let local = LocalServices::over(folder, listeners)?;
    let line = |(name, value): &(&str, String)| {
        format!("{name}={}\n", if *name == "KEYTURN_BASE_URL" { EMULATOR } else { value })
    };
    let variables: String = local.variables.iter().map(line).collect();
    let variables = local.folder.write("functions.env", variables.as_bytes())?;
    print(&services_text(&local.addresses, &local.folder, &variables));
    signal.await;
    tracing::info!("stopping");
    local.services.stop().await;
    Ok(())
}

/// The schedule of the deployment, in real time. A run that takes long delays the next.
async fn run_every_minute(schedule: Arc<Schedule>, stopped: impl Future<Output = ()>) {
    #[expect(clippy::disallowed_methods, reason = "the schedule runs in real time, as in a deployment")]
    let mut minutes = interval_at(Instant::now() + SCHEDULE, SCHEDULE);
    minutes.set_missed_tick_behavior(MissedTickBehavior::Delay);
    tokio::pin!(stopped);
    loop {
        tokio::select! {
            () = &mut stopped => return,
            _ = minutes.tick() => schedule.tick().await,
        }
    }
}

/// Resolves when the process is interrupted or terminated.
#[cfg(unix)]
fn stop_signal() -> Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Resolves when the process is interrupted.
#[cfg(not(unix))]
fn stop_signal() -> Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

/// Prints to stdout; a closed stdout is no error.
fn print(text: &str) {
    let mut stdout = io::stdout().lock();
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}

/// The lines `Name: address` that programs read, `EventBridge` last.
fn service_lines(Addresses { engine, ses, eventbridge, .. }: &Addresses, folder: &DataFolder) -> String {
    let data = match folder.lasting_file("") {
        None => "in memory, gone when this stops".to_owned(),
        Some(_) => folder.path().display().to_string(),
    };
    format!("Data: {data}\nDynamoDB: {engine}\nSES: {ses}\nEventBridge: {eventbridge}\n")
}

fn stack_text(addresses: &Addresses, folder: &DataFolder, token: &str, took: Duration) -> String {
    let (gateway, services) = (&addresses.gateway, service_lines(addresses, folder));
    format!(
        "\n\
         Keyturn runs on this machine; it took {:.2} s to start.\n\
         \n\
         Ready: {gateway}\n\
         Console: {gateway}/console\n\
         Pages: {gateway}/_local\n\
         Management token: {token}\n\
         {services}\
         \n\
         The last three accept any credentials, in region {REGION}. The pages show mails and events, and move the\n\
         clock. A first token:\n\
         \n\
         curl {gateway}/apiAccessTokens \\\n  \
           -H 'Authorization: Bearer {token}' \\\n  \
           -H 'Content-Type: application/json' \\\n  \
           -d '{{\"name\": \"partner\", \"rights\": \"READ\", \"applications\": [\"ORDERS\"]}}'\n\
         \n\
         Ctrl-C stops it.\n",
        took.as_secs_f64()
    )
}

fn services_text(addresses: &Addresses, folder: &DataFolder, variables: &Path) -> String {
    let (gateway, services) = (&addresses.gateway, service_lines(addresses, folder));
    format!(
        "\n\
         The services that Keyturn's functions call run on this machine; the functions don't.\n\
         \n\
         Pages: {gateway}/_local/mails, {gateway}/_local/events\n\
         Variables: {variables}\n\
         {services}\
         \n\
         To run the functions as Lambda does, in a second terminal:\n\
         \n\
         cargo xtask lambda watch --env-file {variables}\n\
         \n\
         Ctrl-C stops it.\n",
        variables = variables.display(),
    )
}
