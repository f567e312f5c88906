//! 100 years with faults. `cargo xtask simulate --seeds 1000` runs 1,000.

use keyturn_simulation::scenario::Scenario;
use keyturn_simulation::seeds;

const YEARS: u64 = 100;

#[test]
fn no_invariant_is_violated_in_100_years() {
    let year = |seed| Scenario::new(seed, 365, 5, 0.05);
    let counts = seeds::run(1..YEARS + 1, year, |_| ());
    let counts = counts.unwrap_or_else(|seed| panic!("reproduce: cargo xtask simulate --seed {seed}"));
    for what in ["injected faults", "mails sent", "events published", "sweeps"] {
        assert!(counts.get(what).is_some_and(|count| *count > 100 * YEARS), "{what}: {counts:?}");
    }
}
