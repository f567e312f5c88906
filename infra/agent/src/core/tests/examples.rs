//! Single cases: what is found outside, what only a person can put right, what fails for long.

use chrono::TimeDelta;

use super::world::{FILE, Fault, STORE, World, string};
use crate::core::{Condition, TokenStatus};

fn world_at_rest() -> World {
    let mut world = World::new();
    let until = world.now + TimeDelta::hours(1);
    world.settle(until);
    world
}

fn status(world: &World) -> TokenStatus {
    TokenStatus::of("partner", &world.record, &world.plan, world.now)
}

#[test]
fn begins_with_the_initial_string() {
    let world = world_at_rest();
    assert_eq!(world.targets[FILE], Some(string(0)));
    let status = status(&world);
    assert_eq!((status.condition, status.problems.len()), (Condition::Fresh, 0));
    assert!(status.targets.iter().all(|target| target.up_to_date));
}

#[test]
fn a_lost_state_is_found_again_in_the_targets() {
    let mut world = world_at_rest();
    let later = world.due() + TimeDelta::days(2);
    world.settle(later);
    assert_eq!(world.newest(), 1);
    world.lose_state();
    let later = world.now + TimeDelta::hours(1);
    world.settle(later);
    // The initial string has ended by now.
    assert_eq!(world.record.current.as_ref().unwrap().string, string(1));
    assert_eq!(status(&world).condition, Condition::Fresh);
}

#[test]
fn never_writes_an_older_string_over_a_newer_one() {
    let mut world = world_at_rest();
    // Another agent is ahead: it has renewed twice and written one of the targets.
    world.renew();
    world.renew();
    world.targets.insert(STORE.to_owned(), Some(string(2)));
    world.restart();
    let later = world.now + TimeDelta::hours(1);
    world.settle(later);
    assert_eq!(world.targets[STORE], Some(string(2)));
    assert_eq!(world.targets[FILE], Some(string(2)));
    assert_eq!(world.record.previous.as_ref().unwrap().held.string, string(0));
}

#[test]
fn an_agent_that_was_away_for_too_long_takes_what_another_has_written() {
    let mut world = world_at_rest();
    world.renew();
    world.now += TimeDelta::days(3);
    world.targets.insert(STORE.to_owned(), Some(string(1)));
    let later = world.now + TimeDelta::hours(7);
    world.settle(later);
    assert_eq!(world.targets[FILE], Some(string(1)));
    assert_eq!(status(&world).condition, Condition::Fresh);
}

#[test]
fn a_removed_file_is_written_again() {
    let mut world = world_at_rest();
    world.targets.insert(FILE.to_owned(), None);
    let later = world.now + TimeDelta::hours(7);
    world.settle(later);
    assert_eq!(world.targets[FILE], Some(string(0)));
}

#[test]
fn a_string_that_ended_needs_a_person_and_is_kept() {
    let mut world = world_at_rest();
    world.deactivate(0);
    let later = world.now + TimeDelta::hours(8);
    world.settle(later);
    let status = status(&world);
    assert_eq!(status.condition, Condition::Attention);
    assert!(status.problems[0].contains("has ended"), "{:?}", status.problems);
    assert_eq!(world.record.current.as_ref().unwrap().string, string(0));
}

#[test]
fn an_outage_of_20_hours_of_the_overlap_costs_nothing() {
    let mut world = world_at_rest();
    while world.newest() == 0 {
        // Every answer of Keyturn after the due moment is lost.
        let fault = Fault { lost: world.now >= world.due(), ..Fault::default() };
        if let Some(wait) = world.step(fault) {
            world.now = wait.max(world.now);
        }
        if world.now > world.due() + TimeDelta::hours(8) {
            world.renew();
        }
    }
    world.down_until = Some(world.now + TimeDelta::hours(20));
    let later = world.now + TimeDelta::hours(20) - TimeDelta::seconds(1);
    world.settle(later);
    assert_eq!(status(&world).condition, Condition::Retrying);
    assert!(world.targets.values().flatten().all(|held| world.is_valid(held)));
    let later = world.now + TimeDelta::minutes(30);
    world.settle(later);
    assert_eq!(world.targets[FILE], Some(string(1)));
    assert_eq!(status(&world).condition, Condition::Fresh);
}
