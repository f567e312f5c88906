//! What the tools of the trade say about the template: nothing.

use crate::support::python::{said, tool};
use crate::support::root;

#[test]
fn sam_finds_the_template_valid() {
    let template = root().join("template.yaml");
    let output = tool("sam")
        .args(["validate", "--lint", "--config-file", ".samconfig.toml", "--template"])
        .arg(&template)
        .output()
        .unwrap();
    let text = said(&output);
    assert!(output.status.success() && text.contains("is a valid SAM Template"), "{text}");
    assert!(!text.to_lowercase().contains("warn"), "{text}");
}

#[test]
fn cfn_lint_finds_nothing() {
    let output =
        tool("cfn-lint").args(["--non-zero-exit-code", "warning", "template.yaml"]).output().unwrap();
    assert!(output.status.success() && said(&output).is_empty(), "{}", said(&output));
}
