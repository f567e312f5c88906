//! What the agent can do, and how it can go.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::record::{Candidate, Facts, Time};
use crate::secret::{Fingerprint, Secret};

/// What the configuration says about one token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The targets, by what identifies each.
    pub targets: Vec<String>,
    /// What is done after a change, by what identifies each.
    pub actions: Vec<String>,
    /// Whether the token fetches its successor itself; otherwise a callback says when.
    pub pull: bool,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Read the initial string and, where nothing valid is held, the strings that the targets hold.
    ReadSources {
        /// Whether targets are read.
        targets: bool,
    },
    /// `GET /apiAccessTokens/self` with a string.
    Prove(Subject, Secret),
    /// `GET /apiAccessTokens/self/renewalInfo`.
    Look(Secret),
    /// `POST /apiAccessTokens/self/renew`.
    Fetch(Secret),
    /// Redeem a request token.
    Redeem {
        /// The token string that redeems.
        with: Secret,
        /// The request token.
        request: Secret,
    },
    /// Write a string to a target, unless it holds it, and read it back.
    Write {
        /// The target.
        target: String,
        /// The string.
        string: Secret,
        /// The strings that may be replaced: any other token string that the target holds is reported instead.
        known: BTreeSet<Fingerprint>,
        /// Whether the state says that the target holds it: for targets that can't be read.
        recorded: bool,
    },
    /// Do what the configuration says after a change.
    Act(String),
    /// Forget the string before the one in use, which has ended.
    Forget,
    /// Do nothing until then.
    Wait(Time),
}

/// Which string is proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The successor.
    Next,
    /// The first of the strings found outside.
    Candidate,
}

/// How a renewal stands, as `renewalInfo` says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Renewal {
    /// The token does not renew itself.
    None,
    /// The renewal is not due yet.
    Scheduled,
    /// It is due.
    Due,
    /// There is a successor.
    Renewed,
}

/// How a step went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// What the sources hold.
    Sources(Vec<Candidate>),
    /// Keyturn accepts the string.
    Proven(Facts),
    /// Keyturn does not accept the string, with its reason.
    Refused(String),
    /// How the renewal stands.
    Renewal {
        /// The state.
        state: Renewal,
        /// When the renewal is due.
        renews_at: Option<Time>,
        /// When to ask again.
        retry_after: TimeDelta,
    },
    /// The successor's string.
    Successor(Secret),
    /// The renewal is not due.
    NotDue(TimeDelta),
    /// Keyturn can't renew the token by itself, with its reason.
    Conflict(String),
    /// The request token can't be redeemed any more.
    Dead,
    /// The target held the string already.
    Unchanged,
    /// The target holds the string now, and has been read back.
    Changed,
    /// The target holds another token string.
    Found(Secret),
    /// Done.
    Done,
    /// It failed, and may succeed later.
    Failed(Failure),
}

/// A failure that may pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What is wrong. Holds no secret.
    pub what: String,
    /// How long the other side asks to wait.
    pub retry_after: Option<TimeDelta>,
}

impl Failure {
    /// A failure; everything in the text that looks like a secret is replaced.
    #[must_use]
    pub fn new(what: &str) -> Self {
        Self { what: crate::secret::scrub(what), retry_after: None }
    }
}
