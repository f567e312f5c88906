//! The test clock: the system's time plus an offset, or, for tests that say times to the second, a time that stands
//! until it is moved. It stands still while an advance works through what is due on the way, and it never runs
//! backwards, not even over a restart or when the system's time is set back.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use keyturn_application::Clock;
use serde::{Deserialize, Serialize};

use crate::{error::StartError, files::private_file};

/// Nobody waits longer for a token, and every time stays one that RFC 3339 can write.
pub(crate) const LONGEST_ADVANCE_SECONDS: i64 = 100 * 366 * 24 * 60 * 60;

/// The last moment that RFC 3339 can write, in seconds since 1970.
const END_OF_TIME: i64 = 253_402_300_799;

/// What a standing clock moves by at each look at it, so that what happens one after the other is also told in that
/// order. No test looks so often that a second goes by.
const LOOK: TimeDelta = TimeDelta::milliseconds(1);

/// What the clock does while nobody moves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unmoved {
    /// It runs with the system's.
    Runs,
    /// It stands, but for a millisecond at each look.
    Stands,
}

/// The clock that all functions of the stack are given.
pub(crate) struct TestClock {
    unmoved: Unmoved,
    system: Box<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    file: Option<PathBuf>,
    state: Mutex<State>,
}

#[derive(Debug, Clone)]
struct State {
    offset: TimeDelta,
    frozen: Option<DateTime<Utc>>,
    /// No later answer is before this one.
    floor: DateTime<Utc>,
}

/// What a restart must know.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Saved {
    offset_milliseconds: i64,
    floor: DateTime<Utc>,
}

/// Why the clock did not move.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AdvanceError {
    /// The clock would show a year with five digits.
    #[error("the clock cannot go beyond the year 9999")]
    TooFar,
    /// The new time could not be written down, so a restart would have gone backwards.
    #[error("the clock's file cannot be written: {0}")]
    Save(#[from] io::Error),
}

impl TestClock {
    /// A clock that goes on from where the file says it was.
    pub(crate) fn open(unmoved: Unmoved, file: Option<PathBuf>) -> Result<Self, StartError> {
        Self::with_system(unmoved, file, Box::new(system_now))
    }

    fn with_system(
        unmoved: Unmoved,
        file: Option<PathBuf>,
        system: Box<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    ) -> Result<Self, StartError> {
        let saved = file.as_deref().map(load).transpose()?.flatten();
        let state = match saved {
            Some(saved) => State {
                offset: TimeDelta::milliseconds(saved.offset_milliseconds),
                frozen: None,
                floor: saved.floor,
            },
            None => State { offset: TimeDelta::zero(), frozen: None, floor: system().trunc_subsecs(0) },
        };
        Ok(Self { unmoved, system, file, state: Mutex::new(state) })
    }

    /// Stops the clock for an advance by `seconds`. The target is on disk when this returns, so that no restart
    /// shows a time before what the advance is about to do.
    pub(crate) fn stop(&self, seconds: i64) -> Result<Stopped<'_>, AdvanceError> {
        let start = self.now();
        let target = TimeDelta::try_seconds(seconds)
            .and_then(|distance| start.checked_add_signed(distance))
            .filter(|target| target.timestamp() <= END_OF_TIME)
            .ok_or(AdvanceError::TooFar)?;
        self.save(target - (self.system)(), target)?;
        self.state().frozen = Some(start);
        Ok(Stopped { clock: self, start, target })
    }

    /// Writes down how far the clock is.
    pub(crate) fn keep(&self) -> io::Result<()> {
        let now = self.now();
        let State { offset, frozen, .. } = self.state().clone();
        let offset = match self.unmoved {
            Unmoved::Runs => offset,
            Unmoved::Stands => now - (self.system)(),
        };
        // During an advance the file is ahead already.
        if frozen.is_some() { Ok(()) } else { self.save(offset, now) }
    }

    fn save(&self, offset: TimeDelta, floor: DateTime<Utc>) -> io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let saved = Saved { offset_milliseconds: offset.num_milliseconds(), floor };
        private_file::write(file, &serde_json::to_vec(&saved)?)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        let system = (self.system)();
        let mut state = self.state();
        let unmoved = match self.unmoved {
            Unmoved::Runs => system + state.offset,
            Unmoved::Stands => state.floor + LOOK,
        };
        let moment = state.frozen.unwrap_or(unmoved);
        state.floor = state.floor.max(moment);
        state.floor
    }
}

/// The clock while it is moved. It goes on from the target when this is dropped, whatever happened in between.
pub(crate) struct Stopped<'a> {
    clock: &'a TestClock,
    /// Where the clock was stopped.
    pub(crate) start: DateTime<Utc>,
    /// Where it will go on.
    pub(crate) target: DateTime<Utc>,
}

impl Stopped<'_> {
    /// Puts the clock to a moment on the way.
    pub(crate) fn show(&self, moment: DateTime<Utc>) {
        self.clock.state().frozen = Some(moment.clamp(self.start, self.target));
    }
}

impl Drop for Stopped<'_> {
    fn drop(&mut self) {
        let offset = self.target - (self.clock.system)();
        {
            let mut state = self.clock.state();
            state.offset = offset;
            state.floor = state.floor.max(self.target);
            state.frozen = None;
        }
        if let Err(error) = self.clock.save(offset, self.target) {
            tracing::warn!(%error, "the clock's file could not be written");
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is where the stack's clock takes its time from")]
fn system_now() -> DateTime<Utc> {
    std::time::SystemTime::now().into()
}

fn load(path: &Path) -> Result<Option<Saved>, StartError> {
    match std::fs::read(path) {
        Ok(content) => serde_json::from_slice(&content)
            .map(Some)
            .map_err(|error| StartError::DamagedFile { path: path.to_owned(), reason: error.to_string() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(StartError::DataFolder { path: path.to_owned(), source }),
    }
}

#[cfg(test)]
mod tests;
