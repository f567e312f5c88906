//! The clock on a system whose time the test sets.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use super::*;

const START: i64 = 1_800_000_000;

struct System(Arc<AtomicI64>);

impl System {
    fn new() -> Self {
        Self(Arc::new(AtomicI64::new(START)))
    }

    fn set(&self, seconds_after_start: i64) {
        self.0.store(START + seconds_after_start, Ordering::SeqCst);
    }

    fn clock(&self, file: Option<PathBuf>) -> TestClock {
        self.clock_that(Unmoved::Runs, file)
    }

    fn clock_that(&self, unmoved: Unmoved, file: Option<PathBuf>) -> TestClock {
        let seconds = Arc::clone(&self.0);
        let system = move || DateTime::from_timestamp(seconds.load(Ordering::SeqCst), 999_000_000).unwrap();
        TestClock::with_system(unmoved, file, Box::new(system)).unwrap()
    }
}

fn shown(clock: &TestClock) -> i64 {
    clock.now().timestamp() - START
}

#[test]
fn it_follows_the_system_but_never_back() {
    let system = System::new();
    let clock = system.clock(None);
    system.set(10);
    assert_eq!(shown(&clock), 10);
    system.set(4);
    assert_eq!(shown(&clock), 10);
    system.set(11);
    assert_eq!(shown(&clock), 11);
}

#[test]
fn an_advance_stands_still_on_the_way_and_runs_on_at_the_target() {
    let system = System::new();
    let clock = system.clock(None);
    let stopped = clock.stop(100).unwrap();
    assert_eq!(shown(&clock), 0);
    stopped.show(clock.now() + TimeDelta::seconds(40));
    system.set(5);
    assert_eq!(shown(&clock), 40);
    drop(stopped);
    assert_eq!(shown(&clock), 100);
    system.set(7);
    assert_eq!(shown(&clock), 102);
}

#[test]
fn a_restart_in_the_middle_of_an_advance_is_at_its_target() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("clock.json");
    let system = System::new();
    let clock = system.clock(Some(file.clone()));
    let stopped = clock.stop(3_600).unwrap();
    // As a kill would: nothing is dropped any more.
    std::mem::forget(stopped);
    system.set(3);
    assert_eq!(shown(&system.clock(Some(file))), 3_603);
}

#[test]
fn a_restart_on_a_system_set_back_shows_no_earlier_time() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("clock.json");
    let system = System::new();
    let clock = system.clock(Some(file.clone()));
    drop(clock.stop(60).unwrap());
    system.set(30);
    clock.keep().unwrap();
    system.set(-500);
    assert_eq!(shown(&system.clock(Some(file))), 90);
}

#[test]
fn a_year_with_five_digits_is_refused_and_changes_nothing() {
    let clock = System::new().clock(None);
    let too_far = END_OF_TIME - START + 1;
    assert!(matches!(clock.stop(too_far), Err(AdvanceError::TooFar)));
    assert!(matches!(clock.stop(i64::MAX), Err(AdvanceError::TooFar)));
    assert_eq!(shown(&clock), 0);
}

#[test]
fn a_damaged_file_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("clock.json");
    std::fs::write(&file, "{").unwrap();
    assert!(matches!(TestClock::open(Unmoved::Runs, Some(file)), Err(StartError::DamagedFile { .. })));
}

#[test]
fn one_that_stands_goes_only_where_it_is_moved() {
    let system = System::new();
    let clock = system.clock_that(Unmoved::Stands, None);
    system.set(50);
    assert_eq!(shown(&clock), 0);
    let stopped = clock.stop(100).unwrap();
    stopped.show(clock.now() + TimeDelta::seconds(40));
    assert_eq!((shown(&clock), shown(&clock)), (40, 40));
    drop(stopped);
    system.set(70);
    assert_eq!(shown(&clock), 100);
}

#[test]
fn one_that_stands_keeps_the_order_of_what_happens() {
    let clock = System::new().clock_that(Unmoved::Stands, None);
    let looks: Vec<_> = (0..100).map(|_| clock.now()).collect();
    assert!(looks.is_sorted_by(|one, next| one < next), "{looks:?}");
    assert_eq!(shown(&clock), 0, "all within one second");
}

#[test]
fn one_that_stands_is_where_it_was_after_a_restart_and_runs_on_from_there() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("clock.json");
    let system = System::new();
    let clock = system.clock_that(Unmoved::Stands, Some(file.clone()));
    drop(clock.stop(3_600).unwrap());
    system.set(500);
    clock.keep().unwrap();
    system.set(520);
    assert_eq!(shown(&system.clock_that(Unmoved::Stands, Some(file.clone()))), 3_600);
    assert_eq!(shown(&system.clock(Some(file))), 3_620, "20 seconds later");
}
