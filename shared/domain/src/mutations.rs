//! Bugs on purpose, for the mutation tests of the simulation: each is one that a rotation product might have, and the
//! simulation must find it. They exist only behind the feature `mutations`, which nothing enables but those tests, and
//! take hold only where a test plants one.

use std::cell::Cell;

#[cfg(not(debug_assertions))]
compile_error!("planted bugs are for mutation tests; no release build takes them");

/// A bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// The overlap counts from the issue of the request token instead of from its redemption.
    OverlapFromIssue,
    /// A redemption is written without looking at the version that was decided upon.
    RedemptionWithoutCondition,
    /// What a redemption owes is written after the change instead of with it.
    OutboxAfterChange,
    /// The request token stays when its token is deactivated.
    KeyKeptAtDeactivation,
    /// A callback that failed is retried with a new request token while the old one is live.
    NewKeyAtRetry,
}

impl Mutation {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::OverlapFromIssue,
        Self::RedemptionWithoutCondition,
        Self::OutboxAfterChange,
        Self::KeyKeptAtDeactivation,
        Self::NewKeyAtRetry,
    ];

    /// Plants it on this thread, instead of any other.
    pub fn enable(self) {
        ENABLED.set(Some(self));
    }

    /// Whether it's planted on this thread.
    #[must_use]
    pub fn is_enabled(self) -> bool {
        ENABLED.get() == Some(self)
    }
}

thread_local! {
    static ENABLED: Cell<Option<Mutation>> = const { Cell::new(None) };
}
