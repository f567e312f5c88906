//! Years in which everything fails. `cargo xtask simulate --seeds 1000` is the long run.

use keyturn_simulation::scenario::Scenario;
use keyturn_simulation::seeds;

const YEARS: u64 = 100;

#[test]
#[ignore = "takes ten seconds of all cores: `cargo xtask test --only simulation`"]
fn in_a_hundred_years_no_promise_is_broken() {
    let year = |seed| Scenario::new(seed, 365, 5, 0.05);
    let counts = seeds::run(1..YEARS + 1, year, |_| ());
    let counts = counts.unwrap_or_else(|seed| panic!("repeat: cargo xtask simulate --seed {seed}"));
    for what in ["quirks", "mails sent", "events published", "sweeps"] {
        assert!(counts.get(what).is_some_and(|count| *count > 100 * YEARS), "{what}: {counts:?}");
    }
}
