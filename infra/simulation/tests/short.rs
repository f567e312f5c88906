//! A short run of the simulation; the long one is `cargo xtask simulate --seeds 1000`.

use keyturn_simulation::headline::Load;
use keyturn_simulation::rotate_once;
use keyturn_simulation::scenario::Scenario;

#[test]
fn no_promise_is_broken() {
    for seed in 1..=12 {
        let outcome = Scenario::new(seed, 60, 4, 0.08).run();
        assert_eq!(
            outcome.violation, None,
            "cargo xtask simulate --seed {seed} --days 60 --tokens 4 --faults 8"
        );
        let happened = |what: &str| outcome.counts.get(what).copied().unwrap_or_default();
        assert!(happened("mails sent") > 0 && happened("events published") > 0, "seed {seed} is empty");
        assert!(outcome.quirks.len() > 100, "seed {seed} is too calm: {} quirks", outcome.quirks.len());
    }
}

#[test]
fn a_seed_is_always_the_same_history() {
    let scenario = Scenario::new(7, 40, 3, 0.1);
    let (first, second) = (scenario.run(), scenario.run());
    assert_eq!((first.fingerprint, first.quirks), (second.fingerprint, second.quirks));
    let told = Scenario { journal: true, ..scenario }.run();
    assert_eq!(told.fingerprint, first.fingerprint, "the journal changes what it tells");
    assert!(told.journal.len() > 100);
    assert_ne!(Scenario::new(8, 40, 3, 0.1).run().fingerprint, first.fingerprint);
}

#[test]
fn keeping_all_quirks_keeps_the_history() {
    let scenario = Scenario::new(9, 30, 3, 0.1);
    let outcome = scenario.run();
    let again = Scenario { keep: Some(outcome.quirks.clone()), ..scenario }.run();
    assert_eq!((again.fingerprint, again.quirks), (outcome.fingerprint, outcome.quirks));
}

#[test]
fn the_figures_of_the_readme_with_fewer_renewals() {
    let load = Load { renewals: 60, ..Load::headline(1) };
    let ours = load.keyturn().expect("no promise is broken");
    assert_eq!(ours.renewals, 60);
    assert_eq!(
        (ours.locked_out, ours.second_successors, ours.mails_missing, ours.events_missing),
        (0, 0, 0, 0)
    );
    let theirs = rotate_once::run(&load);
    assert!(theirs.locked_out > 10 && theirs.events_missing > 0, "{theirs:?}");
}
