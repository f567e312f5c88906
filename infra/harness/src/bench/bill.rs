//! A month's bill, from counted calls and the prices of `prices.toml`: idle, with tokens that renew themselves monthly, and
//! for verifications.

use std::fmt::{self, Display, Formatter};

use serde::Serialize;

use super::prices::Prices;
use super::units::{Units, WHOLE_RENEWAL};

/// Minutes of a month of 30 days.
const MINUTES: f64 = 43_200.0;
const HOURS: f64 = 720.0;

/// Runs of the schedule a minute.
const RUNS: f64 = 8.0;

/// Memory of the functions in GB, as in the template.
const SWEEP_GB: f64 = 1.0;

/// Shards of the due index, as in the template. A query that finds nothing costs half a read unit.
const SHARDS: f64 = 24.0;
const API_GB: f64 = 0.25;

const GB: f64 = 1e9;

/// Write units with which the function on the stream claims the entry of a redemption.
const STREAM_WRITES: f64 = 3.0;

/// What AWS charges for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Item {
    Reads,
    Writes,
    Storage,
    Backup,
    Key,
    KeyUse,
    Invocations,
    GbSeconds,
    Schedules,
    ApiRequests,
    Events,
    Mails,
    Logs,
    Traces,
    Metrics,
    Alarms,
    Dashboard,
}

impl Item {
    const ALL: [(Self, &'static str); 17] = [
        (Self::Reads, "DynamoDB: reads"),
        (Self::Writes, "DynamoDB: writes"),
        (Self::Storage, "DynamoDB: storage"),
        (Self::Backup, "DynamoDB: point-in-time recovery"),
        (Self::Key, "KMS: key"),
        (Self::KeyUse, "KMS: requests"),
        (Self::Invocations, "Lambda: requests"),
        (Self::GbSeconds, "Lambda: GB-seconds"),
        (Self::Schedules, "EventBridge: schedules"),
        (Self::Events, "EventBridge: events"),
        (Self::ApiRequests, "API Gateway: requests"),
        (Self::Mails, "SES: mails"),
        (Self::Logs, "CloudWatch: logs"),
        (Self::Metrics, "CloudWatch: metrics"),
        (Self::Alarms, "CloudWatch: alarms"),
        (Self::Dashboard, "CloudWatch: dashboard"),
        (Self::Traces, "X-Ray: traces"),
    ];

    /// The price of one.
    fn price(self, prices: &Prices) -> f64 {
        match self {
            Self::Reads => prices.million_read_units / 1e6,
            Self::Writes => prices.million_write_units / 1e6,
            Self::Storage => prices.table_gb_month,
            Self::Backup => prices.backup_gb_month,
            Self::Key => prices.kms_key_month,
            Self::KeyUse => prices.million_kms_operations / 1e6,
            Self::Invocations => prices.million_invocations / 1e6,
            Self::GbSeconds => prices.million_gb_seconds / 1e6,
            Self::Schedules => prices.million_schedule_starts / 1e6,
            Self::ApiRequests => prices.million_api_requests / 1e6,
            Self::Events => prices.million_events / 1e6,
            Self::Mails => prices.million_mails / 1e6,
            Self::Logs => prices.log_gb,
            Self::Traces => prices.million_traces / 1e6,
            Self::Metrics => prices.metric_month,
            Self::Alarms => prices.alarm_metric_month,
            Self::Dashboard => prices.dashboard_month,
        }
    }

    /// How many are free in every month.
    const fn free(self, prices: &Prices) -> f64 {
        let free = &prices.free;
        match self {
            Self::Storage => free.table_gb,
            Self::KeyUse => free.kms_requests,
            Self::Invocations => free.lambda_requests,
            Self::GbSeconds => free.lambda_gb_seconds,
            Self::Schedules => prices.free_schedule_starts,
            Self::Logs => free.log_gb,
            Self::Traces => free.traces,
            Self::Metrics => free.metrics,
            Self::Alarms => free.alarm_metrics,
            Self::Dashboard => free.dashboards,
            Self::Reads
            | Self::Writes
            | Self::Backup
            | Self::Key
            | Self::ApiRequests
            | Self::Events
            | Self::Mails => 0.0,
        }
    }
}

/// How much of each item a month uses.
#[derive(Clone, Debug, Default)]
struct Usage(Vec<(Item, f64)>);

impl Usage {
    fn and(mut self, more: impl IntoIterator<Item = (Item, f64)>) -> Self {
        self.0.extend(more);
        self
    }

    fn of(&self, item: Item) -> f64 {
        self.0.iter().filter(|(used, _)| *used == item).map(|(_, count)| count).sum()
    }
}

/// The months that the bill shows.
const MONTHS: [&str; 4] = ["idle", "1,000 tokens", "1,000,000 tokens", "1,000,000 verifications"];

/// A month's bill for each of the months of the page, in US$.
#[derive(Clone, Debug, Serialize)]
pub struct Bill {
    rows: Vec<(&'static str, [f64; 4])>,
    /// Without what is free.
    pub total: [f64; 4],
    /// With what is free in every month.
    pub with_free_tier: [f64; 4],
    as_of: String,
}

impl Bill {
    /// The bill for measured units.
    #[must_use]
    pub fn of(prices: &Prices, units: &Units) -> Self {
        let idle = idle(prices);
        let verified = verifications(prices, 1e6);
        let usages = [
            idle.clone(),
            tokens(prices, units, idle.clone(), 1e3),
            tokens(prices, units, idle, 1e6),
            verified,
        ];
        let cost = |item: Item, free: bool| {
            usages.each_ref().map(|usage| {
                let count = usage.of(item) - if free { item.free(prices) } else { 0.0 };
                count.max(0.0) * item.price(prices)
            })
        };
        let sum = |free: bool| {
            Item::ALL.iter().fold([0.0; 4], |mut sum, (item, _)| {
                sum.iter_mut().zip(cost(*item, free)).for_each(|(sum, cost)| *sum += cost);
                sum
            })
        };
        let rows = Item::ALL.map(|(item, name)| (name, cost(item, false))).into();
        Self { rows, total: sum(false), with_free_tier: sum(true), as_of: prices.as_of.clone() }
    }
}

/// Requests for the table's key, which DynamoDB keeps for a while for each role.
fn table_key(prices: &Prices) -> (Item, f64) {
    (Item::KeyUse, MINUTES / prices.assumed.table_key_minutes)
}

fn idle(prices: &Prices) -> Usage {
    // Each metric of an alarm counts; only alarms name metrics so.
    let alarms = include_str!("../../../../template.yaml").matches("MetricName:").count();
    let runs = RUNS * MINUTES;
    Usage::default().and([
        (Item::Reads, SHARDS / 2.0 * MINUTES),
        (Item::Key, 1.0),
        table_key(prices),
        (Item::Schedules, runs),
        (Item::Invocations, runs),
        (Item::GbSeconds, runs * SWEEP_GB * prices.assumed.idle_sweep_ms / 1e3),
        (Item::Alarms, alarms as f64),
        (Item::Dashboard, 1.0),
    ])
}

/// A month in which each of so many tokens renews itself once, after more than a year of that.
fn tokens(prices: &Prices, units: &Units, idle: Usage, count: f64) -> Usage {
    let assumed = &prices.assumed;
    let renewal = units.of(WHOLE_RENEWAL).cloned().unwrap_or_default();
    let calls = |name: &str| f64::from(renewal.calls.get(name).copied().unwrap_or_default());
    let gb = units.renewal_bytes() * assumed.kept_renewals * count / GB;
    let functions =
        [(SWEEP_GB, assumed.renewal_sweep_ms), (API_GB, assumed.api_ms), (API_GB, assumed.api_ms)];
    let seconds = functions.map(|(gb, ms)| gb * ms / 1e3).into_iter().sum::<f64>();
    idle.and([
        (Item::Reads, renewal.read * count),
        (Item::Writes, (renewal.write + STREAM_WRITES) * count),
        (Item::Storage, gb),
        (Item::Backup, gb),
        (Item::KeyUse, (calls("Encrypt") + calls("Decrypt")) * count),
        table_key(prices),
        // The redemption, and the function on the stream that delivers its event and mail
        (Item::Invocations, 2.0 * count),
        (Item::GbSeconds, seconds * count),
        (Item::ApiRequests, count),
        (Item::Events, calls("PutEvents entry") * count),
        (Item::Mails, calls("SendEmail") * count),
        (Item::Logs, (assumed.access_log_bytes + assumed.sweep_log_bytes) * count / GB),
        // X-Ray samples the first request of each second; these come more slowly.
        (Item::Traces, count),
        (Item::Metrics, assumed.healthy_metrics),
    ])
}

/// Verifications by the authorizer, beside whatever else a deployment does. It's neither traced nor logged.
fn verifications(prices: &Prices, count: f64) -> Usage {
    Usage::default().and([
        (Item::Reads, count),
        (Item::Writes, prices.assumed.verified_tokens * HOURS),
        (Item::Invocations, count),
        (Item::GbSeconds, count * API_GB * prices.assumed.verification_ms / 1e3),
        table_key(prices),
    ])
}

/// Cents below US$ 10, whole dollars above.
#[must_use]
pub fn money(usd: f64) -> String {
    match usd {
        0.0 => "–".to_owned(),
        small if small < 0.005 => "0.00".to_owned(),
        small if small < 10.0 => format!("{small:.2}"),
        large => format!("{large:.0}"),
    }
}

impl Display for Bill {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "| US$ a month | {} |", MONTHS.join(" | "))?;
        writeln!(f, "| --- | ---: | ---: | ---: | ---: |")?;
        let totals = [
            ("**all in, without any free tier**", self.total),
            ("**all in, with the free tier**", self.with_free_tier),
        ];
        for (name, months) in self.rows.iter().chain(&totals) {
            writeln!(f, "| {name} | {} |", months.map(money).join(" | "))?;
        }
        writeln!(f, "\nPrices of {} in us-east-1.", self.as_of)
    }
}
