//! Leaks: what a record knows of a string that was found where it must not be, and what follows.
//!
//! A leaked string is replaced before it ends: its receiver gets request tokens, which a thief who holds the string does not
//! see, and the string ends soon after its successor was used, at a deadline at the latest (`leak_report.rs`).

use std::net::IpAddr;

use chrono::TimeDelta;

use crate::Timestamp;
use crate::fault;
use crate::limits;
use crate::per_company::PerCompany;
use crate::settings::{MANAGEMENT, MailAddress};
use crate::token::{Redeemed, Token};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$of])* $variant,)+
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word for it, as parameters, events and records have it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// The one with this word.
            #[must_use]
            pub fn of_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == word)
            }
        }
    };
}

words! {
    /// What follows a leak.
    LeakReaction {
        /// The string is replaced through the callback and then ends.
        Renew = "RENEW",
        /// It ends at once.
        Deactivate = "DEACTIVATE",
        /// People are told; the string stays valid.
        Notify = "NOTIFY",
    }
}

words! {
    /// Who or what says that a string leaked.
    LeakSource {
        /// A report without a valid signature.
        Anybody = "ANYBODY",
        /// A signed report of GitHub's secret scanning.
        GitHub = "GITHUB",
        /// A report of GitLab's secret detection, with the deployment's key.
        GitLab = "GITLAB",
        /// The holder of the string revoked it (RFC 7009).
        Holder = "HOLDER",
        /// Somebody who manages tokens suspects it.
        Suspicion = "SUSPICION",
        /// A leaked string could have been exchanged for this one.
        Predecessor = "PREDECESSOR",
    }
}

words! {
    /// Which string of a token leaked.
    LeakedString {
        /// Its token string.
        TokenString = "TOKEN_STRING",
        /// One of its request tokens.
        RequestToken = "REQUEST_TOKEN",
    }
}

/// What is known of the leak of a token's string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leak {
    /// When it was first reported.
    pub reported_at: Timestamp,
    /// By whom.
    pub source: LeakSource,
    /// When and from where it had last been used by then, until the token ends.
    pub last_use: Option<LastUse>,
    /// How the string is being replaced, if it is, until the token ends.
    pub replacement: Option<Replacement>,
}

/// The replacement of a leaked string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// The expiry that the token had before: how long the successor lives depends on it.
    pub agreed_expiry: Option<Timestamp>,
    /// When the next look at the successor is due, which says whether it has been used.
    pub next_check: Option<Timestamp>,
    /// Request tokens that were redeemed before the latest one. Each is repeatable for its 2 hours.
    pub repeatable: Vec<Redeemed>,
}

/// When and from where a string was last used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastUse {
    /// When, exact to an hour.
    pub at: Timestamp,
    /// The source address, if it is known.
    pub from: Option<IpAddr>,
}

impl From<Timestamp> for LastUse {
    fn from(at: Timestamp) -> Self {
        Self { at, from: None }
    }
}

/// Where a string was found, as a verified report says: an address that people may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundAt(String);

impl FoundAt {
    /// Characters of the longest one.
    const CHARACTERS: usize = 500;

    /// Parses what a report says. `None` for what is no web address, is too long or may hold a secret.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_shown = |character: char| character.is_ascii_graphic();
        let fits = text.len() <= Self::CHARACTERS && text.chars().all(is_shown);
        let is_web = url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        (fits && is_web && fault::echoed(text).is_some()).then(|| Self(text.to_owned()))
    }

    /// Wraps a stored one.
    #[must_use]
    pub const fn stored(text: String) -> Self {
        Self(text)
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The deployment's parameters about leaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeakRules {
    /// What follows a leak; the defaults where there is none.
    pub reactions: PerCompany<LeakReaction>,
    /// Who is told besides the token's own recipient.
    pub security_addresses: PerCompany<MailAddress>,
    /// How long after a report a string that is being replaced ends at the latest.
    pub deadline: TimeDelta,
}

impl Default for LeakRules {
    fn default() -> Self {
        Self {
            reactions: PerCompany::default(),
            security_addresses: PerCompany::default(),
            deadline: limits::LEAK_DEADLINE,
        }
    }
}

impl LeakRules {
    /// What follows a leak of this token's string. `successor` is its successor, if it has one. A management token always ends
    /// at once: whoever holds it can create others. A string that cannot be replaced through a callback is not replaced.
    #[must_use]
    pub fn reaction_to(&self, token: &Token, successor: Option<&Token>, now: Timestamp) -> LeakReaction {
        if token.applications.contains(MANAGEMENT) {
            return LeakReaction::Deactivate;
        }
        match self.reactions.of(&token.company).copied() {
            Some(chosen @ (LeakReaction::Deactivate | LeakReaction::Notify)) => chosen,
            Some(LeakReaction::Renew) | None if is_replaceable(token, successor, now) => LeakReaction::Renew,
            Some(LeakReaction::Renew) | None => LeakReaction::Notify,
        }
    }
}

fn is_replaceable(token: &Token, successor: Option<&Token>, now: Timestamp) -> bool {
    match token.renewed {
        None => token.callback().is_some(),
        Some(_) => successor.is_some_and(|new| new.is_active(now) && new.callback().is_some()),
    }
}

impl Token {
    /// How its leaked string is being replaced, if it is.
    #[must_use]
    pub fn replacement(&self) -> Option<&Replacement> {
        self.leak.as_ref()?.replacement.as_ref()
    }

    /// The same, to be changed.
    pub(crate) fn replacement_mut(&mut self) -> Option<&mut Replacement> {
        self.leak.as_mut()?.replacement.as_mut()
    }

    /// The expiry that it was given, which a deadline may have replaced.
    #[must_use]
    pub fn agreed_expiry(&self) -> Option<Timestamp> {
        self.replacement().map_or(self.expires_at, |replacement| replacement.agreed_expiry)
    }

    /// Ends the replacement, with the token, and forgets where it was used from.
    pub(crate) fn end_replacement(&mut self) {
        if let Some(leak) = &mut self.leak {
            leak.replacement = None;
            leak.last_use = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_web_addresses_without_secrets() {
        for (text, shown) in [
            ("https://github.com/acme/shop/blob/0f3a/config.yml", true),
            ("http://example.com/", true),
            ("javascript:alert(1)", false),
            ("config.yml", false),
            ("https://example.com/a b", false),
            ("https://example.com/\u{202e}", false),
            ("https://example.com/?kat_0", false),
            (&format!("https://example.com/{}", "x".repeat(500)), false),
        ] {
            assert_eq!(FoundAt::parse(text).is_some(), shown, "{text}");
        }
    }

    #[test]
    fn each_word_means_one_thing() {
        for reaction in LeakReaction::ALL {
            assert_eq!(LeakReaction::of_word(reaction.as_str()), Some(*reaction));
        }
        assert_eq!(LeakSource::of_word("SOMETHING"), None);
    }
}
