//! `cargo xtask bench`: one command, one table.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool: what it prints is what it is for"
)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use keyturn_bench::prices::Prices;
use keyturn_bench::report::{Report, machine};
use keyturn_bench::units::Units;
use keyturn_bench::world::Services;
use keyturn_bench::{cold, renewals, units, verify};

/// Measures what verifications, renewals and cold starts take, next to the least that they could take
#[derive(Parser)]
#[command(name = "keyturn-bench", bin_name = "cargo xtask bench")]
struct Arguments {
    /// Measures these only, separated by commas
    #[arg(long, value_enum, value_delimiter = ',', value_name = "WHAT")]
    only: Vec<What>,
    /// Rounds whose median is taken
    #[arg(long, value_name = "COUNT", default_value_t = 9)]
    rounds: usize,
    /// Tokens due in the second, larger run
    #[arg(long, value_name = "COUNT", default_value_t = 100_000)]
    due: usize,
    /// Tokens that are not due in the third run
    #[arg(long, value_name = "COUNT", default_value_t = 1_000_000)]
    idle: usize,
    /// Folder with the functions' programs; those beside this one if not given
    #[arg(long, value_name = "FOLDER")]
    programs: Option<PathBuf>,
    /// Writes the figures into this file as JSON too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
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
}

/// Tokens due in the first run of the renewals, and in the one with idle ones beside them.
const FEW: usize = 1_000;

/// How long a round of verifications is.
const ROUND: Duration = Duration::from_secs(1);

/// How long a round of renewals is: many times as long as one takes. The engine remembers the token of each transaction for ten
/// minutes and looks through all of them at the next, so that more or longer rounds would measure that.
const RUN: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let outcome = if arguments.next().as_deref() == Some("stack") {
        let stack = keyturn_local::Arguments::parse_from(std::env::args().skip(1));
        keyturn_local::run(&stack).map_err(anyhow::Error::from)
    } else {
        run()
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run() -> Result<()> {
    let arguments = Arguments::parse();
    let report = arguments.measure().await?;
    print!("{report}");
    if let Some(file) = &arguments.json {
        std::fs::write(file, serde_json::to_string_pretty(&report)?)?;
    }
    Ok(())
}

impl Arguments {
    fn wants(&self, what: What) -> bool {
        let wants = self.only.is_empty() || self.only.contains(&what);
        if wants {
            eprintln!("measuring: {what:?}");
        }
        wants
    }

    async fn measure(&self) -> Result<Report> {
        let program = std::env::current_exe()?;
        let services = async || Services::start(&program.to_string_lossy()).await;
        let mut report = Report {
            machine: machine(),
            verification_cpu_ns: None,
            verifications: Vec::new(),
            renewals: Vec::new(),
            cold_starts: Vec::new(),
            units: Vec::new(),
            prices: Prices::read()?,
            month: None,
        };
        if self.wants(What::Cpu) {
            report.verification_cpu_ns = Some(verify::cpu_ns(self.rounds)?);
        }
        if self.wants(What::Verifications) {
            report.verifications = verify::measure(&services().await?, self.rounds, ROUND).await?;
        }
        if self.wants(What::Cold) {
            let beside = || program.parent().map(PathBuf::from).unwrap_or_default();
            let programs = self.programs.clone().unwrap_or_else(beside);
            report.cold_starts = cold::measure(&services().await?, &programs, self.rounds).await?;
        }
        if self.wants(What::Renewals) {
            let mut stores = Vec::new();
            for (due, idle) in [(FEW, 0), (self.due, 0), (FEW, self.idle)] {
                stores.push((services().await?, due, idle));
            }
            report.renewals = renewals::measure(&stores, self.rounds.div_ceil(2), RUN).await?;
        }
        if self.wants(What::Units) {
            let units: Units = units::measure(&services().await?).await?;
            report.month = Some(report.prices.month(&units));
            report.units = units.all().to_vec();
        }
        Ok(report)
    }
}
