//! Schemathesis sends what the description allows and what it forbids, follows its links, and holds every answer against
//! it. `cargo xtask schemathesis --max-examples 500 --seed 1` does it for longer; what the tool is told stands in the
//! folder `schemathesis`.

use std::collections::BTreeMap;

use crate::support::{DESCRIPTION, TestStack, in_tests, python, root, said};

/// The short run: the same requests each time.
const SHORT: &str = "--max-examples 50 --seed 1";

/// Answers by operation and status.
type Summary = BTreeMap<String, BTreeMap<u16, u64>>;

#[tokio::test]
async fn the_api_keeps_its_description() {
    #[expect(clippy::disallowed_methods, reason = "`cargo xtask schemathesis` tells how long to go on")]
    let options = std::env::var("KEYTURN_SCHEMATHESIS").unwrap_or_else(|_| SHORT.to_owned());
    let stack = TestStack::start().await;
    let folder = tempfile::tempdir().unwrap();
    let summary = folder.path().join("summary.json");
    let config = in_tests("schemathesis/schemathesis.toml");

    let mut command = python();
    command.current_dir(folder.path()).args(["-m", "schemathesis.cli", "--config-file"]).arg(config);
    command.arg("run").arg(root().join(DESCRIPTION)).args(["--url", stack.address()]);
    command.args(["--checks", "all", "--phases", "examples,coverage,fuzzing,stateful"]);
    command.args(["--suppress-health-check", "all", "--no-color"]).args(options.split_whitespace());
    command.env("PYTHONPATH", in_tests("schemathesis")).env("KEYTURN_API", stack.address());
    command.env("KEYTURN_TOKEN", stack.management_token()).env("KEYTURN_SUMMARY", &summary);
    let output = command.output().await.unwrap();
    assert!(output.status.success(), "{}", said(&output));

    // Nothing above says that the token was good and that requests reached what they are about.
    assert!(
        stack.manager().get("/apiAccessTokens/self").await.status == 200,
        "the tool has ended its own token"
    );
    let summary: Summary = serde_json::from_str(&std::fs::read_to_string(summary).unwrap()).unwrap();
    let requests: u64 = summary.values().flat_map(BTreeMap::values).sum();
    #[expect(
        clippy::print_stdout,
        reason = "what the long run is for; a short one that passes shows nothing"
    )]
    {
        println!("{}\n{requests} requests: {summary:#?}", said(&output));
    }
    assert!(requests > 1_000, "{requests} requests");
    for (operation, answers) in &summary {
        let succeeded = answers.keys().any(|status| (200..300).contains(status));
        assert!(succeeded, "{operation} never succeeds: {answers:?}");
    }
    let broken: Vec<_> = summary.values().flat_map(BTreeMap::keys).filter(|status| **status >= 500).collect();
    assert!(broken.is_empty(), "{summary:?}");
}
