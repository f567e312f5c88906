//! The page about leaks: its drill runs as shown, and each of its patterns finds what it should and nothing else.

use std::io::Write as _;
use std::net::TcpListener;
use std::process::{Command, Stdio};

use keyturn_domain::ids::TokenId;
use keyturn_domain::secret::{Kind, SecretString};
use keyturn_harness::process::Process;
use regex::Regex;
use serde_json::Value;
use tempfile::TempDir;
use uuid::Uuid;

use crate::pages::{Page, page};
use crate::support::shell::{output, shell};

const PAGE: &str = "infra/docs/leaks.md";

fn leaks() -> Page {
    page(PAGE)
}

#[tokio::test]
async fn the_drill_works_as_shown() {
    let free_port = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let (folder, stack_port, receiver_port) = (TempDir::new().unwrap(), free_port(), free_port());
    let local = |text: String| text.replace("8080", &stack_port).replace("9000", &receiver_port);
    let printed = |prefix: &'static str| move |line: &str| line.starts_with(prefix).then_some(());
    let stack = format!("exec '{}' --port {stack_port}", env!("CARGO_BIN_EXE_stack-under-test"));
    let stack = shell(folder.path(), &stack);
    let _stack = Process::start_until("the stack", stack, printed("EventBridge: ")).await.unwrap();
    let receiver = local(page("README.md").block("python3 - <<'PYTHON'\n"));
    let receiver = shell(folder.path(), &receiver.replacen("python3", "exec python3", 1));
    let _receiver = Process::start_until("the receiver", receiver, printed("waiting")).await.unwrap();

    let run = |start: &str| output(shell(folder.path(), &local(leaks().block(start))));
    let created: Value = serde_json::from_str(&run("MANAGE=")).unwrap();
    assert!(created["token"].is_string(), "{created}");
    let reported = run(
        "LEAKED=$(python3 -c 'import json; print(json.load(open(\"token.json\"))[\"token\"])')\ncurl -s http://127.0.0.1:8080/leaks",
    );
    assert!(reported.starts_with(r#"{"status":"ACCEPTED"}"#), "{reported}");
    let replaced = run(
        "LEAKED=$(python3 -c 'import json; print(json.load(open(\"token.json\"))[\"token\"])')\ncurl -s http://127.0.0.1:8080/apiAccessTokens/requestRenewedToken",
    );
    assert!(replaced.ends_with("401\n200\n"), "{replaced}");
}

/// Real strings of both kinds.
fn real() -> Vec<String> {
    let string = |kind, number: u8| {
        let id = TokenId::new(Uuid::from_u128(u128::MAX / 255 * u128::from(number)));
        SecretString::new(kind, id, &[number; 32]).expose().to_owned()
    };
    [0, 1, 77, 255]
        .into_iter()
        .flat_map(|number| [string(Kind::Token, number), string(Kind::Request, number)])
        .collect()
}

/// Texts in which a string stands, with what comes before and after.
const AROUND: [(&str, &str); 5] =
    [("", ""), ("token = \"", "\""), ("Bearer ", "\n"), ("KEY=", ";"), ("a:", ",b")];

/// What looks like one and is none.
fn false_strings() -> Vec<String> {
    let real = real().remove(0);
    vec![
        real[..74].to_owned(),
        format!("{real}0"),
        format!("x{real}"),
        format!("_{real}"),
        real.replacen("kat_", "kbt_", 1),
        real.replacen("kat_", "KAT_", 1),
        format!("{}-{}", &real[..30], &real[31..]),
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned(),
    ]
}

/// Whether one of these patterns finds exactly the real strings.
#[track_caller]
fn assert_finds(name: &str, patterns: &[Regex]) {
    let found = |text: &str| patterns.iter().find_map(|pattern| Some(pattern.captures(text)?[1].to_owned()));
    for string in real() {
        for (before, after) in AROUND {
            assert_eq!(found(&format!("{before}{string}{after}")), Some(string.clone()), "{name}: {before}");
        }
    }
    for text in false_strings() {
        assert_eq!(found(&text), None, "{name} finds {text}");
    }
}

/// The patterns of the rules in a TOML document.
fn rules(toml: &Value) -> Vec<Regex> {
    let rules = toml["rules"].as_array().unwrap();
    assert_eq!(rules.len(), 2);
    rules.iter().map(|rule| Regex::new(rule["regex"].as_str().unwrap()).unwrap()).collect()
}

fn toml(text: &str) -> Value {
    toml::from_str(text).unwrap()
}

/// gitleaks, TruffleHog and GitLab use RE2's syntax, as this crate's engine does.
#[test]
fn every_pattern_finds_the_strings_and_nothing_else() {
    assert_finds("gitleaks", &rules(&toml(&leaks().block("[[rules]]"))));
    let ruleset = toml(&leaks().block("[secrets]"));
    let passed = ruleset["secrets"]["passthrough"][0]["value"].as_str().unwrap();
    assert_finds("GitLab", &rules(&toml(passed)));

    let trufflehog = leaks().block("detectors:");
    let pattern = trufflehog.lines().find_map(|line| line.trim().strip_prefix("string: ")).unwrap();
    assert_finds("TruffleHog", &[Regex::new(pattern.trim_matches('\'')).unwrap()]);

    let text = leaks().text;
    let field = |name: &str| {
        let row = text.lines().find(|line| line.starts_with(&format!("| {name} |"))).unwrap();
        row.split('`').nth(1).unwrap().replace(r"\|", "|")
    };
    let [secret, before, after] = ["secret format", "before secret", "after secret"].map(field);
    assert_finds("GitHub", &[Regex::new(&format!("(?:{before})({secret})(?:{after})")).unwrap()]);
}

#[test]
fn the_checksum_leaves_no_false_positive() {
    let script = leaks().block("import sys, zlib");
    let mut python = Command::new("python3");
    python.args(["-c", &script]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut python = python.spawn().unwrap();
    let mistyped = real().into_iter().map(|string| {
        let last = if string.ends_with('0') { "1" } else { "0" };
        format!("{}{last}", &string[..74])
    });
    let candidates: Vec<_> = real().into_iter().chain(false_strings()).chain(mistyped).collect();
    python.stdin.take().unwrap().write_all(candidates.join("\n").as_bytes()).unwrap();
    let printed = String::from_utf8(python.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!(printed.lines().collect::<Vec<_>>(), real());
}

#[test]
fn the_types_that_gitlab_may_report_are_the_rules() {
    let ids: Vec<_> = toml(&leaks().block("[[rules]]"))["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| format!("gitleaks_rule_id_{}", rule["id"].as_str().unwrap()))
        .collect();
    let types = serde_json::to_value(keyturn_http::leak_view::TokenTypesView::all()).unwrap();
    assert_eq!(types["types"], serde_json::json!(ids));
}
