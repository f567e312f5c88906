//! Schemathesis sends requests that the description allows or forbids, follows its links, and checks every response against
//! it. `cargo xtask schemathesis --max-examples 500 --seed 1` runs it for longer; the folder `schemathesis` configures it.

use std::collections::BTreeMap;
use std::path::Path;

use regex::Regex;
use serde::Deserialize;
use serde_json::json;
use tokio::process::Command;

use crate::support::{DESCRIPTION, TestStack, in_tests, output_of, python, root};

/// The default run: the same requests each time.
const DEFAULT: &str = "--max-examples 50 --seed 1";

/// The counts of the hooks.
#[derive(Debug, Deserialize)]
struct Summary {
    /// Responses by operation and status.
    answers: BTreeMap<String, BTreeMap<u16, u64>>,
    /// How often their own checks applied.
    tried: BTreeMap<String, u64>,
}

/// What each run must try, besides every operation as another company.
const TRIED: [&str; 4] = ["other methods", "wrong endingBefore", "wrong endTime", "right endTime"];

/// Operations on people who have signed in, and nobody has here: the contract tests try them, by another company too.
const ON_PEOPLE: [&str; 3] =
    ["POST /people/{id}/bar", "POST /people/{id}/readmit", "POST /sessions/{id}/end"];

/// The file with the counts.
const SUMMARY: &str = "summary.json";

/// The tool with its common arguments.
fn tool(stack: &TestStack, other: &str, folder: &Path) -> Command {
    let mut command = python();
    command.current_dir(folder).args(["-m", "schemathesis.cli", "--config-file"]);
    command.arg(in_tests("schemathesis/schemathesis.toml"));
    command.arg("run").arg(root().join(DESCRIPTION)).args(["--url", stack.address()]);
    command.args(["--suppress-health-check", "all", "--no-color"]);
    command.env("PYTHONPATH", in_tests("schemathesis")).env("KEYTURN_API", stack.address());
    command.env("KEYTURN_TOKEN", stack.management_token()).env("KEYTURN_OTHER_TOKEN", other);
    command.env("KEYTURN_SUMMARY", folder.join(SUMMARY));
    command
}

#[tokio::test]
async fn detects_records_that_other_companies_can_read() {
    let (stack, folder) = (TestStack::start().await, tempfile::tempdir().unwrap());
    // The "other" token is of the same company, so every request succeeds.
    let mut command = tool(&stack, stack.management_token(), folder.path());
    command.args(["--checks", "records_are_closed_to_others", "--phases", "examples"]);
    let output = command.output().await.unwrap();
    assert!(!output.status.success(), "{}", output_of(&output));
    assert!(output_of(&output).contains("another company gets 200"), "{}", output_of(&output));
}

#[tokio::test]
async fn api_conforms_to_its_description() {
    #[expect(clippy::disallowed_methods, reason = "`cargo xtask schemathesis` sets the options")]
    let options = std::env::var("KEYTURN_SCHEMATHESIS").unwrap_or_else(|_| DEFAULT.to_owned());
    let folder = tempfile::tempdir().unwrap();
    let stack = TestStack::on_disk().await;
    let theirs = json!({"name": "theirs", "rights": "READ_WRITE", "applications": ["API_ACCESS_TOKENS"]});
    let other = stack.add_company("other").await.created(&theirs).await.string();
    let mut command = tool(&stack, &other, folder.path());
    // `checks.py` replaces this check.
    command.args(["--checks", "all", "--exclude-checks", "unsupported_method"]);
    command.args(["--phases", "examples,coverage,fuzzing,stateful"]).args(options.split_whitespace());
    let output = command.output().await.unwrap();
    assert!(output.status.success(), "{}", output_of(&output));

    // The tool must not have ended its own token, and its requests must have reached existing records.
    stack.manager().own_token().await.expect(200);
    let summary: Summary =
        serde_json::from_str(&std::fs::read_to_string(folder.path().join(SUMMARY)).unwrap()).unwrap();
    let answers = &summary.answers;
    let requests: u64 = answers.values().flat_map(BTreeMap::values).sum();
    #[expect(clippy::print_stdout, reason = "the result of a long run")]
    {
        println!("{}\n{requests} requests: {summary:#?}", output_of(&output));
    }
    assert!(requests > 1_000, "{requests} requests");
    assert!(follows_links(&output_of(&output)), "too few links were followed: {}", output_of(&output));
    let reachable = || answers.iter().filter(|(operation, _)| !ON_PEOPLE.contains(&operation.as_str()));
    for (operation, answers) in reachable() {
        let succeeded = answers.keys().any(|status| (200..300).contains(status));
        assert!(succeeded, "{operation} never succeeds: {answers:?}");
    }
    let records = reachable().map(|(operation, _)| operation).filter(|it| it.contains("{id}"));
    let closed = records.map(|it| format!("{it} by another company"));
    for what in TRIED.map(str::to_owned).into_iter().chain(closed) {
        assert!(summary.tried.contains_key(&what), "{what}: never tried; {:?}", summary.tried);
    }
    let broken: Vec<_> = answers.values().flat_map(BTreeMap::keys).filter(|status| **status >= 500).collect();
    assert!(broken.is_empty(), "{summary:?}");
}

/// Whether most links of the description were followed, according to the tool's output.
fn follows_links(output: &str) -> bool {
    let line = Regex::new(r"API Links: +(\d+) covered / (\d+) selected").unwrap();
    let numbers = line.captures(output).unwrap();
    let [followed, all] = [1, 2].map(|place| numbers[place].parse::<u32>().unwrap());
    followed * 4 >= all * 3
}

#[test]
fn detects_links_that_were_not_followed() {
    assert!(follows_links("API Links:    22 covered / 22 selected / 22 total"));
    assert!(!follows_links("API Links:    15 covered / 22 selected / 22 total"));
}
