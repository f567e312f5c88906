//! What people do to tokens, besides creating, using and deactivating them.

use chrono::TimeDelta;
use keyturn_domain::delivery::DeliveryReport;
use keyturn_domain::edit::{AutoRenewalPatch, Patch, TokenPatch};
use keyturn_domain::effect::{Actor, Change};
use keyturn_domain::fault::Faults;
use keyturn_domain::manual::{self, RenewalDraft};
use keyturn_domain::redemption::{self, RedemptionOutcome};
use keyturn_domain::test_callback;
use keyturn_domain::token::Token;

use super::{World, make};

/// One thing that somebody does to a token.
#[derive(Clone, Debug)]
pub(crate) enum ByHand {
    /// Edits it.
    Edit(TokenPatch),
    /// Renews it; the predecessor is to end so long from now.
    Renew(TimeDelta),
    /// Has it renew itself now.
    Start,
    /// Sends a test callback.
    Test,
    /// Rotates the signing secret.
    Rotate,
}

/// A patch of auto renewal; `None` switches it off.
pub(crate) fn renewal_patch(every_days: Option<i64>, callback: Option<bool>) -> TokenPatch {
    let renewal = |days| AutoRenewalPatch {
        every_days: Patch::Set(days),
        callback: match callback {
            None => Patch::Keep,
            Some(false) => Patch::Remove,
            Some(true) => Patch::Set(Patch::Set("https://example.com/elsewhere".to_owned())),
        },
    };
    TokenPatch {
        auto_renewal: every_days.map_or(Patch::Remove, |days| Patch::Set(renewal(days))),
        ..TokenPatch::default()
    }
}

impl World {
    pub(super) fn manual(&mut self, which: usize, what: &ByHand) {
        let token = self.tokens[&self.nth(which)].clone();
        let renewable = token.is_active(self.now) && token.renewed.is_none();
        let (actor, now) = (Actor::Operator, self.now);
        match what {
            ByHand::Edit(patch) => self.edit(&token, patch),
            ByHand::Renew(after) => {
                let asked = now + *after;
                let draft = RenewalDraft {
                    existing_token_expires_at: Some(asked.to_rfc3339()),
                    name: Some("by hand".to_owned()),
                    description: None,
                };
                let order = draft.parse(&token, now, Faults::default());
                assert_eq!(
                    order.is_ok(),
                    token.expires_at.is_none_or(|end| now.max(asked) <= end),
                    "{token:?}"
                );
                let Ok(order) = order else { return };
                let fresh = make::string(self.fresh());
                let change = manual::renew(&token, order, fresh, &self.rules, actor, now);
                assert_eq!(change.is_ok(), renewable, "{token:?}");
                self.commit_any(change.ok());
            }
            ByHand::Start => {
                let change = manual::start_renewal(&token, actor, now);
                assert_eq!(change.is_ok(), renewable && token.auto_renewal.is_some(), "{token:?}");
                self.commit_any(change.ok().flatten());
            }
            ByHand::Test => self.test(&token),
            ByHand::Rotate => {
                let fresh = make::key(self.fresh()).sealed;
                self.commit_any(manual::rotate_secret(&token, fresh, actor, now).ok());
            }
        }
    }

    fn edit(&mut self, token: &Token, patch: &TokenPatch) {
        if patch.permit(token, self.now).is_err() {
            return;
        }
        let Ok(edit) = patch.parse(token, &self.rules, self.now, Faults::default()) else { return };
        let fresh = self.fresh();
        let secret = edit.sets_up_callback(token).then(|| make::key(fresh).sealed);
        self.commit_any(edit.apply(token, secret, Actor::Operator, self.now));
    }

    /// A test's request token is worth the token's own string for as long as the token is good, and nothing happens.
    fn test(&mut self, token: &Token) {
        let key = make::key(self.fresh());
        let Ok(change) = test_callback::prepare(token, key.hash, Actor::Operator, self.now) else { return };
        self.commit(change);
        let after = &self.tokens[&token.id];
        assert_eq!(redemption::evaluate(after, &key.hash, self.now), RedemptionOutcome::OwnString);
        let restored = Token {
            test_request_token: token.test_request_token.clone(),
            version: token.version,
            ..after.clone()
        };
        assert_eq!(&restored, token);
        let report = DeliveryReport { at: self.now, duration_ms: 1, outcome: Ok(204) };
        let change = test_callback::record(after, report, Actor::Operator, self.now);
        self.commit(change);
    }

    fn commit_any(&mut self, change: Option<Change>) {
        if let Some(change) = change {
            self.commit(change);
        }
    }

    /// Marks the request token that a change calls off: gone from the record though it was not redeemed.
    pub(super) fn call_off(&mut self, change: &Change) {
        for after in &change.tokens {
            let before = self.tokens.get(&after.id).and_then(|before| before.pending.as_ref());
            let Some(before) = before.filter(|_| after.pending.is_none() && after.renewed.is_none()) else {
                continue;
            };
            for key in self.keys.iter_mut().filter(|key| key.hash == before.hash) {
                key.called_off = true;
            }
        }
    }
}
