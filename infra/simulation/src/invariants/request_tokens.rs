//! Invariants of request tokens: one at a time, valid for 2 h, issued 24 h apart, and never valid again.

use chrono::TimeDelta;
use keyturn_domain::Timestamp;
use keyturn_domain::history::{Action, HistoryEntry};
use keyturn_domain::ids::TokenId;
use keyturn_domain::redemption::{self, RedemptionOutcome};
use keyturn_domain::secret::SecretHash;
use keyturn_domain::token::{RequestReason, Token};

use super::{InvariantChecker, TrackedRequestToken, TrackedToken, ensure, leaks, short_id};

/// The contract's durations, repeated here on purpose.
const REDEMPTION_WINDOW: TimeDelta = TimeDelta::hours(2);
const INTERVAL: TimeDelta = TimeDelta::hours(24);

/// Longer than any function runs: a decision is written within this time.
const MAX_COMMIT_DELAY: TimeDelta = TimeDelta::seconds(150);

/// Older ones have been checked often enough.
const CHECKED_REQUEST_TOKENS: usize = 3;

/// The expected outcome of a redemption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    Successor,
    SameSuccessor(TokenId),
    Nothing,
}

impl InvariantChecker {
    pub(super) fn check_issue(
        &mut self,
        before: &Token,
        after: &Token,
        now: Timestamp,
    ) -> Result<(), String> {
        let hash = |token: &Token| token.pending.as_ref().map(|pending| pending.hash);
        let Some(pending) = after.pending.as_ref().filter(|pending| Some(pending.hash) != hash(before))
        else {
            return Ok(());
        };
        let (who, at) = (short_id(after.id), pending.requested_at);
        ensure(at <= now && now < at + MAX_COMMIT_DELAY, || {
            format!("token {who}: a request token with a wrong issue time")
        })?;
        let wanted = before.callback().is_some() && before.renewed.is_none() && before.is_active(at);
        ensure(wanted, || format!("token {who}: a request token without a callback to receive it"))?;
        let due = before.auto_renewal.as_ref().is_some_and(|renewal| renewal.next_renewal_at <= at);
        let tracked = self.tokens.get_mut(&after.id).ok_or("an unknown token")?;
        // An edit of the interval does not put off what replaces a leaked string.
        let reported = tracked.replaced_since();
        ensure(due || reported.is_some(), || {
            format!("token {who}: a request token before the renewal was due")
        })?;
        let interval = if reported.is_some() { leaks::INTERVAL } else { INTERVAL };
        let last = tracked
            .request_tokens
            .last()
            .and_then(|last| self.request_tokens.get(last))
            .filter(|last| !last.cancelled);
        if let Some(last) = last {
            let apart =
                at >= last.issued_at + interval || reported.is_some_and(|from| last.issued_at <= from);
            ensure(apart, || format!("token {who}: a request token {} after the last", at - last.issued_at))?;
        }
        let bytes = *pending.hash.as_bytes();
        let request_token = TrackedRequestToken {
            token: after.id,
            issued_at: at,
            successor: None,
            cancelled: false,
            invalidated: false,
            returned_string: None,
        };
        tracked.request_tokens.push(bytes);
        let new = self.request_tokens.insert(bytes, request_token).is_none();
        ensure(new, || format!("token {who}: a request token was issued twice"))?;
        self.count("request tokens issued");
        Ok(())
    }

    /// A request token for a successor that exists: one at a time, 2 hours after the renewal or later unless the predecessor
    /// was pulled without one.
    pub(super) fn check_follow_up(
        &mut self,
        before: &Token,
        after: &Token,
        now: Timestamp,
    ) -> Result<(), String> {
        let hash = |token: &Token| token.redeemed.as_ref().map(|redeemed| redeemed.hash);
        let (Some(renewed), Some(hash)) =
            (before.renewed, hash(after).filter(|new| Some(*new) != hash(before)))
        else {
            return Ok(());
        };
        let who = short_id(after.id);
        let out = after.in_delivery().filter(|pending| pending.hash == hash);
        let out = out.ok_or_else(|| format!("token {who}: a request token that is not sent"))?;
        let at = out.requested_at;
        ensure(at <= now && now < at + MAX_COMMIT_DELAY && before.is_active(at), || {
            format!("token {who}: a request token for a successor with a wrong issue time")
        })?;
        let reported = self.tokens.get(&after.id).and_then(TrackedToken::replaced_since);
        let due = match out.reason {
            RequestReason::RenewalDue => renewed.at,
            RequestReason::SuccessorUnused => renewed.at + REDEMPTION_WINDOW,
            RequestReason::Leaked => reported.ok_or("a request token for a leak that nobody reported")?,
        };
        ensure(at >= due, || format!("token {who}: a request token for a successor too early"))?;
        let tracked = self.tokens.get_mut(&after.id).ok_or("an unknown token")?;
        let last = tracked.request_tokens.last().and_then(|last| self.request_tokens.get(last));
        let dead = last.is_none_or(|last| {
            let apart = if reported.is_some() { leaks::INTERVAL } else { REDEMPTION_WINDOW };
            let first = reported.is_some_and(|from| last.issued_at <= from);
            last.cancelled || first || last.issued_at + apart <= at
        });
        ensure(dead, || format!("token {who}: a request token while another can be redeemed"))?;
        let bytes = *hash.as_bytes();
        tracked.request_tokens.push(bytes);
        let request_token = TrackedRequestToken {
            token: after.id,
            issued_at: at,
            successor: Some(renewed.by),
            cancelled: false,
            invalidated: false,
            returned_string: None,
        };
        let new = self.request_tokens.insert(bytes, request_token).is_none();
        ensure(new, || format!("token {who}: a request token was issued twice"))?;
        self.expect_notification(after.id, "Renewal Requested");
        self.count("request tokens for unused successors");
        Ok(())
    }

    /// A pending request token only disappears through an edit, another start of the renewal, or the end of its token.
    pub(super) fn check_cancellation(
        &mut self,
        before: &Token,
        after: &Token,
        entry: Option<&HistoryEntry>,
    ) -> Result<(), String> {
        let Some(pending) = before.pending.as_ref().filter(|_| after.pending.is_none()) else {
            return Ok(());
        };
        if after.renewed.is_some() || after.deactivated_at.is_some() || after.noticed.expired {
            return Ok(());
        }
        let wanted = entry.is_some_and(|entry| {
            matches!(entry.action, Action::Updated { .. } | Action::RenewalStarted | Action::LeakSuspected)
        });
        ensure(wanted, || format!("token {}: its request token vanished", short_id(after.id)))?;
        if let Some(request_token) = self.request_tokens.get_mut(pending.hash.as_bytes()) {
            request_token.cancelled = true;
        }
        Ok(())
    }

    pub(super) fn check_redemption(
        &mut self,
        before: &Token,
        after: &Token,
        now: Timestamp,
    ) -> Result<(), String> {
        let renewed_now = before.renewed.is_none();
        let Some(redeemed) = after.redeemed.as_ref().filter(|_| renewed_now && before.redeemed.is_none())
        else {
            return Ok(());
        };
        let who = short_id(after.id);
        let pending = before.pending.as_ref().is_some_and(|pending| pending.hash == redeemed.hash);
        ensure(pending, || format!("token {who}: the redeemed request token was not pending"))?;
        let request_token = self
            .request_tokens
            .get_mut(redeemed.hash.as_bytes())
            .ok_or("an unknown request token was redeemed")?;
        let renewed = after.renewed.ok_or("a redemption without a successor")?;
        let in_time =
            renewed.at < request_token.issued_at + REDEMPTION_WINDOW && before.is_active(renewed.at);
        ensure(in_time, || format!("token {who}: an invalid request token was redeemed"))?;
        let prompt = renewed.at <= now && now < renewed.at + MAX_COMMIT_DELAY;
        ensure(prompt, || format!("token {who}: a redemption with a wrong time"))?;
        request_token.successor = Some(renewed.by);
        Ok(())
    }

    /// The newest request tokens have the expected outcome, now and on both sides of the end of their window.
    pub(super) fn check_request_tokens(&mut self, id: TokenId, now: Timestamp) -> Result<(), String> {
        let Some(tracked) = self.tokens.get(&id) else { return Ok(()) };
        let newest: Vec<_> =
            tracked.request_tokens.iter().rev().take(CHECKED_REQUEST_TOKENS).copied().collect();
        for (back, bytes) in newest.iter().enumerate() {
            let Some(request_token) = self.request_tokens.get(bytes) else { continue };
            let close = request_token.issued_at + REDEMPTION_WINDOW;
            for at in [now, close - TimeDelta::seconds(1), close].into_iter().filter(|at| *at >= now) {
                let expected = expected(tracked, request_token, back == 0, at);
                let outcome = redemption::evaluate(&tracked.token, &SecretHash::from_bytes(*bytes), at);
                let matches = match (expected, outcome) {
                    (Expected::Successor, RedemptionOutcome::NewSuccessor) => !request_token.invalidated,
                    (Expected::SameSuccessor(one), RedemptionOutcome::SameSuccessor(other)) => {
                        one == other && !request_token.invalidated
                    }
                    (Expected::Nothing, RedemptionOutcome::Nothing(_) | RedemptionOutcome::Unknown) => true,
                    _ => false,
                };
                ensure(matches, || {
                    format!(
                        "token {}: a request token is {outcome:?} at {at} instead of {expected:?}",
                        short_id(id)
                    )
                })?;
            }
            let invalid = expected(tracked, request_token, back == 0, now) == Expected::Nothing;
            if let Some(request_token) = self.request_tokens.get_mut(bytes) {
                request_token.invalidated |= invalid;
            }
        }
        Ok(())
    }

    /// The expected outcome of a redemption. `None`: no such request token.
    pub(super) fn expected_outcome(
        &self,
        hash: &SecretHash,
        at: Timestamp,
    ) -> Option<(Expected, &TrackedRequestToken)> {
        let request_token = self.request_tokens.get(hash.as_bytes())?;
        let tracked = self.tokens.get(&request_token.token)?;
        let newest = tracked.request_tokens.last() == Some(hash.as_bytes());
        Some((expected(tracked, request_token, newest, at), request_token))
    }
}

/// Computed without the record's own fields about request tokens.
fn expected(
    tracked: &TrackedToken,
    request_token: &TrackedRequestToken,
    newest: bool,
    at: Timestamp,
) -> Expected {
    let valid = at < request_token.issued_at + REDEMPTION_WINDOW && tracked.token.is_active(at);
    match request_token.successor {
        Some(successor) if valid => Expected::SameSuccessor(successor),
        None if valid && newest && !request_token.cancelled && tracked.token.renewed.is_none() => {
            Expected::Successor
        }
        _ => Expected::Nothing,
    }
}
