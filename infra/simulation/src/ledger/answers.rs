//! What was answered stays true, and is never a surprise.

use keyturn_application::Failure;
use keyturn_domain::Timestamp;
use keyturn_domain::ids::TokenId;
use keyturn_domain::refusal::Refusal;
use keyturn_domain::secret::{SecretHash, SecretString};
use keyturn_domain::token::Token;

use super::keys::Expected;
use super::{Known, Ledger, must, short};

/// One answered redemption.
pub struct Redeemed<'a> {
    /// The hash of the request token.
    pub key: SecretHash,
    /// Who asked.
    pub caller: TokenId,
    /// The answer.
    pub answer: &'a Result<SecretString, Failure>,
    /// When the request began.
    pub started: Timestamp,
}

impl Known {
    /// From when on its string is refused.
    fn refused_from(&self) -> Option<Timestamp> {
        let end = self.token.expires_at.map(|end| end.max(self.end_written));
        [self.deactivation_written, end].into_iter().flatten().min()
    }
}

impl Ledger {
    /// A string was accepted or refused.
    pub fn authenticated(&mut self, id: TokenId, accepted: bool, started: Timestamp, now: Timestamp) {
        let Some(known) = self.tokens.get(&id) else { return };
        let from = known.refused_from();
        if accepted && from.is_some_and(|from| from <= started) {
            self.violate(now, format!("token {}: accepted after its end", short(id)));
        } else if !accepted && from.is_none_or(|from| now < from) && known.token.is_active(now) {
            self.violate(now, format!("token {}: refused before its end", short(id)));
        }
    }

    /// A string was given out with a token.
    pub fn given(&mut self, string: &SecretString, now: Timestamp) {
        let Some(known) = self.tokens.get_mut(&string.id()) else {
            return self.violate(now, "a string was given out of a token that is not there");
        };
        known.given = Some(string.hash());
        if known.token.hash != string.hash() {
            self.violate(now, format!("token {}: a wrong string was given out", short(string.id())));
        }
    }

    /// A token was shown as it was after a change.
    pub fn shown(&mut self, shown: &Token, now: Timestamp) {
        let Some(known) = self.tokens.get_mut(&shown.id) else {
            return self.violate(now, "a token was shown that is not there");
        };
        known.deactivation_answered |= shown.deactivated_at.is_some();
        let (current, who) = (&known.token, short(shown.id));
        let true_now = shown.version < current.version || shown == current;
        if !true_now {
            self.violate(now, format!("token {who}: shown as it never was"));
        }
    }

    /// A redemption was answered.
    pub fn redeemed(&mut self, redeemed: &Redeemed<'_>, now: Timestamp) {
        if let Err(what) = self.judge_answer(redeemed, now) {
            self.violate(now, what);
        }
    }

    fn judge_answer(&mut self, redeemed: &Redeemed<'_>, now: Timestamp) -> Result<(), String> {
        let Redeemed { key: hash, caller, answer, started } = redeemed;
        let (expected, key) = self.expected_worth(hash, now).ok_or("an unknown request token went out")?;
        let (who, token, given) = (short(key.token), key.token, key.given);
        let in_time = *started < key.issued_at + chrono::TimeDelta::hours(2);
        match answer {
            Ok(string) => {
                must(in_time, || format!("token {who}: a dead request token gave a string"))?;
                must(given.is_none_or(|given| given == string.hash()), || {
                    format!("token {who}: a request token gave two strings")
                })?;
                let deactivated = self.tokens.get(&token).and_then(|known| known.deactivation_written);
                must(deactivated.is_none_or(|at| *started < at), || {
                    format!("token {who}: deactivated, but its request token gave a string")
                })?;
                let right = self.successor(token) == Some(string.id());
                must(right, || format!("token {who}: a request token gave another token's string"))?;
                if let Some(key) = self.keys.get_mut(hash.as_bytes()) {
                    key.given = Some(string.hash());
                }
                self.given(string, now);
                Ok(())
            }
            Err(Failure::Refused(Refusal::Gone(_))) => {
                let successor_ended = match expected {
                    Expected::SameSuccessor(id) => {
                        !self.tokens.get(&id).is_some_and(|k| k.token.is_active(now))
                    }
                    Expected::Successor => false,
                    Expected::Nothing => true,
                };
                must(successor_ended, || format!("token {who}: 410 for a request token that is alive"))
            }
            Err(Failure::Refused(Refusal::NotTheRenewedToken)) if *caller != token => Ok(()),
            Err(Failure::Refused(refusal)) => Err(format!("token {who}: a redemption is refused: {refusal}")),
            Err(Failure::Broken(_)) => Ok(()),
        }
    }

    /// Whether somebody who holds this token's string and follows the rules has been locked out: the token was renewed
    /// by redemption, its overlap is over, and nobody else ended it.
    #[must_use]
    pub fn locks_out(&self, id: TokenId, now: Timestamp) -> bool {
        self.tokens.get(&id).is_some_and(|known| {
            let ended = !known.token.is_active(now) && known.token.deactivated_at.is_none();
            ended && known.by_redemption
        })
    }
}

impl Ledger {
    /// Whether a token was renewed by the redemption of a request token.
    #[must_use]
    pub fn was_redeemed(&self, id: TokenId) -> bool {
        self.tokens.get(&id).is_some_and(|known| known.by_redemption)
    }

    /// A string was copied, which must be told at least that often.
    pub fn copied(&mut self, id: TokenId) {
        self.told_event(id, "Token Copied");
    }
}
