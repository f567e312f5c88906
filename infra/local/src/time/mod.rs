//! Time as the functions see it: a clock that can be moved forward, and the schedule that runs on it.

pub(crate) mod clock;
pub(crate) mod schedule;

use chrono::{DateTime, SecondsFormat, Utc};

/// A time in the API's format: RFC 3339, UTC, whole seconds.
pub(crate) fn format_time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}
