//! Alarms and the dashboard use metrics that exist, and say what they are about.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use serde_json::Value;

use crate::support::deployment::{deployment, resources};
use crate::support::read;

const AWS_METRICS: [(&str, &str); 4] = [
    ("AWS/Lambda", "Invocations Errors Throttles"),
    ("AWS/SES", "Bounce Complaint Reject"),
    ("AWS/ApiGateway", "Count 4xx 5xx Latency IntegrationLatency"),
    (
        "AWS/DynamoDB",
        "ConsumedReadCapacityUnits ConsumedWriteCapacityUnits ReadThrottleEvents WriteThrottleEvents",
    ),
];

/// The alarms that the operations guide promises.
const ALARMS: &str = "RenewalBacklog DueIndexUnreadable ItemsStuck SweepErrors SweepMissed \
                      WindowsUnredeemed MailsBouncing ServerErrors BootstrapInvoked ProviderInvoked Throttled";

fn published() -> BTreeSet<String> {
    let source = read("functions/sweep/metrics.rs");
    let list = source.split_once("const METRICS").unwrap().1.split_once("];").unwrap().0;
    let names: BTreeSet<_> =
        Regex::new(r#""(\w+)""#).unwrap().captures_iter(list).map(|found| found[1].to_owned()).collect();
    assert!(names.contains("OldestDueSeconds"), "{names:?}");
    names
}

fn assert_exists(place: &str, namespace: &str, metric: &str) {
    let exists = match AWS_METRICS.iter().find(|(known, _)| *known == namespace) {
        Some((_, metrics)) => metrics.split(' ').any(|known| known == metric),
        None => namespace == "Keyturn" && published().contains(metric),
    };
    assert!(exists, "{place}: {namespace} {metric} is not published");
}

#[test]
fn alarms_use_existing_metrics_and_notify() {
    let alarms = resources("AWS::CloudWatch::Alarm");
    for name in ALARMS.split(' ') {
        assert!(alarms.contains_key(name), "no alarm {name}");
    }
    for (name, alarm) in &alarms {
        let assert_metric = |metric: &Value| {
            let [namespace, metric] = ["Namespace", "MetricName"].map(|part| metric[part].as_str().unwrap());
            assert_exists(name, namespace, metric);
        };
        match alarm["Metrics"].as_array() {
            None => assert_metric(alarm),
            Some(metrics) => {
                for metric in metrics.iter().filter_map(|metric| metric["MetricStat"].get("Metric")) {
                    assert_metric(metric);
                    let dimensions = metric["Dimensions"].as_array().unwrap();
                    assert!(!dimensions.is_empty(), "{name} is about the whole account");
                }
            }
        }
        assert_eq!(alarm["AlarmActions"][0]["Ref"], "AlarmTopic", "{name}");
    }
    // A missing schedule publishes nothing.
    assert_eq!(alarms["SweepMissed"]["TreatMissingData"], "breaching");
}

#[test]
fn throttles_of_the_table_and_of_each_index_count() {
    let alarms = ["Throttled", "IndexThrottled"].map(|name| resources("AWS::CloudWatch::Alarm")[name]);
    let indexes = resources("AWS::DynamoDB::Table")["Table"]["GlobalSecondaryIndexes"].as_array().unwrap();
    let mut expected: BTreeSet<_> = indexes.iter().map(|index| index["IndexName"].as_str()).collect();
    expected.insert(None);
    for metric in ["ReadThrottleEvents", "WriteThrottleEvents"] {
        let counted: BTreeSet<_> = alarms
            .iter()
            .flat_map(|alarm| alarm["Metrics"].as_array().unwrap())
            .filter(|part| part["MetricStat"]["Metric"]["MetricName"] == metric)
            .map(|part| {
                let mut dimensions = part["MetricStat"]["Metric"]["Dimensions"].as_array().unwrap().iter();
                let index = dimensions.find(|dimension| dimension["Name"] == "GlobalSecondaryIndexName");
                index.map(|dimension| dimension["Value"].as_str().unwrap())
            })
            .collect();
        assert_eq!(counted, expected, "{metric}");
    }
    for metrics in alarms.map(|alarm| alarm["Metrics"].as_array().unwrap()) {
        assert!(metrics.len() <= 11, "a metric math expression adds up at most 10 metrics");
        let sum = metrics.iter().find_map(|part| part["Expression"].as_str()).unwrap();
        for part in metrics {
            let id = part["Id"].as_str().unwrap();
            assert!(id == "result" || sum.contains(&format!("FILL({id}, 0)")), "{id} is not added");
        }
    }
}

#[test]
fn throttles_of_functions_with_concurrency_of_their_own_count() {
    let metrics = resources("AWS::CloudWatch::Alarm")["Throttled"]["Metrics"].to_string();
    for function in ["Authorizer", "Introspect", "RenewOwnToken", "RequestRenewedToken", "Sweep"] {
        assert!(metrics.contains(&format!(r#"{{"Ref":"{function}"}}"#)), "{function}");
    }
}

#[test]
fn alarm_mails_name_the_problem_and_the_advice() {
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
fn the_dashboard_shows_all_metrics() {
    let dashboard = resources("AWS::CloudWatch::Dashboard")["Dashboard"];
    let body = deployment(&[], BTreeMap::new()).text(&dashboard["DashboardBody"]);
    let body: Value = serde_json::from_str(&body).expect("its body is JSON");
    let mut shown = BTreeSet::new();
    for widget in body["widgets"].as_array().unwrap() {
        // A log widget has a query instead.
        for metric in widget["properties"]["metrics"].as_array().into_iter().flatten() {
            let text = |index: usize| metric[index].as_str().unwrap();
            assert_exists("the dashboard", text(0), text(1));
            assert!(!text(3).contains("${"), "{metric}");
            shown.insert(text(1).to_owned());
        }
    }
    let unseen: Vec<_> = published().into_iter().filter(|metric| !shown.contains(metric)).collect();
    assert!(unseen.is_empty(), "the dashboard lacks {unseen:?}");
}
