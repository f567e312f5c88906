//! The deployment guide explains every parameter and output; the settings of SAM hold what every deployment needs.

use std::collections::BTreeSet;

use regex::Regex;

use crate::support::deployment::translated;
use crate::support::read;

#[test]
fn every_parameter_and_output_is_documented() {
    let page = read("infra/docs/deploy.md");
    for part in ["Parameters", "Outputs"] {
        for name in translated()[part].as_object().unwrap().keys() {
            assert!(page.contains(&format!("| `{name}` |")), "infra/docs/deploy.md does not explain {name}");
        }
    }
    let rows = Regex::new(r"(?m)^\| `([A-Z]\w+)` \|").unwrap();
    let explained: BTreeSet<_> = rows.captures_iter(&page).map(|row| row[1].to_owned()).collect();
    for name in explained {
        let known = ["Parameters", "Outputs"].iter().any(|part| translated()[part].get(&name).is_some());
        assert!(known, "infra/docs/deploy.md explains {name}, which is gone");
    }
}

#[test]
fn sam_settings_hold_what_every_deployment_needs() {
    let settings: toml::Table = read(".samconfig.toml").parse().unwrap();
    let deploy = &settings["default"]["deploy"]["parameters"];
    assert_eq!(deploy["capabilities"].as_str(), Some("CAPABILITY_IAM"));
    assert_eq!(deploy["resolve_s3"].as_bool(), Some(true));
    assert!(settings["default"]["global"]["parameters"]["stack_name"].is_str());
}
