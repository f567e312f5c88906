//! Test callbacks: a request token that redeems to the token's own string, to rehearse a renewal without any change.

use crate::Timestamp;
use crate::change::Change;
use crate::delivery::{Delivery, DeliveryReport};
use crate::history::{Action, Actor, HistoryEntry};
use crate::lifecycle;
use crate::limits;
use crate::refusal::Conflict;
use crate::secret::SecretHash;
use crate::token::{RequestReason, TestRequestToken, Token};

/// Records a test request token. It invalidates the one before.
pub fn prepare(token: &Token, hash: SecretHash, actor: Actor, now: Timestamp) -> Result<Change, Conflict> {
    lifecycle::renewable(token, now)?;
    if token.callback().is_none() {
        return Err(Conflict::NoCallback);
    }
    let mut after = token.next_version();
    after.test_request_token = Some(TestRequestToken { hash, redeem_by: now + limits::REDEMPTION_WINDOW });
    let entry = HistoryEntry::about(&after, now, actor, Action::TestRequested).of_request_token(hash);
    Ok(Change::replacing(token, after, Some(entry)))
}

/// Records the result of a test callback.
#[must_use]
pub fn record(token: &Token, report: DeliveryReport, actor: Actor, now: Timestamp) -> Change {
    let delivery = Delivery {
        at: report.at,
        attempt: 1,
        try_number: 1,
        reason: RequestReason::default(),
        duration_ms: report.duration_ms,
        outcome: report.outcome,
        last_try: true,
    };
    let entry = HistoryEntry::about(token, now, actor, Action::CallbackTested(delivery));
    Change::noting(entry)
}
