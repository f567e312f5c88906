//! What the state says of a token, for people and for monitoring. Holds no secret.

use serde::Serialize;

use super::record::{Record, Time, Trouble};
use super::step::{Plan, Renewal};

/// How a token stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// Everything is as it should be.
    Fresh,
    /// Something failed and is tried again; the string in use is still good.
    Retrying,
    /// A person is needed.
    Attention,
}

/// The status of a token.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenStatus {
    /// The name in the configuration.
    pub token: String,
    /// How it stands.
    pub condition: Condition,
    /// The name in Keyturn, the series and the id of the token in use.
    pub name: Option<String>,
    /// The series, the same through all renewals.
    pub series_id: Option<String>,
    /// The id of the token in use.
    pub token_id: Option<String>,
    /// When the string in use ends.
    pub expires_at: Option<Time>,
    /// When its renewal is due.
    pub renews_at: Option<Time>,
    /// How the renewal stands.
    pub renewal: Option<Renewal>,
    /// The last answer of Keyturn.
    pub last_success: Option<Time>,
    /// The next call.
    pub next_look: Option<Time>,
    /// Renewals by this agent.
    pub renewals: u64,
    /// Until when the string before this one is kept.
    pub previous_until: Option<Time>,
    /// Keyturn's clock minus the machine's, in seconds.
    pub clock_skew: i64,
    /// Each target.
    pub targets: Vec<TargetStatus>,
    /// What is wrong, in words.
    pub problems: Vec<String>,
}

/// The status of a target.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TargetStatus {
    /// The target.
    pub target: String,
    /// Whether it holds the newest string.
    pub up_to_date: bool,
    /// Since when it holds what it holds.
    pub since: Option<Time>,
}

/// A clock that differs by more is reported, without being a fault: AWS refuses requests from 5 minutes on.
const SKEW: i64 = 60;

impl TokenStatus {
    /// The status of a token.
    #[must_use]
    pub fn of(token: &str, record: &Record, plan: &Plan, now: Time) -> Self {
        let desired = record.desired().map(crate::secret::Secret::fingerprint);
        let copy = |target: &String| record.targets.get(target).cloned().unwrap_or_default();
        let facts = record.current.as_ref().map(|held| &held.facts);
        let targets = plan.targets.iter().map(|target| {
            let copy = copy(target);
            let up_to_date = desired.is_some() && copy.holds == desired;
            TargetStatus { target: target.clone(), up_to_date, since: copy.since }
        });
        let mut status = Self {
            token: token.to_owned(),
            condition: Condition::Fresh,
            name: facts.map(|facts| facts.name.clone()),
            series_id: facts.map(|facts| facts.series_id.clone()),
            token_id: facts.map(|facts| facts.id.clone()),
            expires_at: facts.and_then(|facts| facts.expires_at),
            renews_at: facts.and_then(|facts| facts.renews_at),
            renewal: record.renewal,
            last_success: record.looked_at,
            next_look: record.trouble.as_ref().map(|trouble| trouble.again_at).or(record.look_at),
            renewals: record.renewals,
            previous_until: record.previous.as_ref().map(|previous| previous.until),
            clock_skew: record.clock_skew,
            targets: targets.collect(),
            problems: Vec::new(),
        };
        status.report(record, plan, now);
        status
    }

    fn report(&mut self, record: &Record, plan: &Plan, now: Time) {
        let mut found = Vec::new();
        match &record.current {
            None => found.push((Condition::Attention, "no valid token string is known yet".to_owned())),
            Some(held) if held.facts.expires_at.is_some_and(|end| end <= now) => {
                found.push((Condition::Attention, "the string in use has expired".to_owned()));
            }
            Some(_) if record.renewal == Some(Renewal::None) => {
                found.push((Condition::Attention, "the token does not renew itself".to_owned()));
            }
            Some(_) => {}
        }
        found.extend(record.trouble.as_ref().map(|trouble| troubled("Keyturn", trouble)));
        for target in &plan.targets {
            let trouble = record.targets.get(target).and_then(|copy| copy.trouble.as_ref());
            found.extend(trouble.map(|trouble| troubled(&format!("target {target}"), trouble)));
        }
        // Once the old string has ended, what a target still holds is of no use to anybody.
        if record.previous.is_none() && record.next.is_none() {
            let behind = self.targets.iter().filter(|target| !target.up_to_date && target.since.is_some());
            found.extend(behind.map(|target| {
                (Condition::Attention, format!("target {} does not hold a valid string", target.target))
            }));
        }
        for action in &plan.actions {
            let act = record.actions.get(action).filter(|act| act.pending);
            let trouble = act.and_then(|act| act.trouble.as_ref());
            found.extend(trouble.map(|trouble| troubled(&format!("after a change: {action}"), trouble)));
        }
        if record.clock_skew.abs() > SKEW {
            let text =
                format!("this machine's clock differs from Keyturn's by {} seconds", record.clock_skew);
            found.push((Condition::Fresh, text));
        }
        self.condition = found.iter().map(|(condition, _)| *condition).max().unwrap_or(Condition::Fresh);
        self.problems = found.into_iter().map(|(_, text)| text).collect();
    }
}

fn troubled(what: &str, trouble: &Trouble) -> (Condition, String) {
    let condition = if trouble.needs_person { Condition::Attention } else { Condition::Retrying };
    let since = trouble.since.format("%Y-%m-%dT%H:%M:%SZ");
    let times = if trouble.failures == 1 { "once" } else { "again and again" };
    (condition, format!("{what}: {} ({times} since {since})", trouble.what))
}
