//! The simulation finds bugs that were planted on purpose, each within a few seeds, and shrinks its history.
//!
//! `cargo xtask test --only simulation` runs these; a plain `cargo test` can't, since nothing else enables the feature.

use std::collections::BTreeSet;

use keyturn_domain::mutations::Mutation;
use keyturn_simulation::scenario::Scenario;
use keyturn_simulation::shrink::shrink;

/// Seeds that may be needed, a quarter of a year each.
const SEEDS: u64 = 40;
const DAYS: u32 = 90;

/// Failing seeds whose histories are shrunk: how far one shrinks depends on what else happens in it.
const SHRUNK: usize = 3;

/// The violation is of this promise, the smallest history needs no more quirks than that, and repeats itself.
#[track_caller]
fn is_found(bug: Mutation, promise: &str, most_quirks: usize) {
    bug.enable();
    let usual = |seed| Scenario::new(seed, DAYS, 4, 0.05);
    let failing = (1..=SEEDS).map(usual).filter(|scenario| scenario.run().violation.is_some());
    let quirks = |scenario: &Scenario| scenario.keep.as_ref().map_or(usize::MAX, BTreeSet::len);
    let shrunk = failing.take(SHRUNK).map(|failing| shrink(&failing));
    let (smallest, outcome) = shrunk
        .min_by_key(|(scenario, _)| quirks(scenario))
        .unwrap_or_else(|| panic!("{bug:?} is not found within {SEEDS} seeds"));
    let (_, what) = outcome.violation.clone().expect("the smallest history fails too");
    assert!(what.contains(promise), "{bug:?} is found, but as: {what}");
    let (quirks, journal) = (quirks(&smallest), outcome.journal.join("\n"));
    assert!(quirks <= most_quirks, "{bug:?}: seed {} needs {quirks} quirks:\n{journal}", smallest.seed);
    assert_eq!(smallest.run().violation, outcome.violation, "the smallest history does not repeat itself");
}

#[test]
fn an_overlap_that_counts_from_the_issue_of_the_request_token() {
    is_found(Mutation::OverlapFromIssue, "valid until", 10);
}

#[test]
fn a_redemption_without_a_condition_on_the_version() {
    // What it would end in is a second successor; the history that is found first writes over a note of the sweep.
    is_found(Mutation::RedemptionWithoutCondition, "written over version", 10);
}

#[test]
fn an_outbox_that_is_written_after_the_change() {
    is_found(Mutation::OutboxAfterChange, "told 0 times instead of 1", 10);
}

#[test]
fn a_request_token_that_survives_the_deactivation() {
    is_found(Mutation::KeyKeptAtDeactivation, "deactivated, but a request token is pending", 10);
}

#[test]
fn a_retry_with_a_new_request_token_while_the_old_one_is_live() {
    is_found(Mutation::NewKeyAtRetry, "after the last", 10);
}
