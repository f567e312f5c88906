//! Ids of records.

use std::fmt;
use std::str::FromStr;

/// Defines an id that is a UUID.
macro_rules! uuid_id {
    ($(#[$attribute:meta])* $name:ident) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(::uuid::Uuid);

        impl $name {
            /// Wraps a UUID.
            #[must_use]
            pub const fn new(id: ::uuid::Uuid) -> Self {
                Self(id)
            }

            /// The id as a UUID.
            #[must_use]
            pub const fn uuid(self) -> ::uuid::Uuid {
                self.0
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::ids::Malformed;

            /// Parses the lower-case hyphenated form only, so that each id has one spelling.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let id = ::uuid::Uuid::try_parse(text).map_err(|_| $crate::ids::Malformed)?;
                if id.to_string() == text { Ok(Self(id)) } else { Err($crate::ids::Malformed) }
            }
        }
    };
}
pub(crate) use uuid_id;

uuid_id! {
    /// The id of a token: a UUIDv7, so ids sort by creation.
    TokenId
}

/// The id of a company, `[a-z0-9-]{1,50}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CompanyId(String);

impl CompanyId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CompanyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for CompanyId {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if (1..=50).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed)
        }
    }
}

/// A text in the wrong form. It carries no data, so that it can hold no secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed")]
pub struct Malformed;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn company_ids() {
        for good in ["a", "acme", "0-9", &"x".repeat(50)] {
            assert!(good.parse::<CompanyId>().is_ok(), "{good}");
        }
        for bad in ["", "Acme", "a b", "ä", "a_b", &"x".repeat(51)] {
            assert!(bad.parse::<CompanyId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn one_id_has_one_spelling() {
        let text = "0199a3c4-5b6d-7e8f-9012-3456789abcde";
        assert_eq!(text.parse::<TokenId>().map(|id| id.to_string()), Ok(text.to_owned()));
        for bad in [text.to_uppercase(), text.replace('-', ""), format!("{{{text}}}"), String::new()] {
            assert!(bad.parse::<TokenId>().is_err(), "{bad}");
        }
    }
}
