//! The test clock: the system's time plus an offset or, for tests that compare times to the second, a time that stands still
//! until it is moved.
//!
//! While an advance runs what is due on the way, the clock is paused. It never goes back, not even after a restart or when
//! the system's time is set back.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, Result};
use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use keyturn_application::Clock;
use serde::{Deserialize, Serialize};

use crate::data_folder::cannot_use;
use crate::private_file;

/// The longest advance, a hundred years. RFC 3339 can write every time that a few of them reach.
pub(crate) const MAX_ADVANCE_SECONDS: i64 = 100 * 366 * 24 * 60 * 60;

/// The last time that RFC 3339 can write, in seconds since 1970.
const LAST_TIME: i64 = 253_402_300_799;

/// A standing clock moves by this much each time it is read, so that records keep the order in which they were written.
const TICK: TimeDelta = TimeDelta::milliseconds(1);

/// What the clock does between two advances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// It runs with the system's clock.
    Running,
    /// It stands still, but for [`TICK`].
    Standing,
}

/// The clock of all functions of the stack.
pub(crate) struct TestClock {
    mode: Mode,
    system: Box<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    file: Option<PathBuf>,
    state: Mutex<State>,
}

#[derive(Debug, Clone)]
struct State {
    offset: TimeDelta,
    paused_at: Option<DateTime<Utc>>,
    /// The latest time that was read.
    latest: DateTime<Utc>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Saved {
    offset_milliseconds: i64,
    floor: DateTime<Utc>,
}

/// The clock would pass the year 9999.
#[derive(Debug, thiserror::Error)]
#[error("the clock cannot go beyond the year 9999")]
pub(crate) struct TooFar;

impl TestClock {
    /// A clock that continues from the saved time.
    pub(crate) fn open(mode: Mode, file: Option<PathBuf>) -> Result<Self> {
        Self::with_system(mode, file, Box::new(system_now))
    }

    fn with_system(
        mode: Mode,
        file: Option<PathBuf>,
        system: Box<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    ) -> Result<Self> {
        let (offset, latest) = match file.as_deref().map(load).transpose()?.flatten() {
            Some(saved) => (TimeDelta::milliseconds(saved.offset_milliseconds), saved.floor),
            None => (TimeDelta::zero(), system().trunc_subsecs(0)),
        };
        Ok(Self { mode, system, file, state: Mutex::new(State { offset, paused_at: None, latest }) })
    }

    /// Pauses the clock for an advance by `seconds`. The target is saved first, so that no restart shows a time before what
    /// the advance is about to do.
    pub(crate) fn pause(&self, seconds: i64) -> Result<PausedClock<'_>> {
        let start = self.now();
        let target = TimeDelta::try_seconds(seconds)
            .and_then(|distance| start.checked_add_signed(distance))
            .filter(|target| target.timestamp() <= LAST_TIME)
            .ok_or(TooFar)?;
        self.write(target - (self.system)(), target)?;
        self.state().paused_at = Some(start);
        Ok(PausedClock { clock: self, start, target })
    }

    /// Saves the time. During an advance the target is saved already.
    pub(crate) fn save(&self) -> Result<()> {
        let now = self.now();
        let State { offset, paused_at, .. } = self.state().clone();
        let offset = if self.mode == Mode::Standing { now - (self.system)() } else { offset };
        if paused_at.is_some() { Ok(()) } else { self.write(offset, now) }
    }

    fn write(&self, offset: TimeDelta, floor: DateTime<Utc>) -> Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let saved = Saved { offset_milliseconds: offset.num_milliseconds(), floor };
        private_file::write(file, &serde_json::to_vec(&saved)?).with_context(|| cannot_use(file))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        let system = (self.system)();
        let mut state = self.state();
        let time = match self.mode {
            Mode::Running => system + state.offset,
            Mode::Standing => state.latest + TICK,
        };
        state.latest = state.latest.max(state.paused_at.unwrap_or(time));
        state.latest
    }
}

/// The clock during an advance. When this is dropped, for whatever reason, the clock continues from the target.
pub(crate) struct PausedClock<'a> {
    clock: &'a TestClock,
    pub(crate) start: DateTime<Utc>,
    pub(crate) target: DateTime<Utc>,
}

impl PausedClock<'_> {
    /// Sets a time between start and target.
    pub(crate) fn set(&self, time: DateTime<Utc>) {
        self.clock.state().paused_at = Some(time.clamp(self.start, self.target));
    }
}

impl Drop for PausedClock<'_> {
    fn drop(&mut self) {
        let offset = self.target - (self.clock.system)();
        {
            let mut state = self.clock.state();
            state.offset = offset;
            state.latest = state.latest.max(self.target);
            state.paused_at = None;
        }
        if let Err(error) = self.clock.write(offset, self.target) {
            tracing::warn!("the clock was not saved: {error:#}");
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the source of the stack's time")]
fn system_now() -> DateTime<Utc> {
    std::time::SystemTime::now().into()
}

fn load(path: &Path) -> Result<Option<Saved>> {
    match std::fs::read(path) {
        Ok(content) => serde_json::from_slice(&content).map(Some).with_context(|| {
            format!("{} is damaged: restore it, or delete it to start without it", path.display())
        }),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| cannot_use(path)),
    }
}

#[cfg(test)]
mod tests;
