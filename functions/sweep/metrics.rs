//! The log line of a run: its counts, some of them as metrics in CloudWatch's embedded metric format, which needs no API call.
//! The alarms and the dashboard in `template.yaml` use the metrics; the dashboard's log widget shows all counts.
//!
//! CloudWatch charges a metric for each hour in which it has a value, so only counts above zero are metrics, and only those
//! that an alarm or a chart needs. The alarms treat missing data as zero.
//!
//! The format: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use keyturn_application::sweep::Summary;
use keyturn_domain::Timestamp;
use serde_json::{Value, json};

/// The CloudWatch namespace.
const NAMESPACE: &str = "Keyturn";

/// The dimension that separates deployments.
const DIMENSION: &str = "FunctionName";

/// The counts that are metrics.
const METRICS: [&str; 11] = [
    "OldestDueSeconds",
    "OldestCallbackSeconds",
    "OldestRenewalSeconds",
    "Left",
    "Requested",
    "Unredeemed",
    "WindowsEnded",
    "Undelivered",
    "Failed",
    "FailedShards",
    "Stuck",
];

/// The line of a run of the function with this name.
pub(crate) fn line(summary: &Summary, function: &str, at: Timestamp) -> Value {
    let counts = values(summary);
    let metrics = counts.iter().filter(|(name, _, value)| METRICS.contains(name) && *value != 0);
    let names: Vec<_> = metrics.map(|(name, unit, _)| json!({ "Name": name, "Unit": unit })).collect();
    let mut line = json!({ DIMENSION: function });
    if !names.is_empty() {
        let directive = json!({ "Namespace": NAMESPACE, "Dimensions": [[DIMENSION]], "Metrics": names });
        line["_aws"] = json!({ "Timestamp": at.timestamp_millis(), "CloudWatchMetrics": [directive] });
    }
    for (name, _, value) in counts {
        line[name] = value;
    }
    line
}

/// Every count with its unit.
fn values(summary: &Summary) -> [(&'static str, &'static str, Value); 29] {
    let count = |name, count: u64| (name, "Count", Value::from(count));
    let seconds = |name, seconds: i64| (name, "Seconds", Value::from(seconds));
    let oldest = &summary.oldest_by_kind;
    [
        // Backlog
        count("Due", summary.due + summary.left),
        count("Left", summary.left),
        count("ReceiversLeftOut", summary.receivers_left_out),
        count("MailsPutOff", summary.mails_put_off),
        count("MailsGathered", summary.mails_gathered),
        count("MailsOverLimit", summary.mails_over_limit),
        seconds("OldestDueSeconds", summary.oldest_due_seconds),
        seconds("OldestCallbackSeconds", oldest.callback),
        seconds("OldestRenewalSeconds", oldest.renewal),
        seconds("OldestRecordSeconds", oldest.record),
        seconds("OldestEventSeconds", oldest.event),
        seconds("OldestMailSeconds", oldest.mail),
        seconds("OldestReportSeconds", oldest.report),
        // Done
        count("Requested", summary.requested),
        count("Delivered", summary.delivered),
        count("Unredeemed", summary.unredeemed),
        count("WindowsEnded", summary.windows_ended),
        count("Leaks", summary.leaks),
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
    fn a_line_without_metrics_is_a_plain_one() {
        let line =
            line(&Summary { mails: 1, ..Summary::default() }, "keyturn-Sweep-1", Timestamp::UNIX_EPOCH);
        assert!(line.get("_aws").is_none() && line["Mails"] == 1, "{line}");
    }

    #[test]
    fn every_metric_is_a_count() {
        let counts = values(&Summary::default()).map(|(name, ..)| name);
        assert!(METRICS.iter().all(|metric| counts.contains(metric)));
    }

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
        let units = [("Left", "Count"), ("OldestDueSeconds", "Seconds")];
        let metrics = units.map(|(name, unit)| json!({ "Name": name, "Unit": unit }));
        assert_eq!(directive["Metrics"], json!(metrics), "a metric costs money, a field of the line doesn't");
        assert_eq!(
            (&line["Due"], &line["OldestDueSeconds"], &line["FailedMails"]),
            (&json!(5), &json!(61), &json!(1))
        );
        assert_eq!((&line["Failed"], &line["Mails"]), (&json!(0), &json!(0)));
    }
}
