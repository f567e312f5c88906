//! Examples, excerpts and figures on the pages match the real thing.

use keyturn_simulation::headline::Load;
use regex::Regex;
use saphyr::{LoadableYamlNode as _, Yaml};
use serde_json::{Value, json};

use crate::pages::{page, pages, root};
use crate::support::{Receiver, TestStack};

const PROBLEM: &str = "{\n  \"type\": \"urn:keyturn:problem:validation-failed\"";
const CALLBACK: &str = "{\n  \"type\": \"apiAccessToken.renewalRequested\"";
const PROVIDER: &str = "{\n  \"id\": \"corp\"";

/// The JSON block of the integration guide that starts with this text.
fn example(start: &str) -> Value {
    serde_json::from_str(&page("infra/docs/integrate.md").block(start)).unwrap()
}

/// Field names and value types, at every level.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), shape(value))).collect(),
        Value::String(_) => "text".into(),
        Value::Number(_) => "number".into(),
        other => other.clone(),
    }
}

#[tokio::test]
async fn problem_document_matches_the_example() {
    let stack = TestStack::start().await;
    let body = json!({"name": "", "rights": "READ", "applications": ["ORDERS"]});
    let answer = stack.manager().post("/apiAccessTokens", &body).await;
    assert_eq!(answer.body, example(PROBLEM));
}

#[tokio::test]
async fn callback_matches_the_example() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let body = json!({
        "name": "partner", "rights": "READ", "applications": ["ORDERS"],
        "autoRenewal": {"everyDays": 30, "callback": {"url": receiver.url()}},
    });
    assert_eq!(stack.manager().post("/apiAccessTokens", &body).await.status, 201);
    stack.advance(30 * 86_400).await;
    let sent = receiver.received().pop().unwrap().body;
    let shown = example(CALLBACK);
    assert_eq!(shape(&sent), shape(&shown));
    assert_eq!((&sent["type"], &sent["data"]["attempt"]), (&shown["type"], &shown["data"]["attempt"]));
}

/// The same event is invoked in `tests/deployment/emulator.rs`.
#[test]
fn provider_record_is_the_event_that_the_function_takes() {
    let event = std::fs::read_to_string(root().join("infra/events/provider.json")).unwrap();
    let shown = page("infra/docs/sign-in.md").block(PROVIDER);
    let parsed = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert_eq!(parsed(&shown), parsed(&event));
}

#[test]
fn every_json_block_is_compared_or_a_policy_and_every_yaml_block_parses() {
    for block in pages().iter().flat_map(|page| page.blocks()) {
        let compared = [PROBLEM, CALLBACK, PROVIDER].iter().any(|start| block.text.starts_with(start));
        let is_policy = serde_json::from_str(&block.text).is_ok_and(|json: Value| json["Effect"] == "Allow");
        assert!(
            block.language != "json" || compared || is_policy,
            "{}: not compared with real output",
            block.location
        );
        let parsed = Yaml::load_from_str(&block.text);
        assert!(block.language != "yaml" || parsed.is_ok(), "{}: {parsed:?}", block.location);
    }
}

/// Table rows with three numbers: the label and the numbers without separators and emphasis.
fn rows(text: &str) -> Vec<Vec<String>> {
    let cells = |line: &str| -> Vec<String> {
        let cells = line.trim_matches('|').split('|');
        cells.map(|cell| cell.replace([',', '*'], "").trim().to_owned()).collect()
    };
    let is_row = |row: &Vec<String>| row.len() == 4 && row[1..].iter().all(|it| it.parse::<u32>().is_ok());
    text.lines().filter(|line| line.starts_with('|')).map(cells).filter(is_row).collect()
}

#[test]
fn excerpts_of_the_endpoint_guide_are_in_their_files() {
    let guide = page("infra/docs/adding-an-endpoint.md").text;
    let mut count = 0;
    for step in Regex::new(r"(?m)^\d\. `").unwrap().split(&guide).skip(1) {
        let (path, text) = step.split_once('`').unwrap();
        let source = std::fs::read_to_string(root().join(path)).unwrap();
        let excerpt = text.split("```").nth(1).unwrap_or_default().lines().skip(1).map(str::trim);
        for line in excerpt.filter(|line| !line.ends_with('…')) {
            assert!(source.contains(line), "{path} does not contain: {line}");
            count += 1;
        }
    }
    assert!(count > 20, "{count} lines");
}

/// `cargo xtask test --all` only: a simulation of 6,000 renewals in a build without optimisation.
mod slow {
    use super::*;

    #[test]
    fn readme_shows_the_simulated_figures() {
        let simulated = rows(&Load::headline(1).table().unwrap());
        let shown = rows(&page("README.md").text);
        assert_eq!(simulated.len(), 7);
        assert!(simulated.iter().all(|row| shown.contains(row)), "{simulated:?} are not in {shown:?}");
    }
}
