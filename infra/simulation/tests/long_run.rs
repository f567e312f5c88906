//! Years with faults: 20 in the quick run, 100 in the slow one. `cargo xtask simulate --seeds 1000` runs 1,000.

use keyturn_simulation::scenario::Scenario;
use keyturn_simulation::seeds;

#[test]
fn no_invariant_is_violated_in_20_years() {
    assert_none_violated(20);
}

mod slow {
    #[test]
    fn no_invariant_is_violated_in_100_years() {
        super::assert_none_violated(100);
    }
}

fn assert_none_violated(years: u64) {
    let year = |seed| Scenario::new(seed, 365, 5, 0.05);
    let counts = seeds::run(1..years + 1, year, |_| ());
    let counts = counts.unwrap_or_else(|seed| panic!("reproduce: cargo xtask simulate --seed {seed}"));
    for what in ["injected faults", "mails sent", "events published", "sweeps"] {
        assert!(counts.get(what).is_some_and(|count| *count > 100 * years), "{what}: {counts:?}");
    }
}
