//! Schemathesis sends what the description allows and what it forbids, follows its links, and holds every answer against
//! it. `cargo xtask schemathesis --max-examples 500 --seed 1` does it for longer; what the tool is told stands in the
//! folder `schemathesis`.

use std::collections::BTreeMap;
use std::path::Path;

use regex::Regex;
use serde::Deserialize;
use serde_json::json;
use tokio::process::Command;

use crate::support::{DESCRIPTION, Options, TestStack, in_tests, python, root, said};

/// The short run: the same requests each time.
const SHORT: &str = "--max-examples 50 --seed 1";

/// What the hooks have counted.
#[derive(Debug, Deserialize)]
struct Summary {
    /// Answers by operation and status.
    answers: BTreeMap<String, BTreeMap<u16, u64>>,
    /// How often their own checks had something to look at.
    tried: BTreeMap<String, u64>,
}

/// What each run tries besides asking for every operation in another company's name.
const TRIED: [&str; 4] = ["other methods", "wrong endingBefore", "wrong endTime", "right endTime"];

/// Where the hooks leave it.
const SUMMARY: &str = "summary.json";

/// The tool with what it's told in any case.
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
async fn a_record_that_is_open_to_others_is_found() {
    let (stack, folder) = (TestStack::start().await, tempfile::tempdir().unwrap());
    // Whoever asks is of the same company, so that everything is answered.
    let mut command = tool(&stack, stack.management_token(), folder.path());
    command.args(["--checks", "records_are_closed_to_others", "--phases", "examples"]);
    let output = command.output().await.unwrap();
    assert!(!output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("another company is answered 200"), "{}", said(&output));
}

#[tokio::test]
async fn the_api_keeps_its_description() {
    #[expect(clippy::disallowed_methods, reason = "`cargo xtask schemathesis` tells how long to go on")]
    let options = std::env::var("KEYTURN_SCHEMATHESIS").unwrap_or_else(|_| SHORT.to_owned());
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let stack = TestStack::start_with(Options { data_dir: Some(&data), ..Options::default() }).await;
    let theirs = json!({"name": "theirs", "rights": "READ_WRITE", "applications": ["API_ACCESS_TOKENS"]});
    let other = stack.found(&data, "other").await.created(&theirs).await.text("token");
    let mut command = tool(&stack, &other, folder.path());
    // `promises.py` has a check that takes the place of this one.
    command.args(["--checks", "all", "--exclude-checks", "unsupported_method"]);
    command.args(["--phases", "examples,coverage,fuzzing,stateful"]).args(options.split_whitespace());
    let output = command.output().await.unwrap();
    assert!(output.status.success(), "{}", said(&output));

    // Nothing above says that the token was good and that requests reached what they are about.
    assert!(
        stack.manager().get("/apiAccessTokens/self").await.status == 200,
        "the tool has ended its own token"
    );
    let summary: Summary =
        serde_json::from_str(&std::fs::read_to_string(folder.path().join(SUMMARY)).unwrap()).unwrap();
    let answers = &summary.answers;
    let requests: u64 = answers.values().flat_map(BTreeMap::values).sum();
    #[expect(
        clippy::print_stdout,
        reason = "what the long run is for; a short one that passes shows nothing"
    )]
    {
        println!("{}\n{requests} requests: {summary:#?}", said(&output));
    }
    assert!(requests > 1_000, "{requests} requests");
    assert!(follows_links(&said(&output)), "too few links were followed: {}", said(&output));
    for (operation, answers) in answers {
        let succeeded = answers.keys().any(|status| (200..300).contains(status));
        assert!(succeeded, "{operation} never succeeds: {answers:?}");
    }
    let closed = answers.keys().filter(|it| it.contains("{id}")).map(|it| format!("{it} by another company"));
    for what in TRIED.map(str::to_owned).into_iter().chain(closed) {
        assert!(summary.tried.contains_key(&what), "{what}: never tried; {:?}", summary.tried);
    }
    let broken: Vec<_> = answers.values().flat_map(BTreeMap::keys).filter(|status| **status >= 500).collect();
    assert!(broken.is_empty(), "{summary:?}");
}

/// Whether most links of the description were followed, by what the tool says of it.
fn follows_links(said: &str) -> bool {
    let line = Regex::new(r"API Links: +(\d+) covered / (\d+) selected").unwrap();
    let numbers = line.captures(said).unwrap();
    let [followed, all] = [1, 2].map(|place| numbers[place].parse::<u32>().unwrap());
    followed * 4 >= all * 3
}

#[test]
fn links_that_are_not_followed_are_noticed() {
    assert!(follows_links("API Links:    22 covered / 22 selected / 22 total"));
    assert!(!follows_links("API Links:    15 covered / 22 selected / 22 total"));
}
