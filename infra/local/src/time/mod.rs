//! Time as the functions see it: a clock that can be moved forward, and the schedule that runs along with it.

pub(crate) mod clock;
pub(crate) mod schedule;

use chrono::{DateTime, SecondsFormat, Utc};

/// A time as the API shows it: RFC 3339, UTC, seconds.
pub(crate) fn text(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Secs, true)
}
