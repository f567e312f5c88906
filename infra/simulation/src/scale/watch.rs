//! Watches a run from outside: when each token's turn came, and what is still owed.

use std::collections::HashMap;

use keyturn_application::ports::Commit;
use keyturn_domain::channel::{Channel, Channels};
use keyturn_domain::history::{Action, Actor, RenewalMethod};
use keyturn_domain::ids::TokenId;
use uuid::Uuid;

/// A group of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// What is due in a mass.
    Load,
    /// Tokens whose receiver hangs.
    Hanging,
    /// Tokens of another company, which must not notice.
    Other,
}

/// A group's figures; times in milliseconds.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Tokens.
    pub tokens: u64,
    /// Tokens whose step has not been taken and recorded.
    pub open: u64,
    /// Events of the schedule's own changes that are not published.
    pub owed_events: u64,
    /// Mails that are not sent.
    pub owed_mails: u64,
    /// The longest time from a due moment until its turn.
    pub worst_wait: i64,
    /// The longest time from a change of the schedule to its event.
    pub worst_event: i64,
    /// The longest time from a change of the schedule to its mail.
    pub worst_mail: i64,
    /// When nothing was open or owed any more.
    pub drained_at: i64,
    /// Mails sent, and when the first and the last were.
    pub mails: (u64, i64, i64),
    /// Deliveries that were made again.
    pub repeats: u64,
}

#[derive(Default)]
pub(super) struct Watch {
    tokens: HashMap<TokenId, Tracked>,
    entries: HashMap<Uuid, Owed>,
    groups: HashMap<Group, Figures>,
    /// When the mass renewal started each renewal.
    pub(super) starts: Vec<i64>,
    /// Callbacks that wait for an answer, now and at most.
    calls: (u64, u64),
}

struct Tracked {
    group: Group,
    due: i64,
    has_begun: bool,
    is_done: bool,
    callbacks: u32,
}

struct Owed {
    group: Group,
    at: i64,
    /// Whether the schedule made the change.
    own: bool,
    pending: Channels,
}

impl Watch {
    pub(super) fn track(&mut self, token: TokenId, group: Group, due: i64) {
        let tracked = Tracked { group, due, has_begun: false, is_done: false, callbacks: 0 };
        self.tokens.insert(token, tracked);
        let figures = self.groups.entry(group).or_default();
        figures.tokens += 1;
        figures.open += 1;
    }

    /// A commit took effect.
    pub(super) fn committed(&mut self, commit: &Commit, now: i64) {
        let Some(entry) = &commit.change.entry else { return };
        let Some(token) = self.tokens.get(&entry.token) else { return };
        let (group, is_done, own) = (token.group, token.is_done, entry.actor == Actor::Schedule);
        if !entry.channels().is_empty() {
            let owed = Owed { group, at: now, own, pending: entry.channels() };
            self.figures(group).owe(&owed);
            self.entries.insert(commit.entry_id, owed);
        }
        match &entry.action {
            Action::CallbackTried(delivery) if delivery.outcome.is_ok() && !is_done => {
                self.done(entry.token, now);
            }
            Action::Renewed(RenewalMethod::Schedule) | Action::Expired if own && !is_done => {
                self.begun(entry.token, now);
                self.done(entry.token, now);
            }
            Action::RenewalStarted => self.starts.push(now),
            // Its delivery is recorded too, but not if its function dies before.
            Action::Renewed(RenewalMethod::Redemption) if !is_done => self.done(entry.token, now),
            _ => {}
        }
    }

    /// A receiver got the callback of a token.
    pub(super) fn called(&mut self, token: TokenId, now: i64) {
        self.begun(token, now);
        if let Some(tracked) = self.tokens.get_mut(&token) {
            tracked.callbacks += 1;
        }
    }

    /// A call of a receiver begins or ends.
    pub(super) fn calling(&mut self, begins: bool) {
        let (now, most) = self.calls;
        let now = if begins { now + 1 } else { now - 1 };
        self.calls = (now, most.max(now));
    }

    /// The most callbacks that ever waited for an answer at once.
    pub(super) const fn most_calls(&self) -> u64 {
        self.calls.1
    }

    /// A channel accepted an entry.
    pub(super) fn delivered(&mut self, id: Uuid, channel: Channel, now: i64) {
        let Some(owed) = self.entries.get_mut(&id) else { return };
        let (group, at, own) = (owed.group, owed.at, owed.own);
        let figures = self.groups.entry(group).or_default();
        if !owed.pending.contains(channel) {
            figures.repeats += 1;
            return;
        }
        owed.pending = owed.pending.without(channel);
        if owed.pending.is_empty() {
            self.entries.remove(&id);
        }
        match channel {
            Channel::Event if own => {
                figures.owed_events -= 1;
                figures.worst_event = figures.worst_event.max(now - at);
            }
            Channel::Event => {}
            Channel::Mail => {
                figures.owed_mails -= 1;
                if own {
                    figures.worst_mail = figures.worst_mail.max(now - at);
                }
                let (count, first, _) = figures.mails;
                figures.mails = (count + 1, if count == 0 { now } else { first }, now);
            }
        }
        figures.settle(now);
    }

    /// A group's figures at the end. What has not begun has waited until now.
    pub(super) fn at_the_end(&self, group: Group, now: i64) -> Figures {
        let mut figures = self.groups.get(&group).cloned().unwrap_or_default();
        for token in self.tokens.values().filter(|token| token.group == group && !token.has_begun) {
            figures.worst_wait = figures.worst_wait.max(now - token.due);
        }
        for owed in self.entries.values().filter(|owed| owed.group == group && owed.own) {
            if owed.pending.contains(Channel::Event) {
                figures.worst_event = figures.worst_event.max(now - owed.at);
            }
            if owed.pending.contains(Channel::Mail) {
                figures.worst_mail = figures.worst_mail.max(now - owed.at);
            }
        }
        figures
    }

    /// The fewest callbacks that any token of a group has got.
    pub(super) fn fewest_callbacks(&self, group: Group) -> u32 {
        let of_group = self.tokens.values().filter(|token| token.group == group);
        of_group.map(|token| token.callbacks).min().unwrap_or_default()
    }

    /// Whether nothing is open or owed in a group.
    pub(super) fn is_drained(&self, group: Group) -> bool {
        self.groups.get(&group).is_none_or(Figures::is_drained)
    }

    fn begun(&mut self, token: TokenId, now: i64) {
        let Some(tracked) = self.tokens.get_mut(&token).filter(|token| !token.has_begun) else { return };
        tracked.has_begun = true;
        let (group, wait) = (tracked.group, now - tracked.due);
        let figures = self.figures(group);
        figures.worst_wait = figures.worst_wait.max(wait);
    }

    fn done(&mut self, token: TokenId, now: i64) {
        let Some(tracked) = self.tokens.get_mut(&token) else { return };
        tracked.is_done = true;
        let group = tracked.group;
        let figures = self.figures(group);
        figures.open -= 1;
        figures.settle(now);
    }

    fn figures(&mut self, group: Group) -> &mut Figures {
        self.groups.entry(group).or_default()
    }
}

impl Figures {
    fn owe(&mut self, owed: &Owed) {
        self.owed_events += u64::from(owed.own && owed.pending.contains(Channel::Event));
        self.owed_mails += u64::from(owed.pending.contains(Channel::Mail));
    }

    const fn is_drained(&self) -> bool {
        self.open == 0 && self.owed_events == 0 && self.owed_mails == 0
    }

    const fn settle(&mut self, now: i64) {
        if self.is_drained() {
            self.drained_at = now;
        }
    }
}
