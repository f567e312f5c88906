//! AWS's own tools have no findings about the template.

use crate::support::{printed, tool};

/// The template, and those that the documentation offers.
const TEMPLATES: [&str; 4] = [
    "template.yaml",
    "infra/docs/edge.yaml",
    "infra/docs/protected-api.yaml",
    "infra/receivers/secrets-manager/template.yaml",
];

#[test]
fn sam_validates_the_template() {
    let mut sam = tool("sam");
    sam.args(["validate", "--lint", "--config-file", ".samconfig.toml", "--template", "template.yaml"]);
    let output = sam.output().unwrap();
    let text = printed(&output);
    assert!(output.status.success() && text.contains("is a valid SAM Template"), "{text}");
    assert!(!text.to_lowercase().contains("warn"), "{text}");
}

#[test]
fn cfn_lint_has_no_findings() {
    let output = tool("cfn-lint").args(["--non-zero-exit-code", "warning"]).args(TEMPLATES).output().unwrap();
    assert!(output.status.success() && printed(&output).is_empty(), "{}", printed(&output));
}
