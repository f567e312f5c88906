//! `cargo xtask simulate`: simulates seeds and prints the figures, or a violation and a minimal run that reproduces it.

#![expect(clippy::print_stdout, reason = "a command-line tool")]

use std::process::ExitCode;
use std::time::Instant;

use clap::{Args, Parser, Subcommand};
use keyturn_simulation::fault_schedule::FaultId;
use keyturn_simulation::headline::Load;
use keyturn_simulation::scale::parameters::Parameters;
use keyturn_simulation::scale::prices::Prices;
use keyturn_simulation::scale::{scenarios, table, usage};
use keyturn_simulation::scenario::{Outcome, Scenario};
use keyturn_simulation::seeds::run;
use keyturn_simulation::shrink::shrink;

/// Simulates years of Keyturn in seconds, with injected faults, and checks every promise of the contract
#[derive(Parser)]
#[command(
    name = "cargo xtask simulate",
    bin_name = "cargo xtask simulate",
    args_conflicts_with_subcommands = true
)]
struct Arguments {
    #[command(subcommand)]
    task: Option<Task>,
    #[command(flatten)]
    seeds: Seeds,
}

#[derive(Subcommand)]
enum Task {
    /// Prints the figures of the README: 1,000 renewals, 30 % of all responses dropped, 10 % of all attempts of a call failing
    Headline {
        /// Determines which responses are dropped and which calls fail
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Number of tokens to renew
        #[arg(long, default_value_t = 1_000)]
        renewals: u32,
    },
    /// Prints how long the schedule takes under load, beside the limits; fails if one is exceeded
    Scale(Box<Scale>),
}

#[derive(Args)]
struct Scale {
    /// Determines latencies and the seconds at which the schedules start
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only scenarios whose name contains this
    #[arg(long, default_value = "")]
    only: String,
    /// Prints calls, units and costs of each scenario
    #[arg(long)]
    details: bool,
    #[command(flatten)]
    parameters: Parameters,
}

#[derive(Args)]
struct Seeds {
    /// The first seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Number of consecutive seeds
    #[arg(long, default_value_t = 1)]
    seeds: u64,
    /// Days with faults
    #[arg(long, default_value_t = 365)]
    days: u32,
    /// Clients, each with a series of tokens
    #[arg(long, default_value_t = 5)]
    tokens: usize,
    /// Calls that fail, in per cent, up to 25; the same share of responses is dropped
    ///
    /// Beyond that, even a client that retries every 10 seconds may get no response within the window.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(0..=25))]
    faults: u8,
    /// The only faults to inject, by name, comma-separated: reproduces a failure
    #[arg(long, value_delimiter = ',')]
    keep: Option<Vec<FaultId>>,
    /// Prints a journal of the run
    #[arg(long)]
    journal: bool,
    /// Doesn't shrink a failing run
    #[arg(long)]
    no_shrink: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.task {
        Some(Task::Headline { seed, renewals }) => headline(Load { renewals, ..Load::headline(seed) }),
        Some(Task::Scale(options)) => scale(&options),
        None => simulate(&arguments.seeds),
    }
}

/// Prints each row as soon as it is measured.
fn scale(options: &Scale) -> ExitCode {
    let prices = match Prices::read() {
        Ok(prices) => prices,
        Err(error) => {
            println!("{error:#}");
            return ExitCode::FAILURE;
        }
    };
    #[expect(clippy::disallowed_methods, reason = "measures")]
    let begin = Instant::now();
    let mut all_kept = true;
    println!("{}", table::HEADER);
    for scenario in scenarios::all().iter().filter(|scenario| scenario.name.contains(&options.only)) {
        let before = usage::so_far().map_or(0.0, |(_, processor)| processor);
        let outcome = scenario.run(&options.parameters, options.seed);
        let (row, is_kept) = table::row(scenario, &outcome, &prices);
        println!("{row}");
        if options.details {
            let processor = usage::so_far().map_or(0.0, |(_, processor)| processor) - before;
            println!("{}\n{}", table::details(&outcome), prices.breakdown(&outcome.counts));
            println!("    {processor:.1} s of processor time");
        }
        all_kept &= is_kept;
    }
    let took = begin.elapsed().as_secs_f64();
    match usage::so_far() {
        Some((memory, processor)) => {
            println!("\n{took:.0} s, {processor:.0} s of processor time, {memory} MB");
        }
        None => println!("\n{took:.0} s"),
    }
    if all_kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn headline(load: Load) -> ExitCode {
    match load.table() {
        Ok(table) => {
            println!("{table}");
            ExitCode::SUCCESS
        }
        Err(violation) => {
            println!("{violation}");
            ExitCode::FAILURE
        }
    }
}

impl Seeds {
    fn scenario(&self, seed: u64) -> Scenario {
        Scenario {
            keep: self.keep.as_ref().map(|keep| keep.iter().copied().collect()),
            journal: self.journal,
            ..Scenario::new(seed, self.days, self.tokens, f64::from(self.faults) / 100.0)
        }
    }

    /// The command that reproduces a run.
    fn command(&self, scenario: &Scenario) -> String {
        let names = |keep: &std::collections::BTreeSet<FaultId>| {
            keep.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
        };
        let keep = scenario.keep.as_ref().map(|keep| format!(" --keep {}", names(keep))).unwrap_or_default();
        let Self { tokens, faults, .. } = self;
        let Scenario { seed, days, .. } = scenario;
        format!(
            "cargo xtask simulate --seed {seed} --days {days} --tokens {tokens} --faults {faults}{keep} --journal --no-shrink"
        )
    }
}

/// Simulates the seeds; stops at the first failure.
fn simulate(seeds: &Seeds) -> ExitCode {
    #[expect(clippy::disallowed_methods, reason = "measures")]
    let start = Instant::now();
    let range = seeds.seed..seeds.seed.saturating_add(seeds.seeds);
    let print = |outcome: &Outcome| outcome.journal.iter().for_each(|line| println!("{line}"));
    let counts = match run(range, |seed| seeds.scenario(seed), print) {
        Ok(counts) => counts,
        Err(seed) => return report(seeds, seed),
    };
    println!(
        "{} seeds x {} days: 0 violations in {:.1} s",
        seeds.seeds,
        seeds.days,
        start.elapsed().as_secs_f64()
    );
    for (what, count) in counts {
        println!("{count:>12} {what}");
    }
    ExitCode::SUCCESS
}

/// Prints the violation and a minimal run that reproduces it.
fn report(seeds: &Seeds, seed: u64) -> ExitCode {
    let scenario = seeds.scenario(seed);
    let outcome = scenario.run();
    let (at, what) = outcome.violation.clone().unwrap_or_default();
    println!("seed {seed}: {what}, at {at}, after {} injected faults", outcome.faults.len());
    println!("reproduce: {}", seeds.command(&scenario));
    if seeds.no_shrink {
        return ExitCode::FAILURE;
    }
    let (smallest, outcome) = shrink(&scenario);
    let (at, what) = outcome.violation.unwrap_or_default();
    println!("\nminimal run: {} injected faults", outcome.faults.len());
    for line in &outcome.journal {
        println!("    {line}");
    }
    println!("{what}, at {at}");
    println!("reproduce: {}", seeds.command(&smallest));
    ExitCode::FAILURE
}
