//! What the agent knows of one token. All of it but the fields that are skipped is in the state file.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::step::{Plan, Renewal};
use crate::secret::{Fingerprint, Secret, stored};

/// A moment by the machine's clock.
pub type Time = DateTime<Utc>;

/// How long the old string is kept after the new one was fetched: the overlap of 24 hours, and an hour for a wrong clock.
pub(super) const KEEP_PREVIOUS: TimeDelta = TimeDelta::hours(25);

/// What the agent knows of one token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Record {
    /// The string in use.
    pub current: Option<Held>,
    /// Its successor, not proven yet.
    pub next: Option<Next>,
    /// What the string in use replaced, until it ends.
    pub previous: Option<Previous>,
    /// A callback's request token that is not redeemed yet.
    pub request: Option<Request>,
    /// The initial string that was considered last, so that a replaced one is noticed.
    pub seed: Option<Fingerprint>,
    /// What each target holds.
    pub targets: BTreeMap<String, Copy>,
    /// What is to be done after a change.
    pub actions: BTreeMap<String, Act>,
    /// How the renewal stood at the last look.
    pub renewal: Option<Renewal>,
    /// When to ask Keyturn again.
    pub look_at: Option<Time>,
    /// The last answer of Keyturn.
    pub looked_at: Option<Time>,
    /// Why calls to Keyturn fail, and when the next one is made.
    pub trouble: Option<Trouble>,
    /// Renewals so far.
    pub renewals: u64,
    /// Keyturn's clock minus the machine's, in seconds, at the last answer.
    pub clock_skew: i64,

    /// Strings found outside the state that may be newer than what is held.
    #[serde(skip)]
    pub candidates: Vec<Candidate>,
    /// Strings found outside that are of no use.
    #[serde(skip)]
    pub rejected: BTreeSet<Fingerprint>,
    /// The last look said that the successor can be fetched.
    #[serde(skip)]
    pub fetch: bool,
    /// The initial string and the targets are to be read.
    #[serde(skip)]
    pub read_sources: bool,
}

/// A string and what Keyturn says of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Held {
    /// The string.
    #[serde(with = "stored")]
    pub string: Secret,
    /// What `GET /apiAccessTokens/self` answered.
    pub facts: Facts,
}

/// What `GET /apiAccessTokens/self` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Facts {
    /// The token's id.
    pub id: String,
    /// The series, the same through all renewals.
    pub series_id: String,
    /// The token's name.
    pub name: String,
    /// When it was created: of two tokens of a series, the later one is the newer one.
    pub created_at: Time,
    /// When it ends.
    pub expires_at: Option<Time>,
    /// When its renewal is due.
    pub renews_at: Option<Time>,
}

/// A fetched successor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Next {
    /// Its string.
    #[serde(with = "stored")]
    pub string: Secret,
    /// When it was fetched.
    pub since: Time,
    /// Keyturn has refused it: it is written nowhere until it is accepted.
    pub refused: bool,
}

/// A string that was replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Previous {
    /// The string.
    #[serde(flatten)]
    pub held: Held,
    /// Until when it is kept.
    pub until: Time,
}

/// A request token of a callback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// The request token.
    #[serde(with = "stored")]
    pub string: Secret,
    /// The token that redeems it.
    pub token_id: String,
    /// Until when, by Keyturn's clock.
    pub redeem_by: Option<Time>,
}

/// What a target holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Copy {
    /// The string that was read back from it last.
    pub holds: Option<Fingerprint>,
    /// Since when.
    pub since: Option<Time>,
    /// Why it can't be written.
    pub trouble: Option<Trouble>,
    /// Whether it was read since the last look: a file may have been removed, a machine restarted.
    #[serde(skip)]
    pub checked: bool,
}

/// Something to be done after a change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Act {
    /// Whether it is to be done.
    pub pending: bool,
    /// When it was done last.
    pub done_at: Option<Time>,
    /// Why it failed.
    pub trouble: Option<Trouble>,
}

/// Something that fails and is tried again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trouble {
    /// What is wrong. Holds no secret.
    pub what: String,
    /// Failures in a row.
    pub failures: u32,
    /// Since when.
    pub since: Time,
    /// When it is tried again.
    pub again_at: Time,
    /// Whether trying again can't help by itself.
    pub needs_person: bool,
}

/// A string found outside the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The string.
    pub string: Secret,
    /// Where it was found.
    pub origin: Origin,
}

/// Where a string was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The configured initial string.
    Seed,
    /// This target.
    Target(String),
}

impl Record {
    /// The string that every target should hold: the successor from its fetch on, unless Keyturn refuses it.
    #[must_use]
    pub fn desired(&self) -> Option<&Secret> {
        let next = self.next.as_ref().filter(|next| !next.refused).map(|next| &next.string);
        next.or_else(|| self.current.as_ref().map(|held| &held.string))
    }

    /// The held string of a token, or the one in use.
    pub(super) fn redeemer(&self, token_id: &str) -> Option<&Held> {
        let previous = self.previous.as_ref().map(|previous| &previous.held);
        previous.filter(|held| held.facts.id == token_id).or(self.current.as_ref())
    }

    /// The strings that a target may hold and that can be replaced without a question.
    #[must_use]
    pub fn known(&self) -> BTreeSet<Fingerprint> {
        let held = [
            self.current.as_ref().map(|held| &held.string),
            self.next.as_ref().map(|next| &next.string),
            self.previous.as_ref().map(|previous| &previous.held.string),
        ];
        let mut known = self.rejected.clone();
        known.extend(held.into_iter().flatten().map(Secret::fingerprint));
        known
    }

    /// Forgets what the configuration no longer names.
    pub fn tidy(&mut self, plan: &Plan) {
        self.targets.retain(|target, _| plan.targets.contains(target));
        self.actions.retain(|action, _| plan.actions.contains(action));
    }

    /// Makes everything due now, whatever was to be waited for.
    pub fn wake(&mut self) {
        self.read_sources = true;
        self.rejected.clear();
        self.look_at = None;
        self.trouble = None;
        self.wake_targets();
    }

    /// Makes failed targets and actions due now, and reads every target again.
    pub fn wake_targets(&mut self) {
        self.check_targets();
        let troubles = self.targets.values_mut().map(|copy| &mut copy.trouble);
        for trouble in troubles.chain(self.actions.values_mut().map(|act| &mut act.trouble)).flatten() {
            trouble.again_at = trouble.since;
        }
    }

    /// Reads every target again.
    pub(super) fn check_targets(&mut self) {
        self.targets.values_mut().for_each(|copy| copy.checked = false);
    }
}
