//! A short version of `cargo xtask simulate scale`.

use keyturn_simulation::scale::parameters::Parameters;
use keyturn_simulation::scale::prices::Prices;
use keyturn_simulation::scale::scenario::Scenario;
use keyturn_simulation::scale::{scenarios, table};

/// The row of a scenario in the table, and whether every limit is kept.
fn row(scenario: &Scenario, parameters: &Parameters) -> (String, bool) {
    let outcome = scenario.run(parameters, 1);
    table::row(scenario, &outcome, &Prices::read().expect("the prices are complete"))
}

#[test]
fn short_scenarios_keep_their_limits() {
    for scenario in [scenarios::healthy(2_000), scenarios::hanging(300, 1)] {
        let (row, all_kept) = row(&scenario, &Parameters::default());
        assert!(all_kept, "{row}");
    }
}

/// Whoever computes checksums can report any number of strings.
#[test]
fn a_flood_of_reports_delays_no_renewal() {
    let (row, all_kept) = row(&scenarios::reports(1_000), &Parameters::default());
    assert!(all_kept, "{row}");
}

#[test]
fn ten_thousand_renewals_started_by_one_call_are_spread_evenly_over_the_hour() {
    let (row, all_kept) = row(&scenarios::mass_renewal(10_000), &Parameters::default());
    assert!(all_kept, "{row}");
}

#[test]
fn a_function_with_too_little_memory_exceeds_the_limits() {
    let parameters = Parameters { memory_mb: 128, schedules: 1, ..Parameters::default() };
    let (row, all_kept) = row(&scenarios::healthy(5_000), &parameters);
    assert!(!all_kept && row.contains("EXCEEDED"), "{row}");
}

#[test]
fn a_whole_renewal_costs_what_the_documentation_says() {
    let outcome = scenarios::one_renewal().run(&Parameters::default(), 1);
    // infra/docs/costs.md: issue, delivery and redemption, each with its event, and the claim of that of the redemption.
    assert!((outcome.counts.write_units - 39.0).abs() < 0.01, "{:?}", outcome.counts);
    assert_eq!((outcome.counts.callbacks, outcome.counts.events), (1, 3));
}
