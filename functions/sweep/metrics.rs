//! Metrics of a run: one log line in CloudWatch's embedded metric format, which needs no API call. The alarms and the
//! dashboard in `template.yaml` use them.
//!
//! The format: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use keyturn_application::sweep::Summary;
use keyturn_domain::Timestamp;
use serde_json::{Value, json};

/// The CloudWatch namespace.
const NAMESPACE: &str = "Keyturn";

/// The dimension that separates deployments.
const DIMENSION: &str = "FunctionName";

/// The metrics line of a run of the function with this name.
pub(crate) fn line(summary: &Summary, function: &str, at: Timestamp) -> Value {
    let metrics = values(summary);
    let names: Vec<_> = metrics.iter().map(|(name, unit, _)| json!({ "Name": name, "Unit": unit })).collect();
    let mut line = json!({
        "_aws": {
            "Timestamp": at.timestamp_millis(),
            "CloudWatchMetrics": [{ "Namespace": NAMESPACE, "Dimensions": [[DIMENSION]], "Metrics": names }],
        },
        DIMENSION: function,
    });
    for (name, _, value) in metrics {
        line[name] = value;
    }
    line
}

/// Every metric with its unit. Zeros are included, so that a metric has no gaps.
fn values(summary: &Summary) -> [(&'static str, &'static str, Value); 19] {
    let count = |name, count: u64| (name, "Count", Value::from(count));
    [
        // Backlog
        count("Due", summary.due + summary.left),
        count("Left", summary.left),
        count("ReceiversLeftOut", summary.receivers_left_out),
        count("MailsPutOff", summary.mails_put_off),
        ("OldestDueSeconds", "Seconds", Value::from(summary.oldest_due_seconds)),
        // Done
        count("Requested", summary.requested),
        count("Delivered", summary.delivered),
        count("Unredeemed", summary.unredeemed),
        count("Renewed", summary.renewed),
        count("Expired", summary.expired),
        count("Mails", summary.mails),
        count("Events", summary.events),
        // Failures
        count("Failed", summary.failed),
        count("FailedTokens", summary.failed_tokens),
        count("Undelivered", summary.undelivered),
        count("FailedMails", summary.failed_mails),
        count("FailedEvents", summary.failed_events),
        count("FailedShards", summary.failed_shards),
        count("Stuck", summary.stuck),
    ]
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn the_line_follows_the_embedded_metric_format() {
        let summary =
            Summary { due: 3, left: 2, oldest_due_seconds: 61, failed_mails: 1, ..Summary::default() };
        let at = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let line = line(&summary, "keyturn-Sweep-1", at);

        let directive = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(line["_aws"]["Timestamp"], 1_700_000_000_000_i64);
        assert_eq!(directive["Namespace"], "Keyturn");
        assert_eq!(directive["Dimensions"], json!([["FunctionName"]]));
        assert_eq!(line["FunctionName"], "keyturn-Sweep-1");
        for metric in directive["Metrics"].as_array().unwrap() {
            let name = metric["Name"].as_str().unwrap();
            assert!(line[name].is_i64() || line[name].is_u64(), "{name} has no value in {line}");
        }
        assert_eq!(
            (&line["Due"], &line["OldestDueSeconds"], &line["FailedMails"]),
            (&json!(5), &json!(61), &json!(1))
        );
        assert_eq!(line["Failed"], 0, "zeros are included");
    }
}
