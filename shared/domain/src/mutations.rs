//! Mutations: deliberate bugs, each of which the simulation must find. They exist only with the feature `mutations`, which
//! only the mutation tests enable, and apply only where a test enables one.

use std::cell::Cell;

use crate::Timestamp;

#[cfg(not(debug_assertions))]
compile_error!("mutations are for tests, not for release builds");

/// A deliberate bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// The overlap counts from the issue of the request token instead of from its redemption.
    OverlapFromIssue,
    /// A redemption is written without the condition on the version.
    RedemptionWithoutCondition,
    /// The entry of a redemption is written after the change instead of with it.
    OutboxAfterChange,
    /// The request token stays when its token is deactivated.
    RequestTokenKeptAtDeactivation,
    /// A callback that failed is retried with a new request token while the old one is live.
    NewRequestTokenAtRetry,
    /// A token that failed is made due again only after years.
    DeferredForgotten,
    /// A successor that was never used is handed over again after 2 hours, but not after 20.
    SecondCheckForgotten,
    /// A repeated pull creates another successor.
    SecondSuccessorByPull,
    /// A receiver that is left out of a run has a try of each of its items counted as failed, though nothing was sent.
    LeftOutTriesSpent,
    /// A string that was reported as leaked still pulls.
    PullByLeakedString,
    /// A leaked string ends with the overlap instead of soon after its successor's first use.
    LeakCheckForgotten,
}

impl Mutation {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::OverlapFromIssue,
        Self::RedemptionWithoutCondition,
        Self::OutboxAfterChange,
        Self::RequestTokenKeptAtDeactivation,
        Self::NewRequestTokenAtRetry,
        Self::DeferredForgotten,
        Self::SecondCheckForgotten,
        Self::SecondSuccessorByPull,
        Self::LeftOutTriesSpent,
        Self::PullByLeakedString,
        Self::LeakCheckForgotten,
    ];

    /// Enables it on this thread, instead of any other.
    pub fn enable(self) {
        ENABLED.set(Some(self));
    }

    /// Whether it's enabled on this thread.
    #[must_use]
    pub fn is_enabled(self) -> bool {
        ENABLED.get() == Some(self)
    }
}

/// When a successor is looked at; without the later check if that mutation is enabled.
pub(crate) fn checks(all: [Timestamp; 2]) -> [Timestamp; 2] {
    let [first, second] = all;
    [first, if Mutation::SecondCheckForgotten.is_enabled() { first } else { second }]
}

thread_local! {
    static ENABLED: Cell<Option<Mutation>> = const { Cell::new(None) };
}
