//! The overview as JSON.

use chrono::NaiveDate;
use keyturn_domain::overview::{Attention, Item, Overview, Past};
use serde::Serialize;
use uuid::Uuid;

use crate::view::time;
#[cfg(feature = "openapi")]
use crate::words;

/// What needs attention, and what was and will be renewed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "Overview"))]
pub struct OverviewView {
    /// Whether all tokens were looked at. If not, each count is of the newest ones, and there may be more.
    complete: bool,
    /// The `startingAfter` of the rest; absent if all were looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "String", extend("format" = "uuid")))]
    continue_after: Option<String>,
    /// Every kind, the most urgent first, also those without tokens.
    attention: Vec<AttentionView>,
    /// Renewals that fall due in the next 30 days: days that have some.
    upcoming_renewals: Vec<UpcomingView>,
    /// Renewals of the last 30 days: days that had some.
    past_renewals: Vec<PastView>,
}

/// Tokens of one kind.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "Attention"))]
struct AttentionView {
    /// The kind. More may be added.
    #[cfg_attr(feature = "openapi", schemars(extend("examples" = words::ATTENTION)))]
    kind: &'static str,
    /// How many there are.
    count: usize,
    /// The first of them, 20 at most: those that are of this kind for the longest time, or end soonest.
    items: Vec<AttentionItemView>,
}

/// A token of a kind.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "AttentionItem"))]
struct AttentionItemView {
    /// The token's id.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "uuid")))]
    id: String,
    /// Its name.
    name: String,
    /// Since when it is of this kind, or when it ends.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    at: String,
    /// The id of its successor.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "uuid")))]
    renewed_by: Option<String>,
}

/// Renewals of a day to come.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "UpcomingRenewals"))]
struct UpcomingView {
    /// The day, in UTC.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date")))]
    date: String,
    /// How many fall due.
    count: u32,
}

/// Renewals of a day that has passed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema), schemars(rename = "PastRenewals"))]
struct PastView {
    /// The day, in UTC.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date")))]
    date: String,
    /// Done by redeeming the request token of a callback.
    by_callback: u32,
    /// Done by the token itself.
    by_pull: u32,
    /// Done by the schedule.
    by_schedule: u32,
    /// Done by hand.
    by_hand: u32,
    /// Done by a version that did not note how.
    unknown: u32,
    /// Windows that passed without a redemption, days without a pull, and tokens that expired before their renewal.
    failed: u32,
}

impl OverviewView {
    /// The overview of the tokens that were looked at. `next` is the last of them, if there may be more.
    #[must_use]
    pub fn new(overview: &Overview, next: Option<Uuid>) -> Self {
        let upcoming = overview.upcoming.iter();
        Self {
            complete: next.is_none(),
            continue_after: next.map(|id| id.to_string()),
            attention: Attention::ALL.map(|kind| AttentionView::new(overview, kind)).into(),
            upcoming_renewals: upcoming
                .map(|(date, count)| UpcomingView { date: day(*date), count: *count })
                .collect(),
            past_renewals: overview.past.iter().map(|(date, past)| PastView::new(*date, *past)).collect(),
        }
    }
}

impl AttentionView {
    fn new(overview: &Overview, kind: Attention) -> Self {
        let items = overview.first(kind).into_iter().map(AttentionItemView::from).collect();
        Self { kind: kind.as_str(), count: overview.count(kind), items }
    }
}

impl From<&Item> for AttentionItemView {
    fn from(item: &Item) -> Self {
        Self {
            id: item.id.to_string(),
            name: item.name.as_str().to_owned(),
            at: time(item.at),
            renewed_by: item.renewed_by.map(|id| id.to_string()),
        }
    }
}

impl PastView {
    fn new(date: NaiveDate, past: Past) -> Self {
        let Past { redemption, pull, schedule, manual, unknown, failed } = past;
        Self {
            date: day(date),
            by_callback: redemption,
            by_pull: pull,
            by_schedule: schedule,
            by_hand: manual,
            unknown,
            failed,
        }
    }
}

fn day(date: NaiveDate) -> String {
    date.format("%Y-%m-%d").to_string()
}
