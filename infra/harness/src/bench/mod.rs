//! Measures verifications, renewals and cold starts, each compared with its lower bound.
//!
//! Every figure that depends on the machine is the median of runs that alternate with runs of its baseline on the same
//! engine, so that the ratio is valid on a busy machine too.

mod api;
pub mod bill;
mod cold;
mod effects;
pub mod instructions;
mod lists;
mod meter;
pub mod prices;
mod renewals;
mod report;
pub mod rivals;
mod runtime_api;
pub mod services;
pub mod units;
mod verify;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::{Args, ValueEnum};

use bill::Bill;
use prices::Prices;
use report::{Report, machine};
use services::Services;

/// Options of `cargo xtask bench`.
#[derive(Args)]
pub struct Options {
    /// Measures these only, separated by commas
    #[arg(long, value_enum, value_delimiter = ',', value_name = "WHAT")]
    only: Vec<Subject>,
    /// Rounds whose median is taken
    #[arg(long, value_name = "COUNT", default_value_t = 9)]
    rounds: usize,
    /// Tokens due in the second, larger run
    #[arg(long, value_name = "COUNT", default_value_t = 100_000)]
    due: usize,
    /// Tokens that are not due in the third run
    #[arg(long, value_name = "COUNT", default_value_t = 1_000_000)]
    idle: usize,
    /// Deliveries in the callback log of the company with the idle tokens
    #[arg(long, value_name = "COUNT", default_value_t = 1_000_000)]
    deliveries: usize,
    /// Folder with the functions' programs; those beside this one if not given
    #[arg(long, value_name = "FOLDER")]
    programs: Option<PathBuf>,
    /// Writes the figures into this file as JSON too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Subject {
    /// A verification without input and output
    Cpu,
    /// Verifications per second
    Verifications,
    /// Renewals per second
    Renewals,
    /// Cold starts
    Cold,
    /// Read and write units, and prices
    Units,
    /// Read units and time of searches and logs in a large company
    Lists,
    /// Time from an API call to its event and mail
    Effects,
    /// A month's bill
    Bill,
    /// Instructions of each operation, and whether they are within their budgets; needs Valgrind
    Instructions,
}

/// Tokens due in the first run of the renewals, and in the one with idle tokens.
const FEW: usize = 1_000;

/// How long a round of verifications is.
const VERIFICATIONS: Duration = Duration::from_secs(1);

/// How long a round of renewals is. The engine keeps the idempotency token of each transaction for ten minutes and searches all
/// of them in the next, which longer rounds would measure.
const RENEWALS: Duration = Duration::from_secs(2);

/// How long a round with a large backlog is: a whole run of the schedule, which first reads all that is due, so that nobody
/// waits behind the backlog, and then renews.
const RUN: Duration = Duration::from_secs(95);

/// Measures, and prints the table.
pub async fn run(options: &Options) -> Result<()> {
    let report = options.measure().await?;
    print!("{report}");
    if let Some(file) = &options.json {
        std::fs::write(file, serde_json::to_string_pretty(&report)?)?;
    }
    instructions::check(&report.instructions)
}

impl Options {
    fn wants(&self, subject: Subject) -> bool {
        let wants = self.only.is_empty() || self.only.contains(&subject);
        if wants {
            eprintln!("measuring: {subject:?}");
        }
        wants
    }

    async fn measure(&self) -> Result<Report> {
        let program = std::env::current_exe()?;
        let services = async || Services::start(&program).await;
        let mut report = Report {
            machine: machine(),
            verification_cpu_ns: None,
            verifications: Vec::new(),
            renewals: Vec::new(),
            cold_starts: Vec::new(),
            units: Vec::new(),
            lists: Vec::new(),
            effects: Vec::new(),
            instructions: Vec::new(),
            prices: Prices::read()?,
            bill: None,
        };
        if self.wants(Subject::Cpu) {
            report.verification_cpu_ns = Some(verify::cpu_ns(self.rounds)?);
        }
        if self.wants(Subject::Instructions) {
            report.instructions = instructions::measure(&program)?;
        }
        if self.wants(Subject::Verifications) {
            report.verifications = verify::measure(&services().await?, self.rounds, VERIFICATIONS).await?;
        }
        if self.wants(Subject::Cold) {
            let beside = || program.parent().map(PathBuf::from).unwrap_or_default();
            let programs = self.programs.clone().unwrap_or_else(beside);
            report.cold_starts = cold::measure(&services().await?, &programs, self.rounds).await?;
        }
        if self.wants(Subject::Renewals) {
            let mut stores = Vec::new();
            let rounds = self.rounds.div_ceil(2);
            for (due, idle, rounds, time) in
                [(FEW, 0, rounds, RENEWALS), (self.due, 0, 1, RUN), (FEW, self.idle, rounds, RENEWALS)]
            {
                let services = services().await?;
                stores.push(renewals::Store { services, due, idle, rounds, time });
            }
            report.renewals = renewals::measure(&stores).await?;
        }
        if self.wants(Subject::Lists) {
            report.lists =
                lists::measure(&services().await?, self.idle, self.deliveries, self.rounds).await?;
        }
        if self.wants(Subject::Effects) {
            report.effects = effects::measure(&program).await?.into();
        }
        let (wants_units, wants_bill) = (self.wants(Subject::Units), self.wants(Subject::Bill));
        if wants_units || wants_bill {
            let units = units::measure(&services().await?).await?;
            report.bill = wants_bill.then(|| Bill::of(&report.prices, &units));
            report.units = if wants_units { units.all().to_vec() } else { Vec::new() };
        }
        Ok(report)
    }
}
