//! Mutation tests: the simulation finds each mutation within a few seeds and shrinks the failing run.
//!
//! `cargo xtask test --only simulation` runs these; a plain `cargo test` doesn't, as nothing else enables the feature.

use std::collections::BTreeSet;

use keyturn_domain::mutations::Mutation;
use keyturn_simulation::scale::parameters::Parameters;
use keyturn_simulation::scale::prices::Prices;
use keyturn_simulation::scale::{scenarios, table};
use keyturn_simulation::scenario::Scenario;
use keyturn_simulation::shrink::shrink;

/// Seeds to try, a quarter of a year each.
const SEEDS: u64 = 40;
const DAYS: u32 = 90;

/// The most faults that a minimal run may need.
const MAX_FAULTS: usize = 10;

/// Failing seeds to shrink, since the size of the minimal run depends on what else happens in it.
const SHRUNK: usize = 3;

/// Seeds fail with one of these violations, and the smallest minimal run is small and reproducible.
#[track_caller]
fn assert_found(mutation: Mutation, violations: &[&str]) {
    mutation.enable();
    let scenario = |seed| Scenario::new(seed, DAYS, 4, 0.05);
    let failing = (1..=SEEDS).map(scenario).filter(|scenario| scenario.run().violation.is_some());
    let faults = |scenario: &Scenario| scenario.keep.as_ref().map_or(usize::MAX, BTreeSet::len);
    let shrunk = failing.take(SHRUNK).map(|failing| shrink(&failing));
    let (minimal, outcome) = shrunk
        .min_by_key(|(scenario, _)| faults(scenario))
        .unwrap_or_else(|| panic!("{mutation:?} is not found within {SEEDS} seeds"));
    let (_, found) = outcome.violation.clone().expect("the minimal run fails too");
    let is_expected = violations.iter().any(|violation| found.contains(violation));
    assert!(is_expected, "{mutation:?} is found, but as: {found}");
    let (faults, journal) = (faults(&minimal), outcome.journal.join("\n"));
    assert!(faults <= MAX_FAULTS, "{mutation:?}: seed {} needs {faults} faults:\n{journal}", minimal.seed);
    assert_eq!(minimal.run().violation, outcome.violation, "the minimal run is not reproducible");
}

#[test]
fn finds_an_overlap_counted_from_the_issue_of_the_request_token() {
    assert_found(Mutation::OverlapFromIssue, &["valid until"]);
}

#[test]
fn finds_a_redemption_without_a_version_check() {
    // Over another redemption, or over a change of the sweep.
    assert_found(Mutation::RedemptionWithoutCondition, &["a second successor", "written over version"]);
}

#[test]
fn finds_an_outbox_entry_written_after_the_change() {
    assert_found(Mutation::OutboxAfterChange, &["delivered 0 times instead of 1"]);
}

#[test]
fn finds_a_request_token_kept_after_deactivation() {
    assert_found(Mutation::RequestTokenKeptAtDeactivation, &["deactivated, but a request token is pending"]);
}

#[test]
fn finds_a_retry_with_a_new_request_token() {
    assert_found(Mutation::NewRequestTokenAtRetry, &["after the last"]);
}

#[test]
fn finds_a_failed_token_that_is_forgotten() {
    assert_found(Mutation::DeferredForgotten, &["is due since"]);
}

#[test]
fn finds_a_second_check_that_is_forgotten() {
    assert_found(Mutation::SecondCheckForgotten, &["its successor was not handed over again 20 h later"]);
}

#[test]
fn finds_a_repeated_pull_that_creates_another_successor() {
    assert_found(Mutation::SecondSuccessorByPull, &["a second successor"]);
}

#[test]
fn finds_a_pull_by_a_string_that_was_reported() {
    assert_found(Mutation::PullByLeakedString, &["reported as leaked, and still pulls"]);
}

#[test]
fn finds_a_leaked_string_that_outlives_the_use_of_the_next() {
    assert_found(Mutation::LeakCheckForgotten, &["accepted long after the next was used"]);
}

/// No client has so many tokens that its receiver is left out; the measurement of the schedule has one.
#[test]
fn finds_tries_that_are_spent_while_a_receiver_is_left_out() {
    let scenario = scenarios::hanging(300, 1);
    let asked = |mutation: Option<Mutation>| {
        if let Some(mutation) = mutation {
            mutation.enable();
        }
        let outcome = scenario.run(&Parameters::default(), 1);
        let (row, is_kept) =
            table::row(&scenario, &outcome, &Prices::read().expect("the prices are complete"));
        (row, is_kept, outcome.fewest_callbacks)
    };
    assert!(asked(None).1, "the limits are kept without it");
    let (row, is_kept, fewest) = asked(Some(Mutation::LeftOutTriesSpent));
    assert!(!is_kept && fewest == 0, "{row}");
}
