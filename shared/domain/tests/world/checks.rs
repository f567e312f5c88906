//! What holds in the world whatever happens.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use keyturn_domain::due;
use keyturn_domain::effect::{Action, Change, HistoryEntry, RenewalMethod};
use keyturn_domain::ids::TokenId;
use keyturn_domain::limits;
use keyturn_domain::redemption::{self, RedemptionOutcome};
use keyturn_domain::token::Token;

use super::{Key, World, subject};

impl World {
    /// Each write counts one further, and what it does to the records is what its entry says.
    pub(super) fn check_write(&self, change: &Change) {
        for token in &change.tokens {
            let before = self.tokens.get(&token.id);
            let expected = before.map_or(1, |before| before.version + 1);
            assert_eq!(token.version, expected, "{before:?} became {token:?}");
            if let Some(before) = before {
                check_what_stays(before, token);
            }
        }
        let Some(entry) = &change.entry else { return };
        assert_eq!(entry.at, self.now);
        match &entry.action {
            Action::Renewed(how) => self.check_renewal(change, *how),
            Action::RenewalRequested { .. } => self.check_issue(entry.token),
            Action::Updated => self.check_edit(change),
            Action::ExpiryAnnounced { .. } => {
                let token = &self.tokens[&entry.token];
                assert!(token.is_active(self.now) && token.auto_renewal.is_none() && token.renewed.is_none());
            }
            _ => {}
        }
        let recipient = self.tokens.get(&entry.token).and_then(|token| token.mail_recipient.as_ref());
        assert!(entry.mail.as_ref().is_none_or(|mail| Some(&mail.recipient) == recipient), "{entry:?}");
    }

    fn check_renewal(&self, change: &Change, how: RenewalMethod) {
        let [old, new] = change.tokens.as_slice() else { panic!("not two records: {change:?}") };
        let before = &self.tokens[&old.id];
        assert!(before.renewed.is_none(), "a second successor: {change:?}");
        assert!(before.is_active(self.now), "an ended token is renewed: {before:?}");
        assert!(!self.tokens.contains_key(&new.id));
        let end = match how {
            RenewalMethod::Redemption => Some(self.now + limits::OVERLAP),
            RenewalMethod::Schedule => Some(self.now + self.rules.schedule_overlap),
            // Whoever renews by hand chooses, within the limits that hold for every renewal.
            RenewalMethod::Manual => None,
        };
        let own = before.expires_at;
        assert!(old.expires_at.is_some_and(|end| end >= self.now && own.is_none_or(|own| end <= own)));
        assert!(end.is_none_or(|end| old.expires_at == Some(own.map_or(end, |own| own.min(end)))));
        assert_eq!(new.expires_at, own.map(|own| self.now + (own - before.created_at)));
        assert_eq!((new.series, new.renewed_from), (old.series, Some(old.id)));
        assert_eq!(new.auto_renewal.is_some(), before.auto_renewal.is_some());
        assert!(old.auto_renewal.is_none());
    }

    /// An edit leaves a token that could have been created so, and none but the editable fields touched.
    fn check_edit(&self, change: &Change) {
        let [after] = change.tokens.as_slice() else { panic!("not one record: {change:?}") };
        let before = &self.tokens[&after.id];
        let reaches = |token: &Token| token.mail_recipient.is_some() || token.callback().is_some();
        assert!(after.auto_renewal.is_none() || reaches(after), "it would reach nobody: {after:?}");
        assert!(
            after.auto_renewal.is_some() || after.pending.is_none(),
            "a request token for nothing: {after:?}"
        );
        let restored = Token {
            description: before.description.clone(),
            auto_renewal: before.auto_renewal.clone(),
            mail_recipient: before.mail_recipient.clone(),
            pending: before.pending.clone(),
            changed_at: before.changed_at,
            version: before.version,
            ..after.clone()
        };
        assert_eq!(&restored, before);
        let (old, new) = (&before.auto_renewal, &after.auto_renewal);
        if let Some((old, new)) = old.as_ref().zip(new.as_ref())
            && old.every_days != new.every_days
        {
            let due = before.created_at + TimeDelta::days(new.every_days.into());
            assert_eq!(new.next_renewal_at, due.max(self.now));
        }
    }

    fn check_issue(&self, id: TokenId) {
        let before = &self.tokens[&id];
        assert!(before.is_active(self.now), "an ended token issues: {before:?}");
        assert!(before.renewed.is_none() && before.callback().is_some(), "{before:?}");
        let mut earlier: Vec<_> = self.keys.iter().filter(|key| key.token == id).collect();
        let new = earlier.pop().expect("the key that is being issued");
        // One that was called off is not counted, and nothing waits for it.
        let last = earlier.last().filter(|last| !last.called_off);
        assert_eq!(new.attempt, last.map_or(1, |last| last.attempt + 1));
        assert!(last.is_none_or(|last| last.issued_at + limits::WINDOW_INTERVAL <= self.now), "too early");
    }

    /// What holds between any two steps.
    pub(super) fn check(&mut self) {
        self.check_series();
        self.check_keys();
        self.check_that_nothing_is_told_twice();
        for token in self.tokens.values() {
            let next = due::next(token).is_some_and(|(at, _)| at <= self.now);
            assert_eq!(due::now(token, self.now).is_some(), next, "next and now differ: {token:?}");
        }
    }

    /// A series is one chain, and nothing but its end renews itself.
    fn check_series(&self) {
        for first in self.tokens.values().filter(|token| token.renewed_from.is_none()) {
            let mut token = first;
            let mut length = 1;
            while let Some(renewed) = token.renewed {
                assert!(token.auto_renewal.is_none() && token.pending.is_none(), "{token:?}");
                assert!(token.expires_at.is_some(), "a predecessor without an end: {token:?}");
                let successor = &self.tokens[&renewed.by];
                assert_eq!((successor.renewed_from, successor.series), (Some(token.id), first.id));
                assert_eq!(successor.created_at, renewed.at);
                assert!(successor.auto_renewal.is_none() || successor.renewed.is_none());
                token = successor;
                length += 1;
            }
            let all = self.tokens.values().filter(|token| token.series == first.id).count();
            assert_eq!(all, length, "a series with a fork: {first:?}");
        }
    }

    /// At most one request token of a token is live; one that is dead stays so.
    fn check_keys(&mut self) {
        let mut live = BTreeSet::new();
        for index in 0..self.keys.len() {
            let key = self.keys[index].clone();
            let token = &self.tokens[&key.token];
            let worth = redemption::evaluate(token, &key.hash, self.now);
            assert_eq!(worth, self.expected_worth(&key, worth), "{key:?} of {token:?} at {}", self.now);
            match worth {
                RedemptionOutcome::NewSuccessor => {
                    assert!(!key.dead, "a dead request token lives again: {key:?}");
                    assert!(live.insert(key.token), "two live request tokens: {token:?}");
                }
                RedemptionOutcome::SameSuccessor(_) => {}
                RedemptionOutcome::OwnString => {
                    panic!("a renewal's request token is taken for a test's: {key:?}")
                }
                RedemptionOutcome::Nothing(_) | RedemptionOutcome::Unknown => self.keys[index].dead = true,
            }
        }
    }

    /// What a request token must be worth, told without looking at what the record holds of it.
    pub(super) fn expected_worth(&self, key: &Key, judged: RedemptionOutcome) -> RedemptionOutcome {
        let token = &self.tokens[&key.token];
        let newest = self.keys.iter().rfind(|other| other.token == key.token);
        let newest = newest.is_some_and(|newest| newest.hash == key.hash);
        let in_time = self.now < key.issued_at + TimeDelta::hours(2);
        match key.successor {
            Some(successor) if in_time && token.is_active(self.now) => {
                RedemptionOutcome::SameSuccessor(successor)
            }
            None if newest
                && in_time
                && !key.called_off
                && token.is_active(self.now)
                && token.renewed.is_none() =>
            {
                RedemptionOutcome::NewSuccessor
            }
            // Dead: whether the record still knows why is not this check's business.
            _ if matches!(judged, RedemptionOutcome::Nothing(_) | RedemptionOutcome::Unknown) => judged,
            _ => RedemptionOutcome::Unknown,
        }
    }

    fn check_that_nothing_is_told_twice(&self) {
        let mut told = BTreeSet::new();
        for entry in &self.entries {
            assert!(subject(entry).is_none_or(|subject| told.insert(subject)), "told twice: {entry:?}");
        }
    }

    /// Each request token was redeemed, or reported unredeemed, or its token ended.
    pub(super) fn check_that_every_window_came_to_an_end(&self) {
        for key in &self.keys {
            let token = &self.tokens[&key.token];
            let reported = |entry: &HistoryEntry| {
                entry.token == key.token
                    && entry.at >= key.issued_at
                    && entry.action == Action::RenewalUnredeemed { attempt: key.attempt }
            };
            let over = key.issued_at + limits::REDEMPTION_WINDOW <= self.now;
            assert!(
                !over
                    || key.called_off
                    || key.successor.is_some()
                    || token.renewed.is_some()
                    || !token.is_active(self.now)
                    || self.entries.iter().any(reported),
                "forgotten: {key:?} of {token:?}"
            );
        }
    }
}

/// What no command changes, and what can only go one way.
fn check_what_stays(before: &Token, after: &Token) {
    assert_eq!((after.series, &after.company, after.hash), (before.series, &before.company, before.hash));
    assert_eq!((after.created_at, after.renewed_from), (before.created_at, before.renewed_from));
    assert!(before.deactivated_at.is_none() || after.deactivated_at == before.deactivated_at);
    assert!(before.renewed.is_none() || after.renewed == before.renewed);
    assert!(before.expires_at.is_none_or(|end| after.expires_at.is_some_and(|after| after <= end)));
}
