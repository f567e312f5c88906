//! The settings of a token, parsed into types that hold valid values only.

mod characters;

pub(crate) use characters::is_hidden;

use std::str::FromStr as _;

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveTime, TimeDelta};
use email_address::EmailAddress;
use sha2::{Digest as _, Sha256};
use url::{Host, Url};

use crate::Timestamp;
use crate::address::AllowedNetworks;
use crate::fault::{FaultCode, Violation};
use crate::limits;

/// A newtype of a validated text.
macro_rules! text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// Wraps a text from the store, which holds validated ones only.
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
    /// The URL of a receiver, validated as far as its text allows.
    CallbackUrl
);
text!(
    /// The name of an application.
    Application
);

impl Name {
    /// Parses a name; control characters would break the line of a mail's subject, and invisible ones would make two names
    /// look the same.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        let trimmed = text.trim();
        let length = trimmed.chars().count();
        if trimmed.chars().any(is_hidden) {
            Err(hidden())
        } else if (1..=limits::NAME_CHARACTERS).contains(&length)
            && !trimmed.chars().all(characters::is_joiner)
        {
            Ok(Self(trimmed.to_owned()))
        } else {
            let error = format!("must have 1 to {} characters", limits::NAME_CHARACTERS);
            Err(Violation::new(FaultCode::LengthOutOfRange, error))
        }
    }
}

impl Description {
    /// Parses a description; it may contain line breaks and tabs.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        if text.chars().count() > limits::DESCRIPTION_CHARACTERS {
            Err(too_long(limits::DESCRIPTION_CHARACTERS))
        } else if text.chars().any(|c| is_hidden(c) && !matches!(c, '\n' | '\r' | '\t')) {
            Err(hidden())
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
    /// Parses a bare address such as `ops@example.com`. SES accepts ASCII only; an internationalized domain can be written
    /// in Punycode.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        let options = email_address::Options::default()
            .with_required_tld()
            .without_domain_literal()
            .without_display_text();
        let in_domain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
        EmailAddress::parse_with_options(text, options)
            .ok()
            .filter(|address| address.as_str().is_ascii() && address.domain().bytes().all(in_domain))
            .map(|address| Self(address.to_string()))
            .ok_or(Violation::new(
                FaultCode::InvalidMailAddress,
                "must be a mail address such as ops@example.com",
            ))
    }

    /// SHA-256 of the address, whatever its case.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.to_ascii_lowercase()).into()
    }
}

impl CallbackUrl {
    /// Parses the URL of a receiver. The addresses of its host are checked at every connection, not here.
    pub fn parse(text: &str, networks: &AllowedNetworks) -> Result<Self, Violation> {
        if text.chars().count() > limits::URL_CHARACTERS {
            return Err(too_long(limits::URL_CHARACTERS));
        }
        let refused = |code, error: &'static str| Err(Violation::new(code, error));
        let Ok(url) = Url::parse(text) else {
            return refused(FaultCode::InvalidUrl, "must be a URL such as https://example.com/renewals");
        };
        let encrypted = url.scheme() == "https";
        let plain = url.scheme() == "http" && !networks.is_empty();
        if !encrypted && !plain {
            return refused(FaultCode::HttpsRequired, "must start with https://");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refused(FaultCode::UrlHasCredentials, "must not contain a user name or password");
        }
        if url.fragment().is_some() {
            return refused(FaultCode::UrlHasFragment, "must not contain a fragment");
        }
        let on_loopback = match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        };
        if !url.port_or_known_default().is_some_and(|port| networks.permit_port(port, on_loopback)) {
            let error = format!("must have a port that callbacks may reach: {}", networks.ports());
            return Err(Violation::new(FaultCode::InvalidPort, error));
        }
        let permitted = match url.host() {
            Some(Host::Ipv4(address)) => networks.permit(address.into(), encrypted),
            Some(Host::Ipv6(address)) => networks.permit(address.into(), encrypted),
            Some(Host::Domain("localhost")) => !networks.is_empty(),
            Some(Host::Domain(name)) => encrypted && is_public_name(name),
            None => false,
        };
        if permitted {
            Ok(Self(url.into()))
        } else {
            refused(FaultCode::HostNotPublic, "must have a public host")
        }
    }
}

impl CallbackUrl {
    /// Whether two URLs have the same host, on whatever port.
    #[must_use]
    pub fn has_host_of(&self, other: &Self) -> bool {
        let host = |url: &Self| Url::parse(&url.0).ok().and_then(|url| url.host_str().map(str::to_owned));
        host(self) == host(other)
    }

    /// Checks a URL that was accepted before: the deployment may allow other networks by now.
    pub fn check(&self, networks: &AllowedNetworks) -> Result<(), Violation> {
        Self::parse(&self.0, networks).map(|_| ())
    }

    /// The host, and the port if it is not the scheme's.
    #[must_use]
    pub fn authority(&self) -> String {
        Url::parse(&self.0).map_or_else(|_| String::new(), |url| url.authority().to_owned())
    }
}

/// Whether a name can be in the public DNS: more than one label, each of a length that RFC 1035 allows, and not below
/// `localhost`, which RFC 6761 reserves. A trailing dot is ignored.
fn is_public_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let labels: Vec<_> = name.split('.').collect();
    name.len() <= 253
        && labels.len() > 1
        && labels.iter().all(|label| (1..=63).contains(&label.len()))
        && labels.last() != Some(&"localhost")
}

impl Application {
    /// Parses a name, `[A-Z][A-Z0-9_]{0,29}`: short, so that a record stays within one read unit.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        let allowed = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
        let starts_well = text.starts_with(|first: char| first.is_ascii_uppercase());
        if starts_well && text.len() <= 30 && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Violation::new(
                FaultCode::InvalidApplicationName,
                "must be an application name: up to 30 of A-Z, 0-9 and _",
            ))
        }
    }
}

/// The rights of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rights {
    /// Reads.
    Read,
    /// Reads and writes.
    ReadWrite,
}

impl Rights {
    /// Parses the word of the contract.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        match text {
            "READ" => Ok(Self::Read),
            "READ_WRITE" => Ok(Self::ReadWrite),
            _ => Err(Violation::new(FaultCode::UnsupportedValue, "must be READ or READ_WRITE")),
        }
    }

    /// The word of the contract.
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

/// Distinct applications in the order of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applications(Vec<Application>);

impl Applications {
    /// Parses names against the catalogue. All broken rules are returned.
    pub fn parse(names: &[String], catalogue: &Catalogue) -> Result<Self, Vec<Violation>> {
        let mut errors = Vec::new();
        if names.iter().any(|name| !catalogue.contains(name)) {
            let known = catalogue.names().join(", ");
            let error = format!("must name applications of the catalogue: {known}");
            errors.push(Violation::new(FaultCode::UnknownApplication, error));
        }
        if names.is_empty() || names.len() > limits::APPLICATIONS {
            let error = format!("must name 1 to {} applications", limits::APPLICATIONS);
            errors.push(Violation::new(FaultCode::CountOutOfRange, error));
        }
        let distinct = names.iter().collect::<std::collections::BTreeSet<_>>().len() == names.len();
        if !distinct {
            let error = "must not name an application twice";
            errors.push(Violation::new(FaultCode::DuplicateApplication, error));
        }
        if errors.is_empty() {
            Ok(Self(names.iter().cloned().map(Application).collect()))
        } else {
            Err(errors)
        }
    }

    /// The built-in application alone.
    #[must_use]
    pub fn management() -> Self {
        Self(vec![Application(MANAGEMENT.to_owned())])
    }

    /// Wraps names from the store.
    #[must_use]
    pub fn stored(names: Vec<String>) -> Self {
        Self(names.into_iter().map(Application).collect())
    }

    /// Whether this application is included.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|application| application.as_str() == name)
    }

    /// The names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(Application::as_str)
    }
}

/// The applications of a deployment, the built-in one first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalogue(Vec<Application>);

impl Catalogue {
    /// Parses a comma-separated list of names.
    pub fn parse(list: &str) -> Result<Self, String> {
        let mut names = vec![Application(MANAGEMENT.to_owned())];
        for name in list.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let name = Application::parse(name).map_err(|error| format!("'{name}' {error}"))?;
            if !names.contains(&name) {
                names.push(name);
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

fn hidden() -> Violation {
    let error = "must not contain control or invisible formatting characters";
    Violation::new(FaultCode::ControlCharacters, error)
}

fn too_long(characters: usize) -> Violation {
    Violation::new(FaultCode::TooLong, format!("must have at most {characters} characters"))
}

/// Parses an end: an RFC 3339 date-time, or a date, which means the last second of that day in UTC.
pub fn parse_end(text: &str) -> Result<Timestamp, Violation> {
    parse_timestamp(text, TimeDelta::days(1) - TimeDelta::seconds(1))
}

/// Parses a start: an RFC 3339 date-time, or a date, which means the first second of that day in UTC.
pub fn parse_start(text: &str) -> Result<Timestamp, Violation> {
    parse_timestamp(text, TimeDelta::zero())
}

/// Parses a date-time, or a date plus a time into that day. In UTC the year must have four digits, since RFC 3339 knows no
/// others.
fn parse_timestamp(text: &str, into_day: TimeDelta) -> Result<Timestamp, Violation> {
    let timestamp = match date(text) {
        Some(date) => Some(date.and_time(NaiveTime::MIN).and_utc() + into_day),
        // Via whole seconds, which also turns a leap second into the last second of its minute.
        None => DateTime::parse_from_rfc3339(text)
            .ok()
            .and_then(|time| DateTime::from_timestamp(time.timestamp(), 0)),
    };
    timestamp.filter(|time| (0..=9_999).contains(&time.year())).ok_or(Violation::new(
        FaultCode::InvalidDateTime,
        "must be an RFC 3339 date-time such as 2027-01-31T12:00:00Z, or a date such as 2027-01-31",
    ))
}

/// A date of four, two and two digits. Chrono alone would also take signs, spaces and fewer digits.
fn date(text: &str) -> Option<NaiveDate> {
    let strict = text.len() == 10
        && text.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if strict { NaiveDate::from_str(text).ok() } else { None }
}

#[cfg(test)]
mod tests;
