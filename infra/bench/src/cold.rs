//! Cold starts: from the start of the process to its first poll and its first answer, next to a function that does
//! nothing.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use keyturn_local::lambda;
use serde::Serialize;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::process::Command;

use crate::api::{Api, text};
use crate::runtime_api::{Seen, serve_one};
use crate::samples::{median, millis, start};
use crate::units::event_text;
use crate::world::Services;

/// What everything is compared to.
pub const HELLO: &str = "hello";

/// A program's cold start, medians.
#[derive(Clone, Debug, Serialize)]
pub struct ColdStart {
    /// The function.
    pub name: String,
    /// Milliseconds from the start of the process to the first poll: what Lambda calls the init phase.
    pub first_poll_ms: f64,
    /// Milliseconds from the start of the process to the first answer.
    pub first_answer_ms: f64,
    /// The first poll's time in units of the empty function's, run by run.
    pub first_poll_ratio: f64,
    /// Peak resident memory after the first answer, in MB.
    pub peak_mb: f64,
    /// Size of the deployment package, in MB.
    pub zipped_mb: f64,
}

struct Program {
    name: String,
    path: PathBuf,
    event: String,
    polls: Vec<f64>,
    answers: Vec<f64>,
    peaks: Vec<f64>,
}

/// Starts of each function in a round, one function after the other by turns.
const STARTS: usize = 9;

/// Starts each function in so many rounds. The programs are in this folder.
///
/// Each round starts copies of its own: how a file happens to lie in memory stays so for as long as it's there, and would
/// count in every start. A copy is written from the beginning to the end, as Lambda's unpacking does.
pub async fn measure(services: &Services, programs: &Path, rounds: usize) -> Result<Vec<ColdStart>> {
    let (environment, _) = services.environment(&services.dynamodb);
    let token =
        json!({"name": "partner", "rights": "READ_WRITE", "applications": ["API_ACCESS_TOKENS", "ORDERS"]});
    let created = Api::build(&environment).await?.create(&token).await?;
    let token = text(&created, "token")?;
    let mut programs: Vec<_> =
        names(programs)?.into_iter().map(|name| Program::new(programs, name, token)).collect();
    for _ in 0..rounds {
        let copies = tempfile::tempdir()?;
        for program in &programs {
            std::fs::copy(&program.path, copies.path().join(&program.name))?;
        }
        for _ in 0..STARTS {
            for program in &mut programs {
                program.run(services, copies.path()).await.with_context(|| program.name.clone())?;
            }
        }
    }
    let hello =
        programs.iter().find(|program| program.name == HELLO).context("no empty function")?.polls.clone();
    programs.iter().map(|program| program.result(&hello)).collect()
}

/// The empty function and all others that were built.
fn names(programs: &Path) -> Result<Vec<String>> {
    let functions = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../functions");
    let mut names = vec![HELLO.to_owned()];
    for folder in std::fs::read_dir(functions)? {
        names.push(folder?.file_name().to_string_lossy().into_owned());
    }
    names[1..].sort();
    names.retain(|name| programs.join(name).is_file());
    ensure!(
        names.len() > 1,
        "no function was built in {}: start this with `cargo xtask bench`",
        programs.display()
    );
    Ok(names)
}

impl Program {
    /// With the event that it's called with first: a request of whoever holds this token, for most of them.
    fn new(folder: &Path, name: String, token: &str) -> Self {
        let path = folder.join(&name);
        let event = match name.as_str() {
            "bootstrap" => json!({"companyId": "started-cold", "allowExistingCompany": true}).to_string(),
            "sweep" => include_str!("../../events/schedule.json").to_owned(),
            "authorizer" | HELLO => event_text(token),
            _ => include_str!("../../events/api-get-own-token.json").replace("TOKEN", token),
        };
        Self { name, path, event, polls: Vec::new(), answers: Vec::new(), peaks: Vec::new() }
    }

    async fn run(&mut self, services: &Services, copies: &Path) -> Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let mut command = Command::new(copies.join(&self.name));
        command
            .env_clear()
            .envs(services.variables(&services.dynamodb))
            .envs(lambda::variables(&self.name, 256, &listener.local_addr()?.to_string()))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let started = start();
        let mut process = command.spawn()?;
        let Seen { polled, answered, well, connection } = tokio::select! {
            seen = serve_one(&listener, &self.event) => seen?,
            status = process.wait() => anyhow::bail!("ended at its start with {}", status?),
        };
        ensure!(well, "answered with an error");
        self.polls.push(millis(polled - started));
        self.answers.push(millis(answered - started));
        self.peaks.push(peak_mb(process.id().context("the process is gone")?)?);
        drop(connection);
        process.kill().await?;
        Ok(())
    }

    fn result(&self, hello: &[f64]) -> Result<ColdStart> {
        let ratios: Vec<_> = self.polls.iter().zip(hello).map(|(own, hello)| own / hello).collect();
        Ok(ColdStart {
            name: self.name.clone(),
            first_poll_ms: median(&self.polls),
            first_answer_ms: median(&self.answers),
            first_poll_ratio: median(&ratios),
            peak_mb: median(&self.peaks),
            zipped_mb: zipped_mb(&self.path)?,
        })
    }
}

/// The most memory that a process ever had resident (`VmHWM`).
fn peak_mb(process: u32) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1_024.0 / 1e6)
}

/// The size after deflating, which is what a zip file does to its one member.
fn zipped_mb(program: &Path) -> Result<f64> {
    let output = std::process::Command::new("gzip").args(["-6", "-c"]).arg(program).output()?;
    ensure!(output.status.success(), "gzip failed");
    Ok(output.stdout.len() as f64 / 1e6)
}
