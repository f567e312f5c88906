//! The log, the clock and the random numbers of the process.

use chrono::{DateTime, Utc};
use tracing_subscriber::filter::LevelFilter;

/// The machine's clock.
#[expect(clippy::disallowed_methods, reason = "the one place where the agent reads the clock")]
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now()
}

/// A random number of at least 0 and below 1.
#[expect(clippy::disallowed_methods, reason = "the one place where the agent takes random numbers")]
pub(crate) fn jitter() -> f64 {
    rand::random()
}

/// A variable of the environment.
#[expect(clippy::disallowed_methods, reason = "the one place where the agent reads its environment")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Writes the log to standard error, as text or as one JSON object a line.
pub(crate) fn start(json: bool, level: LevelFilter) {
    let builder = tracing_subscriber::fmt().with_max_level(level).with_target(false);
    let builder = builder.with_writer(std::io::stderr);
    // Fails only if a log was started before.
    let _ = if json {
        tracing::subscriber::set_global_default(builder.json().flatten_event(true).finish())
    } else {
        tracing::subscriber::set_global_default(builder.with_ansi(false).finish())
    };
}
