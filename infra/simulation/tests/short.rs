//! A short run of the simulation; `cargo xtask simulate --seeds 1000` is the long one.

use std::collections::BTreeMap;

use keyturn_simulation::headline::{Figures, Load};
use keyturn_simulation::rotate_once;
use keyturn_simulation::scenario::Scenario;

#[test]
fn no_invariant_is_violated() {
    let mut happened = BTreeMap::<&str, u64>::new();
    for seed in 1..=12 {
        let outcome = Scenario::new(seed, 60, 4, 0.08).run();
        assert_eq!(
            outcome.violation, None,
            "cargo xtask simulate --seed {seed} --days 60 --tokens 4 --faults 8"
        );
        for (what, times) in &outcome.counts {
            *happened.entry(what).or_default() += times;
        }
        let count = |what: &str| outcome.counts.get(what).copied().unwrap_or_default();
        assert!(count("mails sent") > 0 && count("events published") > 0, "seed {seed} delivers nothing");
        assert!(outcome.faults.len() > 100, "seed {seed} injects only {} faults", outcome.faults.len());
    }
    for what in [
        "renewals by pull",
        "request tokens for unused successors",
        "answers forgotten",
        "successors handed over to another address",
        "leaked strings replaced",
        "leaked strings told of",
    ] {
        assert!(happened.contains_key(what), "{what}: {happened:?}");
    }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let scenario = Scenario::new(7, 40, 3, 0.1);
    let (first, second) = (scenario.run(), scenario.run());
    assert_eq!((first.fingerprint, first.faults), (second.fingerprint, second.faults));
    let journaled = Scenario { journal: true, ..scenario }.run();
    assert_eq!(journaled.fingerprint, first.fingerprint, "the journal changes the run");
    assert!(journaled.journal.len() > 100);
    assert_ne!(Scenario::new(8, 40, 3, 0.1).run().fingerprint, first.fingerprint);
}

#[test]
fn keeping_all_faults_gives_the_same_run() {
    let scenario = Scenario::new(9, 30, 3, 0.1);
    let outcome = scenario.run();
    let second = Scenario { keep: Some(outcome.faults.clone()), ..scenario }.run();
    assert_eq!((second.fingerprint, second.faults), (outcome.fingerprint, outcome.faults));
}

#[test]
fn headline_figures_hold_with_fewer_renewals() {
    let load = Load { renewals: 60, ..Load::headline(1) };
    for ours in load.all_kinds().expect("no invariant is violated").concat() {
        assert_eq!(ours, Figures { renewals: 60, ..Figures::default() });
    }
    let theirs = rotate_once::run(&Load::headline(1));
    assert!(theirs.locked_out > 10 && theirs.events_missing > 0, "{theirs:?}");
}
