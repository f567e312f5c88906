//! The deployment guide explains every parameter and output; the settings of SAM hold what every deployment needs.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use crate::support::deployment::{deployment, functions, translated};
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
fn the_security_page_says_what_every_role_is_worth_to_a_thief() {
    let page = read("infra/docs/security.md");
    let (_, table) = page.split_once("| role of | gives access to |").unwrap();
    let (table, _) = table.split_once("\n\n").unwrap();
    let roles: String = table.lines().filter_map(|row| row.split('|').nth(1)).collect();
    let assessed: BTreeSet<_> = roles.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    let deployed = functions(&deployment(&[], BTreeMap::new()));
    assert_eq!(assessed, deployed.into_keys().collect(), "the left is infra/docs/security.md");
}

#[test]
fn sam_settings_hold_what_every_deployment_needs() {
    let settings: toml::Table = read(".samconfig.toml").parse().unwrap();
    let deploy = &settings["default"]["deploy"]["parameters"];
    assert_eq!(deploy["capabilities"].as_str(), Some("CAPABILITY_IAM"));
    assert_eq!(deploy["resolve_s3"].as_bool(), Some(true));
    assert!(settings["default"]["global"]["parameters"]["stack_name"].is_str());
}
