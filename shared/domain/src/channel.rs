//! Channels: the ways in which an entry of the history is announced outside. Each delivers at least once.

use crate::Timestamp;
use crate::history::{Action, Actor, HistoryEntry};

/// A way in which entries are announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// An event on the event bus.
    Event,
    /// A mail to the token's recipient.
    Mail,
}

impl Channel {
    /// All channels, in the order in which an entry is delivered.
    pub const ALL: [Self; 2] = [Self::Event, Self::Mail];

    /// The channel's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Event => "Event",
            Self::Mail => "Mail",
        }
    }

    /// Whether an entry is announced through this channel.
    const fn announces(self, entry: &HistoryEntry) -> bool {
        match self {
            Self::Event => entry.action.event().is_some(),
            Self::Mail => entry.mail.is_some(),
        }
    }

    /// What the history says of a delivery that was refused for good; `None` if only the log mentions it.
    const fn refusal(self) -> Option<Action> {
        match self {
            Self::Event => None,
            Self::Mail => Some(Action::MailRefused),
        }
    }
}

/// A set of channels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Channels(u8);

impl Channels {
    /// No channel.
    pub const NONE: Self = Self(0);

    /// Whether the set has no channel.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether the set has this channel.
    #[must_use]
    pub const fn contains(self, channel: Channel) -> bool {
        self.0 & Self::bit(channel) != 0
    }

    /// The set without this channel.
    #[must_use]
    pub const fn without(self, channel: Channel) -> Self {
        Self(self.0 & !Self::bit(channel))
    }

    /// The channels of the set, in the order in which an entry is delivered.
    pub fn iter(self) -> impl Iterator<Item = Channel> {
        Channel::ALL.into_iter().filter(move |channel| self.contains(*channel))
    }

    const fn bit(channel: Channel) -> u8 {
        1 << channel as u8
    }
}

impl FromIterator<Channel> for Channels {
    fn from_iter<I: IntoIterator<Item = Channel>>(channels: I) -> Self {
        Self(channels.into_iter().fold(0, |bits, channel| bits | Self::bit(channel)))
    }
}

impl HistoryEntry {
    /// The channels through which this entry is announced.
    #[must_use]
    pub fn channels(&self) -> Channels {
        Channel::ALL.into_iter().filter(|channel| channel.announces(self)).collect()
    }

    /// The entry that follows when a channel refuses this one for good, if the history mentions that. It is announced
    /// through no channel itself.
    #[must_use]
    pub fn refused_by(&self, channel: Channel, now: Timestamp) -> Option<Self> {
        channel.refusal().map(|action| self.noting(action, now))
    }

    /// The entry that follows when the mail of this one is not sent because of a limit.
    #[must_use]
    pub fn over_limit(&self, now: Timestamp) -> Self {
        self.noting(Action::MailOverLimit, now)
    }

    fn noting(&self, action: Action, now: Timestamp) -> Self {
        Self {
            at: now,
            actor: Actor::Schedule,
            action,
            successor: None,
            mail: None,
            addresses: None,
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets() {
        let both: Channels = Channel::ALL.into_iter().collect();
        assert_eq!(both.iter().collect::<Vec<_>>(), Channel::ALL);
        assert_eq!(both.without(Channel::Event).iter().collect::<Vec<_>>(), [Channel::Mail]);
        let none = both.without(Channel::Event).without(Channel::Mail);
        assert!(none.is_empty() && none == Channels::NONE && !none.contains(Channel::Mail));
    }
}
