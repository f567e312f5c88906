//! Invariants of responses: they are correct and stay true.

use std::net::IpAddr;

use keyturn_application::Failure;
use keyturn_domain::Timestamp;
use keyturn_domain::ids::TokenId;
use keyturn_domain::refusal::Refusal;
use keyturn_domain::secret::{SecretHash, SecretString};
use keyturn_domain::token::Token;

use super::request_tokens::Expected;
use super::{InvariantChecker, TrackedToken, ensure, short_id};

/// A redemption and its response.
pub struct RedemptionResponse<'a> {
    /// The hash of the request token.
    pub request_token: SecretHash,
    /// The caller's token.
    pub caller: TokenId,
    /// The caller's source address.
    pub address: Option<IpAddr>,
    /// The response.
    pub response: &'a Result<SecretString, Failure>,
    /// When the request started.
    pub started: Timestamp,
}

impl TrackedToken {
    /// When its string starts to be refused.
    fn refused_from(&self) -> Option<Timestamp> {
        let end = self.token.expires_at.map(|end| end.max(self.expiry_written_at));
        [self.deactivation_written_at, end].into_iter().flatten().min()
    }
}

impl InvariantChecker {
    /// Checks whether a string was rightly accepted or refused.
    pub fn authenticated(&mut self, id: TokenId, accepted: bool, started: Timestamp, now: Timestamp) {
        let Some(tracked) = self.tokens.get(&id) else { return };
        let from = tracked.refused_from();
        if accepted && from.is_some_and(|from| from <= started) {
            self.record_violation(now, format!("token {}: accepted after its end", short_id(id)));
        } else if !accepted && from.is_none_or(|from| now < from) && tracked.token.is_active(now) {
            self.record_violation(now, format!("token {}: refused before its end", short_id(id)));
        }
    }

    /// Checks a token string that was returned.
    pub fn string_returned(&mut self, string: &SecretString, now: Timestamp) {
        let Some(tracked) = self.tokens.get_mut(&string.id()) else {
            return self.record_violation(now, "a string of an unknown token was returned");
        };
        tracked.returned_string = Some(string.hash());
        if tracked.token.hash != string.hash() {
            self.record_violation(
                now,
                format!("token {}: a wrong string was returned", short_id(string.id())),
            );
        }
    }

    /// Checks a token that was returned.
    pub fn token_returned(&mut self, returned: &Token, now: Timestamp) {
        let Some(tracked) = self.tokens.get_mut(&returned.id) else {
            return self.record_violation(now, "an unknown token was returned");
        };
        tracked.deactivation_acknowledged |= returned.deactivated_at.is_some();
        let (current, who) = (&tracked.token, short_id(returned.id));
        let plausible = returned.version < current.version || returned == current;
        if !plausible {
            self.record_violation(now, format!("token {who}: returned in a state that it never had"));
        }
    }

    /// Checks the response to a redemption.
    pub fn redeemed(&mut self, redeemed: &RedemptionResponse<'_>, now: Timestamp) {
        let checked = self.check_redemption_response(redeemed, now);
        self.record_result(now, checked);
    }

    fn check_redemption_response(
        &mut self,
        redeemed: &RedemptionResponse<'_>,
        now: Timestamp,
    ) -> Result<(), String> {
        let RedemptionResponse { request_token: hash, caller, address, response, started } = redeemed;
        let (expected, request_token) =
            self.expected_outcome(hash, now).ok_or("an unknown request token was delivered")?;
        let (token, earlier) = (request_token.token, request_token.returned_string);
        let who = short_id(token);
        let in_time = *started < request_token.issued_at + chrono::TimeDelta::hours(2);
        match response {
            Ok(string) => {
                ensure(in_time, || format!("token {who}: an invalid request token was redeemed"))?;
                ensure(earlier.is_none_or(|returned| returned == string.hash()), || {
                    format!("token {who}: a request token returned two strings")
                })?;
                let deactivated = self.tokens.get(&token).and_then(|tracked| tracked.deactivation_written_at);
                ensure(deactivated.is_none_or(|at| *started < at), || {
                    format!("token {who}: deactivated, but its request token was redeemed")
                })?;
                let own = self.successor(token) == Some(string.id());
                ensure(own, || format!("token {who}: a request token returned another token's string"))?;
                if let Some(request_token) = self.request_tokens.get_mut(hash.as_bytes()) {
                    request_token.returned_string = Some(string.hash());
                }
                if matches!(expected, Expected::SameSuccessor(_)) && earlier.is_some() {
                    self.handed_over(token);
                }
                self.string_returned(string, now);
                self.check_noted(token, *address)
            }
            Err(Failure::Refused(Refusal::Gone(_))) => {
                let successor_ended = match expected {
                    Expected::SameSuccessor(id) => {
                        !self.tokens.get(&id).is_some_and(|k| k.token.is_active(now))
                    }
                    Expected::Successor => false,
                    Expected::Nothing => true,
                };
                ensure(successor_ended, || format!("token {who}: 410 for a valid request token"))
            }
            Err(Failure::Refused(Refusal::NotTheRenewedToken)) if *caller != token => Ok(()),
            Err(Failure::Refused(refusal)) => {
                Err(format!("token {who}: a redemption was refused: {refusal}"))
            }
            Err(Failure::Broken(_)) => Ok(()),
        }
    }

    /// Whether the token fetches its successor itself, or may fetch it again.
    #[must_use]
    pub fn pulls(&self, id: TokenId) -> bool {
        self.tokens.get(&id).is_some_and(|TrackedToken { token, .. }| {
            token.pulls() || token.follow_up.as_ref().is_some_and(|follow_up| follow_up.pull)
        })
    }

    /// Checks the response to a pull: the one successor's string, and no refusal of a pull that is due.
    pub fn pulled(
        &mut self,
        id: TokenId,
        address: Option<IpAddr>,
        response: &Result<SecretString, Failure>,
        started: Timestamp,
        now: Timestamp,
    ) {
        let who = short_id(id);
        match response {
            Ok(_) if self.is_barred(id, started) => {
                self.record_violation(now, format!("token {who}: reported as leaked, and still pulls"));
            }
            Ok(string) if self.successor(id) == Some(string.id()) => {
                self.string_returned(string, now);
                let noted = self.check_noted(id, address);
                self.record_result(now, noted);
            }
            Ok(_) => {
                self.record_violation(now, format!("token {who}: a pull returned another token's string"));
            }
            Err(Failure::Refused(refusal)) => {
                let due = self.tokens.get(&id).is_some_and(|tracked| {
                    let token = &tracked.token;
                    let renewal = token.auto_renewal.as_ref().filter(|renewal| renewal.pull);
                    let unchanged = token.changed_at < started - chrono::TimeDelta::seconds(1);
                    let is_due = renewal.is_some_and(|renewal| renewal.next_renewal_at <= started);
                    unchanged && is_due && token.is_active(now) && token.leak.is_none()
                });
                if due {
                    self.record_violation(now, format!("token {who}: a due pull was refused: {refusal}"));
                }
            }
            Err(Failure::Broken(_)) => {}
        }
    }

    /// Whether a client that uses this token's string and follows the rules is locked out: the token was renewed by
    /// redemption, its overlap is over, and nobody deactivated it or its successor.
    #[must_use]
    pub fn locks_out(&self, id: TokenId, now: Timestamp) -> bool {
        self.tokens.get(&id).is_some_and(|tracked| {
            let ended = !tracked.token.is_active(now) && tracked.token.deactivated_at.is_none();
            // Whoever deactivates the successor before its client has the string takes the series from it.
            let is_taken = tracked.token.renewed.is_some_and(|renewed| {
                self.tokens.get(&renewed.by).is_some_and(|new| new.token.deactivated_at.is_some())
            });
            // Whose string leaked has until the deadline; `leaks.rs` checks that it has.
            ended && tracked.handed_over_by.is_some() && !is_taken && tracked.token.leak.is_none()
        })
    }

    /// Whether a token was renewed by redemption.
    #[must_use]
    pub fn was_redeemed(&self, id: TokenId) -> bool {
        self.tokens.get(&id).is_some_and(|tracked| tracked.handed_over_by.is_some())
    }

    /// Expects the event for a string that was given out again, or for a rehearsal.
    pub fn handed_over(&mut self, id: TokenId) {
        self.expect_notification(id, "Token Handed Over");
    }

    /// Expects the event for a copied string.
    pub fn copied(&mut self, id: TokenId) {
        self.expect_notification(id, "Token Copied");
    }
}
