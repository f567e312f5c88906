//! Mutations: deliberate bugs, each of which the simulation must find. They exist only with the feature `mutations`, which
//! only the mutation tests enable, and apply only where a test enables one.

use std::cell::Cell;

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
}

impl Mutation {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::OverlapFromIssue,
        Self::RedemptionWithoutCondition,
        Self::OutboxAfterChange,
        Self::RequestTokenKeptAtDeactivation,
        Self::NewRequestTokenAtRetry,
        Self::DeferredForgotten,
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

thread_local! {
    static ENABLED: Cell<Option<Mutation>> = const { Cell::new(None) };
}
