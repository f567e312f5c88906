//! What needs attention: each kind as a function of a token's summary and the time. And what was and will be renewed, by day.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};

use crate::Timestamp;
use crate::history::RenewalMethod;
use crate::ids::TokenId;
use crate::limits;
use crate::settings::Name;
use crate::summary::TokenSummary;
use crate::token::{AgeLevel, Status};

/// Windows and days of one token that the overview looks back at.
const LOOKED_BACK: i32 = 31;

/// A kind of token that needs attention. A token can be of several kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attention {
    /// Its string leaked, or may have, and is valid still.
    Leaked,
    /// The last delivery of its callback failed.
    FailingCallback,
    /// A request token was not redeemed in time, or a successor that the token fetches itself was not fetched for a day.
    Unredeemed,
    /// It was created by a renewal two hours ago or earlier and has never been used.
    SuccessorUnused,
    /// It expires within 30 days and does not renew itself.
    Expiring,
    /// A predecessor that has been used since its renewal and ends within 4 hours, or was in use up to its end.
    OverlapInUse,
    /// Older than 6 months.
    Orange,
    /// Older than a year.
    Red,
    /// Not used for 90 days.
    Unused,
}

impl Attention {
    /// All kinds, the most urgent first.
    pub const ALL: [Self; 9] = [
        Self::Leaked,
        Self::FailingCallback,
        Self::Unredeemed,
        Self::SuccessorUnused,
        Self::OverlapInUse,
        Self::Expiring,
        Self::Red,
        Self::Orange,
        Self::Unused,
    ];

    /// The kind as requests and answers name it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Leaked => "LEAKED",
            Self::FailingCallback => "FAILING_CALLBACK",
            Self::Unredeemed => "UNREDEEMED",
            Self::SuccessorUnused => "SUCCESSOR_UNUSED",
            Self::Expiring => "EXPIRING",
            Self::OverlapInUse => "OVERLAP_IN_USE",
            Self::Orange => "ORANGE",
            Self::Red => "RED",
            Self::Unused => "UNUSED",
        }
    }

    /// Since when a token is of this kind or, for those that end, when it ends; `None` if it is not.
    #[must_use]
    pub fn since(self, token: &TokenSummary, used: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Leaked => {
                let leak = token.leak.as_ref().filter(|_| token.status(now) == Status::Active);
                leak.map(|leak| leak.reported_at)
            }
            Self::OverlapInUse => overlap_in_use(token, used, now),
            _ if !token.is_current(now) => None,
            Self::FailingCallback => {
                let last = token.pending?.last_delivery?;
                (!last.success).then_some(last.at)
            }
            Self::Unredeemed => unredeemed(token, now),
            Self::SuccessorUnused => {
                let is_late = token.created_at + limits::UNUSED_CHECKS[0] <= now;
                let is_unused = token.renewed_from.is_some() && used.is_none();
                (is_unused && is_late).then_some(token.created_at)
            }
            Self::Expiring => {
                let renews = token.auto_renewal.is_some();
                token.expires_at.filter(|end| !renews && *end <= now + limits::OVERVIEW_DAYS)
            }
            Self::Orange => of_age(token, AgeLevel::Orange, now),
            Self::Red => of_age(token, AgeLevel::Red, now),
            Self::Unused => {
                let since = used.unwrap_or(token.created_at);
                (since + limits::UNUSED_AFTER <= now).then_some(since)
            }
        }
    }
}

fn unredeemed(token: &TokenSummary, now: Timestamp) -> Option<Timestamp> {
    if let Some(pending) = token.pending.filter(|pending| pending.missed(now) > 0) {
        return Some(pending.requested_at);
    }
    let pulls = token.auto_renewal.as_ref().filter(|renewal| renewal.pull && token.pending.is_none())?;
    (pulls.next_renewal_at + TimeDelta::days(1) <= now).then_some(pulls.next_renewal_at)
}

fn overlap_in_use(token: &TokenSummary, used: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    let (renewed_at, end) = token.renewed_at.zip(token.expires_at)?;
    let last = used.filter(|last| *last > renewed_at && token.deactivated_at.is_none())?;
    let is_near = end - limits::OVERLAP_NOTICE <= now && now < end;
    // The last use is exact to an hour.
    let was_cut_off = end <= now && now < end + limits::CUT_OFF_SHOWN;
    let up_to_the_end = end - last <= limits::LAST_USED_RESOLUTION;
    (is_near || was_cut_off && up_to_the_end).then_some(end)
}

fn of_age(token: &TokenSummary, level: AgeLevel, now: Timestamp) -> Option<Timestamp> {
    (token.age_level(now) == level).then_some(token.created_at)
}

/// When the token's next renewal is due, if that is within the next 30 days.
#[must_use]
pub fn upcoming(token: &TokenSummary, now: Timestamp) -> Option<Timestamp> {
    let at = token.auto_renewal.as_ref().filter(|_| token.is_current(now))?.next_renewal_at;
    (now <= at && at < now + limits::OVERVIEW_DAYS).then_some(at)
}

/// Renewals of a day that has passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// A request token was redeemed.
    pub redemption: u32,
    /// The token fetched its successor.
    pub pull: u32,
    /// The schedule renewed.
    pub schedule: u32,
    /// A caller renewed.
    pub manual: u32,
    /// The record does not say how, since an earlier version renewed.
    pub unknown: u32,
    /// A window passed without a redemption, a day without a pull, or the token expired before its renewal.
    pub failed: u32,
}

impl Past {
    const fn count(&mut self, how: Option<RenewalMethod>) {
        let count = match how {
            Some(RenewalMethod::Redemption) => &mut self.redemption,
            Some(RenewalMethod::Pull) => &mut self.pull,
            Some(RenewalMethod::Schedule) => &mut self.schedule,
            Some(RenewalMethod::Manual) => &mut self.manual,
            None => &mut self.unknown,
        };
        *count += 1;
    }
}

/// A token of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Since when it is of this kind, or when it ends.
    pub at: Timestamp,
    /// Its id.
    pub id: TokenId,
    /// Its name.
    pub name: Name,
    /// Its successor.
    pub renewed_by: Option<TokenId>,
}

/// An overview of tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overview {
    groups: BTreeMap<Attention, Vec<Item>>,
    /// Renewals of the next 30 days, by day in UTC.
    pub upcoming: BTreeMap<NaiveDate, u32>,
    /// Renewals of the last 30 days, by day in UTC.
    pub past: BTreeMap<NaiveDate, Past>,
}

impl Overview {
    /// Adds a token that was last used then.
    pub fn add(&mut self, token: &TokenSummary, used: Option<Timestamp>, now: Timestamp) {
        for kind in Attention::ALL {
            if let Some(at) = kind.since(token, used, now) {
                let (name, renewed_by) = (token.name.clone(), token.renewed_by);
                self.groups.entry(kind).or_default().push(Item { at, id: token.id, name, renewed_by });
            }
        }
        if let Some(at) = upcoming(token, now) {
            *self.upcoming.entry(at.date_naive()).or_default() += 1;
        }
        self.add_past(token, now);
    }

    /// How many tokens are of a kind.
    #[must_use]
    pub fn count(&self, kind: Attention) -> usize {
        self.groups.get(&kind).map_or(0, Vec::len)
    }

    /// The first tokens of a kind: those that are of it for the longest time, or end soonest.
    #[must_use]
    pub fn first(&self, kind: Attention) -> Vec<&Item> {
        let mut items: Vec<_> = self.groups.get(&kind).into_iter().flatten().collect();
        items.sort_by_key(|item| (item.at, item.id));
        items.truncate(limits::OVERVIEW_ITEMS);
        items
    }

    fn add_past(&mut self, token: &TokenSummary, now: Timestamp) {
        let is_recent = |at: &Timestamp| now - limits::OVERVIEW_DAYS < *at && *at <= now;
        if let Some(at) = token.renewed_at.filter(is_recent) {
            self.past.entry(at.date_naive()).or_default().count(token.renewed_how);
        }
        for at in failures(token, now).into_iter().filter(is_recent) {
            self.past.entry(at.date_naive()).or_default().failed += 1;
        }
    }
}

/// When a renewal that has not happened failed: each window that passed, each day without a pull, and the expiry.
fn failures(token: &TokenSummary, now: Timestamp) -> Vec<Timestamp> {
    let is_open = token.renewed_by.is_none() && token.deactivated_at.is_none();
    let renewal = token.auto_renewal.as_ref().filter(|renewal| is_open && renewal.next_renewal_at <= now);
    let Some(renewal) = renewal else { return Vec::new() };
    let due = renewal.next_renewal_at;
    if let Some(end) = token.expires_at.filter(|end| *end <= now) {
        return if due <= end { vec![end] } else { Vec::new() };
    }
    match token.pending {
        Some(pending) => {
            // From the latest window, or the one before while it is open.
            let missed = pending.missed(now);
            let first = usize::try_from(pending.attempt - missed).unwrap_or_default();
            let windows = (0..LOOKED_BACK).skip(first).take(usize::try_from(missed).unwrap_or_default());
            windows.map(|back| pending.redeem_by() - limits::WINDOW_INTERVAL * back).collect()
        }
        None if renewal.pull => {
            let missed = (now - due).num_days();
            let days = (0..LOOKED_BACK).map(|back| missed - i64::from(back)).take_while(|day| *day > 0);
            days.map(|day| due + TimeDelta::days(day)).collect()
        }
        None => Vec::new(),
    }
}
