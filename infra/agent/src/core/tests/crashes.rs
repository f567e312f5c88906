//! A crash, a failure or a lost answer at any step: every target holds a valid string, always.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::world::{Fault, Moment, World};

const RENEWALS: usize = 3;

/// A target that was written once holds a valid string, and the state leads to one.
fn check(world: &World) {
    for (target, held) in &world.targets {
        if let Some(held) = held {
            assert!(world.is_valid(held), "{target} holds a string that has ended: {:?}", world.record);
        }
    }
    let held = [world.record.desired().cloned(), world.record.current.clone().map(|held| held.string)];
    if world.targets.values().any(Option::is_some) && held[0].is_some() {
        assert!(held.iter().flatten().any(|string| world.is_valid(string)), "{:?}", world.record);
    }
}

/// At rest, everything holds the newest string, and the program was told of it.
fn check_at_rest(world: &World) {
    let newest = Some(super::world::string(world.newest()));
    assert!(world.targets.values().all(|held| *held == newest), "{:?}", world.record);
    assert_eq!(world.record.current.as_ref().map(|held| &held.string), newest.as_ref());
    assert_eq!(world.told.last(), Some(&world.newest()));
}

/// Runs some renewals; `fault` says what goes wrong in the step with this number.
fn run(world: &mut World, mut fault: impl FnMut(usize) -> Fault) {
    let mut number = 0;
    while world.newest() < RENEWALS {
        if let Some(wait) = world.step(fault(number)) {
            world.now = wait.max(world.now);
        }
        number += 1;
        check(world);
        assert!(number < 30_000, "does not come to rest: {:?}", world.record);
    }
    let until = world.now + TimeDelta::hours(30);
    world.settle(until);
    check(world);
    check_at_rest(world);
}

#[test]
fn nothing_is_lost_by_a_crash_before_after_or_within_any_step() {
    let mut steps = 0;
    run(&mut World::new(), |number| {
        steps = number;
        Fault::default()
    });
    assert!(steps > 50, "{steps}");
    for at in 0..=steps {
        for moment in [Moment::Before, Moment::After, Moment::Unsaved] {
            let mut world = World::new();
            run(&mut world, |number| Fault { crash: (number == at).then_some(moment), ..Fault::default() });
        }
    }
}

#[test]
fn tells_programs_once_for_each_change_and_never_for_an_unchanged_value() {
    let mut world = World::new();
    run(&mut world, |_| Fault::default());
    assert_eq!(world.told, [0, 1, 2, 3]);
    let changes = world.changes;
    world.restart();
    let until = world.now + TimeDelta::days(1);
    world.settle(until);
    assert_eq!((world.told.len(), world.changes), (4, changes), "a restart changes nothing");
}

/// A random fault for every step: a fixed sequence could hit the same step again and again.
struct Faults(u64);

impl Faults {
    /// Whether something with this chance, in percent, happens.
    fn happens(&mut self, percent: u64) -> bool {
        // xorshift64
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % 100 < percent
    }

    fn next(&mut self) -> Fault {
        let moments = [Moment::Before, Moment::After, Moment::Unsaved];
        Fault {
            crash: moments.into_iter().find(|_| self.happens(5)),
            fails: self.happens(20),
            lost: self.happens(20),
            unsaved: self.happens(10),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_however_faults_come_together(
        seed in 1_u64..,
        clock in -600_i64..600,
        outage in 0_i64..20 * 60,
    ) {
        let mut world = World::new();
        world.clock = TimeDelta::seconds(clock);
        let mut faults = Faults(seed);
        let (mut number, mut seen) = (0, 0);
        while world.newest() < RENEWALS {
            if let Some(wait) = world.step(faults.next()) {
                world.now = wait.max(world.now);
            }
            if world.newest() > seen {
                // Keyturn falls silent as soon as it has made a successor.
                seen = world.newest();
                world.down_until = Some(world.now + TimeDelta::minutes(outage));
            }
            number += 1;
            check(&world);
            prop_assert!(number < 20_000, "does not come to rest: {:?}", world.record);
        }
        let until = world.now + TimeDelta::hours(30);
        world.settle(until);
        check(&world);
        check_at_rest(&world);
    }
}
