//! Alarms and the dashboard: each stands on a metric that exists, and says what it is about.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use serde_json::Value;

use crate::support::deployment::{deployment, resources};
use crate::support::read;

/// Metrics of AWS's own that are used here.
const OF_AWS: [(&str, &[&str]); 5] = [
    ("AWS/Lambda", &["Invocations", "Errors", "Throttles"]),
    ("AWS/SQS", &["ApproximateNumberOfMessagesVisible"]),
    ("AWS/SES", &["Send", "Delivery", "Bounce", "Complaint", "Reject"]),
    ("AWS/ApiGateway", &["Count", "4xx", "5xx", "Latency", "IntegrationLatency"]),
    (
        "AWS/DynamoDB",
        &[
            "ConsumedReadCapacityUnits",
            "ConsumedWriteCapacityUnits",
            "ReadThrottleEvents",
            "WriteThrottleEvents",
        ],
    ),
];

/// The metrics that the sweep publishes, as its code names them.
fn published() -> BTreeSet<String> {
    let source = read("functions/sweep/src/metrics.rs");
    let named = Regex::new(r#"count\("(\w+)"|\("(\w+)", "Seconds""#).unwrap();
    let names: BTreeSet<_> = named
        .captures_iter(&source)
        .map(|found| found.iter().skip(1).flatten().next().unwrap().as_str().to_owned())
        .collect();
    assert!(names.contains("OldestDueSeconds") && names.len() > 10, "{names:?}");
    names
}

fn assert_exists(place: &str, namespace: &str, metric: &str) {
    let exists = match OF_AWS.iter().find(|(known, _)| *known == namespace) {
        Some((_, metrics)) => metrics.contains(&metric),
        None => namespace == "Keyturn" && published().contains(metric),
    };
    assert!(exists, "{place}: nobody publishes {namespace} {metric}");
}

#[test]
fn every_alarm_watches_a_metric_that_exists_and_tells_somebody() {
    let alarms = resources("AWS::CloudWatch::Alarm");
    for name in [
        "RenewalBacklog",
        "SweepErrors",
        "SweepMissed",
        "DeadLettersWaiting",
        "WindowsUnredeemed",
        "MailsBouncing",
        "ServerErrors",
        "Throttled",
    ] {
        assert!(alarms.contains_key(name), "no alarm {name}");
    }
    for (name, alarm) in &alarms {
        match alarm["Metrics"].as_array() {
            None => assert_exists(
                name,
                alarm["Namespace"].as_str().unwrap(),
                alarm["MetricName"].as_str().unwrap(),
            ),
            Some(metrics) => {
                for metric in metrics.iter().filter_map(|metric| metric["MetricStat"].get("Metric")) {
                    assert_exists(
                        name,
                        metric["Namespace"].as_str().unwrap(),
                        metric["MetricName"].as_str().unwrap(),
                    );
                    assert!(
                        !metric["Dimensions"].as_array().unwrap().is_empty(),
                        "{name} is about the whole account"
                    );
                }
            }
        }
        assert_eq!(alarm["AlarmActions"][0]["Ref"], "AlarmTopic", "{name}");
    }
    assert_eq!(
        alarms["SweepMissed"]["TreatMissingData"], "breaching",
        "a schedule that is gone publishes nothing"
    );
}

#[test]
fn an_alarm_mail_says_what_is_wrong_and_where_the_advice_is() {
    let resolver = deployment(&[("Stage", "staging")], BTreeMap::new());
    let advice = read("infra/docs/operate.md");
    for (name, alarm) in resources("AWS::CloudWatch::Alarm") {
        let text = resolver.text(&alarm["AlarmDescription"]);
        assert!(text.starts_with("Keyturn (staging): "), "{text}");
        assert!(text.ends_with(&format!("See {name} in infra/docs/operate.md.")), "{text}");
        assert!(advice.contains(&format!("| `{name}` |")), "infra/docs/operate.md says nothing of {name}");
    }
    assert!(!deployment(&[], BTreeMap::new()).holds("HasAlarmMail"));
    assert!(deployment(&[("AlarmMail", "ops@example.com")], BTreeMap::new()).holds("HasAlarmMail"));
}

#[test]
fn the_dashboard_shows_metrics_that_exist() {
    let dashboard = resources("AWS::CloudWatch::Dashboard")["Dashboard"];
    let body = deployment(&[], BTreeMap::new()).text(&dashboard["DashboardBody"]);
    let body: Value = serde_json::from_str(&body).expect("its body is JSON");
    let mut shown = BTreeSet::new();
    for widget in body["widgets"].as_array().unwrap() {
        for metric in widget["properties"]["metrics"].as_array().unwrap() {
            let text = |index: usize| metric[index].as_str().unwrap();
            assert_exists("the dashboard", text(0), text(1));
            assert!(!text(3).contains("${"), "{metric}");
            shown.insert(text(1).to_owned());
        }
    }
    let unseen: Vec<_> = published().into_iter().filter(|metric| !shown.contains(metric)).collect();
    assert!(unseen.is_empty(), "nobody looks at {unseen:?}");
}
