//! checkov has no findings about the templates but those that are refused with a reason.

use serde_json::Value;

use crate::support::read;

const SETTINGS: &str = ".config/checkov.yaml";

/// The rules that are refused for all resources, each with the lines of comment above it.
fn refused() -> Vec<(String, String)> {
    let settings = read(SETTINGS);
    let (_, list) = settings.split_once("skip-check:\n").unwrap();
    let (mut reason, mut refused) = (String::new(), Vec::new());
    for line in list.lines().map(str::trim) {
        match line.strip_prefix("- ") {
            Some(rule) => refused.push((rule.to_owned(), std::mem::take(&mut reason))),
            None => reason.push_str(line.trim_start_matches("# ")),
        }
    }
    refused
}

#[test]
fn every_refused_rule_has_a_reason() {
    let refused = refused();
    assert!(!refused.is_empty());
    for (rule, reason) in refused {
        assert!(rule.starts_with("CKV") && reason.len() > 40, "{rule}: {reason}");
    }
    for template in ["template.yaml", "infra/docs/edge.yaml"] {
        let template = read(template);
        let suppressed = template.matches("- id: CKV").count();
        assert!(suppressed > 0 && suppressed == template.matches("            comment: ").count());
    }
}

/// `cargo xtask test --all` only: checkov takes ten seconds to start and read the template.
mod slow {
    use keyturn_harness::tools::checkov;

    use super::{SETTINGS, Value, refused};
    use crate::support::printed;

    #[test]
    fn checkov_has_no_findings() {
        let report = run(&["--config-file", SETTINGS]);
        let failed = report["results"]["failed_checks"].as_array().unwrap();
        let failed: Vec<_> = failed.iter().map(|it| (&it["check_id"], &it["resource"])).collect();
        assert!(failed.is_empty(), "{failed:#?}");
        assert!(report["summary"]["passed"].as_u64().unwrap() > 50, "{}", report["summary"]);
        assert_eq!(report["summary"]["parsing_errors"], 0);
    }

    #[test]
    fn no_rule_is_refused_without_need() {
        let rules = refused().into_iter().map(|(rule, _)| rule).collect::<Vec<_>>();
        let arguments = ["--framework", "cloudformation", "--skip-download", "--file", "template.yaml"];
        let report = run(&[&arguments[..], &["--check", &rules.join(",")]].concat());
        let failed = report["results"]["failed_checks"].to_string();
        for rule in rules {
            assert!(failed.contains(&format!("\"{rule}\"")), "nothing breaks {rule}");
        }
    }

    fn run(arguments: &[&str]) -> Value {
        let output = checkov().unwrap().args(arguments).args(["--output", "json", "--soft-fail"]).output();
        let output = output.unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", printed(&output)))
    }
}
