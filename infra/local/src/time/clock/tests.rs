//! The clock, on a system whose time the test sets.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tempfile::TempDir;

use super::*;

const START: i64 = 1_800_000_000;

/// A system and a file.
struct System {
    seconds: Arc<AtomicI64>,
    folder: TempDir,
}

impl System {
    fn new() -> Self {
        Self { seconds: Arc::new(AtomicI64::new(START)), folder: tempfile::tempdir().unwrap() }
    }

    fn set(&self, seconds_after_start: i64) {
        self.seconds.store(START + seconds_after_start, Ordering::SeqCst);
    }

    /// The clock after a restart.
    fn clock(&self, mode: Mode) -> TestClock {
        let seconds = Arc::clone(&self.seconds);
        let system = move || DateTime::from_timestamp(seconds.load(Ordering::SeqCst), 999_000_000).unwrap();
        TestClock::with_system(mode, Some(self.file()), Box::new(system)).unwrap()
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("clock.json")
    }
}

fn shown(clock: &TestClock) -> i64 {
    clock.now().timestamp() - START
}

#[test]
fn follows_the_system_but_never_back() {
    let system = System::new();
    let clock = system.clock(Mode::Running);
    for (set, expected) in [(10, 10), (4, 10), (11, 11)] {
        system.set(set);
        assert_eq!(shown(&clock), expected);
    }
}

#[test]
fn is_paused_during_an_advance_and_continues_from_the_target() {
    let system = System::new();
    let clock = system.clock(Mode::Running);
    let paused = clock.pause(100).unwrap();
    assert_eq!(shown(&clock), 0);
    paused.set(clock.now() + TimeDelta::seconds(40));
    system.set(5);
    assert_eq!(shown(&clock), 40);
    drop(paused);
    assert_eq!(shown(&clock), 100);
    system.set(7);
    assert_eq!(shown(&clock), 102);
}

#[test]
fn a_restart_during_an_advance_continues_from_the_target() {
    let system = System::new();
    let clock = system.clock(Mode::Running);
    // A killed process drops nothing.
    std::mem::forget(clock.pause(3_600).unwrap());
    system.set(3);
    assert_eq!(shown(&system.clock(Mode::Running)), 3_603);
}

#[test]
fn a_restart_on_a_system_set_back_shows_no_earlier_time() {
    let system = System::new();
    let clock = system.clock(Mode::Running);
    drop(clock.pause(60).unwrap());
    system.set(30);
    clock.save().unwrap();
    system.set(-500);
    assert_eq!(shown(&system.clock(Mode::Running)), 90);
}

#[test]
fn refuses_a_year_with_five_digits() {
    let clock = System::new().clock(Mode::Running);
    for seconds in [LAST_TIME - START + 1, i64::MAX] {
        assert!(clock.pause(seconds).err().unwrap().is::<TooFar>());
    }
    assert_eq!(shown(&clock), 0);
}

#[test]
fn refuses_a_damaged_file() {
    let system = System::new();
    std::fs::write(system.file(), "{").unwrap();
    let error = TestClock::open(Mode::Running, Some(system.file())).err().unwrap().to_string();
    assert!(error.contains("is damaged"), "{error}");
}

#[test]
fn a_standing_clock_moves_only_in_advances() {
    let system = System::new();
    let clock = system.clock(Mode::Standing);
    system.set(50);
    assert_eq!(shown(&clock), 0);
    let paused = clock.pause(100).unwrap();
    paused.set(clock.now() + TimeDelta::seconds(40));
    assert_eq!((shown(&clock), shown(&clock)), (40, 40));
    drop(paused);
    system.set(70);
    assert_eq!(shown(&clock), 100);
}

#[test]
fn a_standing_clock_orders_what_happens_within_a_second() {
    let clock = System::new().clock(Mode::Standing);
    let times: Vec<_> = (0..100).map(|_| clock.now()).collect();
    assert!(times.is_sorted_by(|one, next| one < next), "{times:?}");
    assert_eq!(shown(&clock), 0);
}

#[test]
fn a_standing_clock_is_unchanged_after_a_restart_and_a_running_one_continues_from_it() {
    let system = System::new();
    let clock = system.clock(Mode::Standing);
    drop(clock.pause(3_600).unwrap());
    system.set(500);
    clock.save().unwrap();
    system.set(520);
    assert_eq!(shown(&system.clock(Mode::Standing)), 3_600);
    assert_eq!(shown(&system.clock(Mode::Running)), 3_620);
}
