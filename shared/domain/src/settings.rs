//! What people choose about a token, parsed into types that can't hold anything else.

use std::str::FromStr as _;

use chrono::{DateTime, NaiveDate, NaiveTime, SubsecRound as _, TimeDelta, Utc};
use email_address::EmailAddress;
use url::{Host, Url};

use crate::Moment;
use crate::address::AllowedNetworks;
use crate::limits;

/// A text that passed its rule.
macro_rules! text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// Takes a text back from the store, where only parsed ones are.
            #[must_use]
            pub const fn stored(text: String) -> Self {
                Self(text)
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

text!(
    /// A name, 1 to 100 characters, trimmed, on one line.
    Name
);
text!(
    /// A description, up to 1,000 characters.
    Description
);
text!(
    /// A mail address.
    MailAddress
);
text!(
    /// An address that callbacks may be sent to, as far as the text of it tells.
    CallbackUrl
);
text!(
    /// The name of an application.
    Application
);

impl Name {
    /// Parses a name; control characters would break the line of a mail's subject.
    pub fn parse(text: &str) -> Result<Self, String> {
        let trimmed = text.trim();
        let length = trimmed.chars().count();
        if trimmed.chars().any(char::is_control) {
            Err("must not contain control characters".into())
        } else if (1..=limits::NAME_CHARACTERS).contains(&length) {
            Ok(Self(trimmed.to_owned()))
        } else {
            Err(format!("must have 1 to {} characters", limits::NAME_CHARACTERS))
        }
    }
}

impl Description {
    /// Parses a description; line breaks and tabs are welcome.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.chars().count() > limits::DESCRIPTION_CHARACTERS {
            Err(format!("must have at most {} characters", limits::DESCRIPTION_CHARACTERS))
        } else if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            Err("must not contain control characters".into())
        } else {
            Ok(Self(text.to_owned()))
        }
    }

    /// No description.
    #[must_use]
    pub const fn empty() -> Self {
        Self(String::new())
    }
}

impl MailAddress {
    /// Parses a bare address such as `ops@example.com`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let options = email_address::Options::default()
            .with_required_tld()
            .without_domain_literal()
            .without_display_text();
        EmailAddress::parse_with_options(text, options)
            .map(|address| Self(address.to_string()))
            .map_err(|_| "must be a mail address such as ops@example.com".into())
    }
}

impl CallbackUrl {
    /// Parses the address of a receiver. What its name resolves to is judged at every connection, not here.
    pub fn parse(text: &str, networks: &AllowedNetworks) -> Result<Self, String> {
        if text.chars().count() > limits::URL_CHARACTERS {
            return Err(format!("must have at most {} characters", limits::URL_CHARACTERS));
        }
        let url = Url::parse(text).map_err(|_| "must be a URL such as https://example.com/renewals")?;
        let encrypted = url.scheme() == "https";
        let plain = url.scheme() == "http" && !networks.is_empty();
        if !encrypted && !plain {
            return Err("must start with https://".into());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not contain a user name or password".into());
        }
        if url.fragment().is_some() {
            return Err("must not contain a fragment".into());
        }
        let permitted = match url.host() {
            Some(Host::Ipv4(address)) => networks.permit(address.into(), encrypted),
            Some(Host::Ipv6(address)) => networks.permit(address.into(), encrypted),
            Some(Host::Domain("localhost")) => !networks.is_empty(),
            Some(Host::Domain(name)) => encrypted && name.contains('.'),
            None => false,
        };
        if permitted { Ok(Self(url.into())) } else { Err("must have a public host".into()) }
    }
}

/// What a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rights {
    /// Look.
    Read,
    /// Look and change.
    ReadWrite,
}

impl Rights {
    /// Parses the contract's word.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "READ" => Ok(Self::Read),
            "READ_WRITE" => Ok(Self::ReadWrite),
            _ => Err("must be READ or READ_WRITE".into()),
        }
    }

    /// The contract's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "READ",
            Self::ReadWrite => "READ_WRITE",
        }
    }
}

/// The built-in application that lets a token manage tokens.
pub const MANAGEMENT: &str = "API_ACCESS_TOKENS";

/// Distinct applications, in the order in which they were named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applications(Vec<Application>);

impl Applications {
    /// Parses the names against the catalogue; every name that is not in it is an error of its own.
    pub fn parse(names: &[String], catalogue: &Catalogue) -> Result<Self, Vec<String>> {
        let mut errors: Vec<String> = names
            .iter()
            .filter(|name| !catalogue.contains(name))
            .map(|_| format!("must name applications of the catalogue: {}", catalogue.names().join(", ")))
            .take(1)
            .collect();
        if names.is_empty() || names.len() > limits::APPLICATIONS {
            errors.push(format!("must name 1 to {} applications", limits::APPLICATIONS));
        }
        let distinct = names.iter().collect::<std::collections::BTreeSet<_>>().len() == names.len();
        if !distinct {
            errors.push("must not name an application twice".into());
        }
        if errors.is_empty() {
            Ok(Self(names.iter().cloned().map(Application).collect()))
        } else {
            Err(errors)
        }
    }

    /// Takes names back from the store.
    #[must_use]
    pub fn stored(names: Vec<String>) -> Self {
        Self(names.into_iter().map(Application).collect())
    }

    /// Whether this application is among them.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|application| application.as_str() == name)
    }

    /// The names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(Application::as_str)
    }
}

/// The applications that a deployment knows, the built-in one first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalogue(Vec<Application>);

impl Catalogue {
    /// Reads a comma-separated list of names, each `[A-Z][A-Z0-9_]{0,29}`: short enough that a record stays one read.
    pub fn parse(list: &str) -> Result<Self, String> {
        let mut names = vec![Application(MANAGEMENT.to_owned())];
        for name in list.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let allowed = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
            let good =
                name.len() <= 30 && name.bytes().all(allowed) && name.as_bytes()[0].is_ascii_uppercase();
            if !good {
                return Err(format!("'{name}' is not an application name: up to 30 of A-Z, 0-9 and _"));
            }
            if !names.iter().any(|known| known.as_str() == name) {
                names.push(Application(name.to_owned()));
            }
        }
        Ok(Self(names))
    }

    /// Whether a name is in it.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|known| known.as_str() == name)
    }

    /// The names.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        self.0.iter().map(Application::as_str).collect()
    }
}

/// Parses an end: an RFC 3339 date-time, or a date, which means the last second of that day in UTC.
pub fn parse_end(text: &str) -> Result<Moment, String> {
    if let Ok(date) = NaiveDate::from_str(text)
        && text.len() == 10
    {
        let midnight = date.and_time(NaiveTime::MIN).and_utc();
        return Ok(midnight + TimeDelta::days(1) - TimeDelta::seconds(1));
    }
    DateTime::parse_from_rfc3339(text).map(|moment| moment.with_timezone(&Utc).trunc_subsecs(0)).map_err(
        |_| "must be an RFC 3339 date-time such as 2027-01-31T12:00:00Z, or a date such as 2027-01-31".into(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(Name::parse("  partner ").map(|name| name.0), Ok("partner".into()));
        assert!(Name::parse(&"ä".repeat(100)).is_ok());
        for bad in ["", "   ", "a\nb", "a\u{0}b", &"x".repeat(101)] {
            assert!(Name::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn mail_addresses() {
        for good in ["ops@example.com", "o'neil+tag@mail.example.org"] {
            assert!(MailAddress::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "ops",
            "ops@",
            "ops@localhost",
            "a@b.com,c@d.com",
            "Ops <ops@example.com>",
            "a@b.com\r\nBcc: x@y.z",
        ] {
            assert!(MailAddress::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn callback_urls() {
        let none = AllowedNetworks::default();
        let loopback = AllowedNetworks::parse("127.0.0.0/8").unwrap();
        assert!(CallbackUrl::parse("https://example.com/hook?x=1", &none).is_ok());
        assert!(CallbackUrl::parse("http://127.0.0.1:9000/hook", &loopback).is_ok());
        assert!(CallbackUrl::parse("http://localhost:9000/hook", &loopback).is_ok());
        for bad in [
            "",
            "hook",
            "ftp://example.com",
            "http://example.com",
            "http://127.0.0.1/",
            "https://127.0.0.1/",
            "https://0x7f.1/",
            "https://2130706433/",
            "https://[::1]/",
            "https://localhost/",
            "https://intranet/",
            "https://a:b@example.com/",
            "https://example.com/#x",
            "javascript:alert(1)",
            "https://169.254.169.254/latest",
        ] {
            assert!(CallbackUrl::parse(bad, &none).is_err(), "{bad}");
        }
        assert!(CallbackUrl::parse("http://example.com/", &loopback).is_err());
        assert!(CallbackUrl::parse(&format!("https://example.com/{}", "x".repeat(1_000)), &none).is_err());
    }

    #[test]
    fn ends() {
        assert_eq!(parse_end("2027-01-31").unwrap().to_rfc3339(), "2027-01-31T23:59:59+00:00");
        assert_eq!(
            parse_end("2027-01-31T12:00:00.9+02:00").unwrap().to_rfc3339(),
            "2027-01-31T10:00:00+00:00"
        );
        for bad in ["", "tomorrow", "2027-02-30", "2027-1-3", "2027-01-31T12:00:00"] {
            assert!(parse_end(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn applications() {
        let catalogue = Catalogue::parse("ORDERS, PRODUCTS,ORDERS").unwrap();
        assert_eq!(catalogue.names(), [MANAGEMENT, "ORDERS", "PRODUCTS"]);
        let parse = |names: &[&str]| {
            Applications::parse(&names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>(), &catalogue)
        };
        assert!(parse(&["ORDERS", MANAGEMENT]).is_ok());
        assert!(parse(&[]).is_err());
        assert_eq!(parse(&["X", "X"]).unwrap_err().len(), 2);
        for bad in ["orders", "A-B", "1A", &"A".repeat(31)] {
            assert!(Catalogue::parse(bad).is_err(), "{bad}");
        }
    }
}
