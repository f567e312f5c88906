//! The linter finds no error and no warning in the description.

use serde_json::Value;

use crate::support::{DESCRIPTION, node, output_of, root};

/// Lints a file; returns the numbers of errors and warnings, and the problems.
async fn lint(file: &std::path::Path) -> (u64, u64, String) {
    let mut command = node("@redocly/cli/bin/cli.js");
    command.arg("lint").arg(file).args(["--extends", "recommended-strict", "--format", "json"]);
    // Of two paths that match, API Gateway takes the one with the fixed segment, as the local gateway does.
    command.args(["--skip-rule", "no-ambiguous-paths"]);
    // The linter looks for settings in the working directory; there are none.
    let folder = tempfile::tempdir().unwrap();
    command.current_dir(folder.path());
    command.env("REDOCLY_TELEMETRY", "off").env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true");
    let output = command.output().await.unwrap();
    let report: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", output_of(&output)));
    let count = |kind: &str| report["totals"][kind].as_u64().unwrap();
    (count("errors"), count("warnings"), report["problems"].to_string())
}

#[tokio::test]
async fn finds_no_error_and_no_warning() {
    let (errors, warnings, problems) = lint(&root().join(DESCRIPTION)).await;
    assert_eq!((errors, warnings), (0, 0), "{problems}");
}

#[tokio::test]
async fn finds_a_missing_operation_id() {
    let text = std::fs::read_to_string(root().join(DESCRIPTION)).unwrap();
    let invalid = text.replacen("\"operationId\": \"createApiAccessToken\",", "", 1);
    assert_ne!(invalid, text);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("openapi.json");
    std::fs::write(&file, invalid).unwrap();
    let (errors, _, problems) = lint(&file).await;
    assert!(errors > 0 && problems.contains("operation-operationId"), "{problems}");
}
