//! Cold starts: from the start of the process to its first poll and its first answer, compared with an empty function.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, bail, ensure};
use keyturn_local::lambda;
use serde::Serialize;
use serde_json::json;
use tokio::process::Command;

use super::api::{Api, COMPANY};
use super::runtime_api::RuntimeApi;
use super::services::Services;
use super::units::event_text;
use crate::http::text;
use crate::measure::{median, millis, now};
use crate::process::memory;

const HELLO: &str = "hello";

/// Starts of each function in a round, in turns.
const STARTS: usize = 9;

/// A program's cold start, medians.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ColdStart {
    pub(crate) name: String,
    /// From the start of the process to the first poll: what Lambda calls the init phase.
    pub(crate) first_poll_ms: f64,
    /// From the start of the process to the first answer.
    pub(crate) first_answer_ms: f64,
    /// The first poll's time as a multiple of the baseline's, run by run.
    pub(crate) first_poll_ratio: f64,
    /// Peak resident memory after the first answer.
    pub(crate) peak_mb: f64,
    pub(crate) zipped_mb: f64,
}

struct Program {
    name: String,
    path: PathBuf,
    event: String,
    polls: Vec<f64>,
    answers: Vec<f64>,
    peaks: Vec<f64>,
}

/// Starts each function of this folder in this many rounds.
///
/// Each round starts new copies, because the placement of a file in the page cache affects every start of it. A copy is
/// written sequentially, as Lambda unpacks it.
pub(crate) async fn measure(services: &Services, programs: &Path, rounds: usize) -> Result<Vec<ColdStart>> {
    let (environment, _) = services.environment(services.dynamodb()?)?;
    let token =
        json!({"name": "partner", "rights": "READ_WRITE", "applications": ["API_ACCESS_TOKENS", "ORDERS"]});
    let created = Api::build(&environment).await?.create(&token).await?;
    let token = text(&created, "token")?;
    let mut programs: Vec<_> =
        names(programs)?.into_iter().map(|name| Program::new(programs, name, token)).collect();
    let mut runtime_api = RuntimeApi::start().await?;
    for _ in 0..rounds {
        let copies = tempfile::tempdir()?;
        for program in &programs {
            std::fs::copy(&program.path, copies.path().join(&program.name))?;
        }
        for _ in 0..STARTS {
            for program in &mut programs {
                let run = program.run(services, copies.path(), &mut runtime_api).await;
                run.with_context(|| program.name.clone())?;
            }
        }
    }
    let baseline =
        programs.iter().find(|program| program.name == HELLO).context("no baseline")?.polls.clone();
    programs.iter().map(|program| program.result(&baseline)).collect()
}

/// The baseline and all functions that were built.
fn names(programs: &Path) -> Result<Vec<String>> {
    let functions = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../functions");
    let mut names = vec![HELLO.to_owned()];
    for folder in std::fs::read_dir(functions)? {
        names.push(folder?.file_name().to_string_lossy().into_owned());
    }
    names[1..].sort();
    names.retain(|name| programs.join(name).is_file());
    ensure!(names.len() > 1, "{} has no function: use `cargo xtask bench`", programs.display());
    Ok(names)
}

impl Program {
    /// With its first event: for most of them a request by the holder of this token.
    fn new(folder: &Path, name: String, token: &str) -> Self {
        let event = match name.as_str() {
            "bootstrap" => json!({"companyId": COMPANY, "allowExistingCompany": true}).to_string(),
            "deliver" => json!({"Records": []}).to_string(),
            "sweep" => include_str!("../../../events/schedule.json").to_owned(),
            "authorizer" | HELLO => event_text(token),
            _ => include_str!("../../../events/api-get-own-token.json").replace("TOKEN", token),
        };
        let path = folder.join(&name);
        Self { name, path, event, polls: Vec::new(), answers: Vec::new(), peaks: Vec::new() }
    }

    async fn run(&mut self, services: &Services, copies: &Path, api: &mut RuntimeApi) -> Result<()> {
        let mut command = Command::new(copies.join(&self.name));
        command
            .env_clear()
            .envs(services.variables(services.dynamodb()?)?)
            .envs(lambda::variables(&self.name, 256, &api.address))
            // As in template.yaml
            .env("MIMALLOC_ALLOW_THP", "0")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        api.offer(&self.event)?;
        let started = now();
        let mut process = command.spawn()?;
        let (polled, answered) = tokio::select! {
            times = api.answered() => times?,
            status = process.wait() => bail!("ended at its start with {}", status?),
        };
        self.polls.push(millis(polled - started));
        self.answers.push(millis(answered - started));
        let memory = process.id().and_then(memory).context("its memory is unknown")?;
        self.peaks.push(memory.peak as f64 * 1_024.0 / 1e6);
        process.kill().await?;
        Ok(())
    }

    fn result(&self, baseline: &[f64]) -> Result<ColdStart> {
        let ratios: Vec<_> = self.polls.iter().zip(baseline).map(|(own, baseline)| own / baseline).collect();
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

/// The size after deflating, which is what a zip file does to its one member.
fn zipped_mb(program: &Path) -> Result<f64> {
    let output = std::process::Command::new("gzip").args(["-6", "-c"]).arg(program).output()?;
    ensure!(output.status.success(), "gzip failed");
    Ok(output.stdout.len() as f64 / 1e6)
}
