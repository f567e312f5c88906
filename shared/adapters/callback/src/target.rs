//! The target of a callback, parsed from its URL.

use keyturn_domain::settings::CallbackUrl;
use url::{Host, Position, Url};

use crate::delivery_error::DeliveryError;

/// The parts of a URL that a connection and a request need.
#[derive(Debug)]
pub(crate) struct Target {
    /// A name, or an address in any notation: the parser reads decimal, octal and hexadecimal ones too.
    pub(crate) host: Host,
    pub(crate) port: u16,
    pub(crate) encrypted: bool,
    /// The value of the header `host`: with the port unless it is the scheme's default.
    pub(crate) authority: String,
    /// Path and query.
    pub(crate) path: String,
}

impl Target {
    pub(crate) fn parse(url: &CallbackUrl) -> Result<Self, DeliveryError> {
        let url = Url::parse(url.as_str()).map_err(|error| DeliveryError::Unsendable(error.into()))?;
        let (encrypted, default_port) = match url.scheme() {
            "https" => (true, 443),
            "http" => (false, 80),
            _ => return Err(DeliveryError::Unsendable("neither https nor http".into())),
        };
        let host =
            url.host().ok_or_else(|| DeliveryError::Unsendable("a URL without a host".into()))?.to_owned();
        let authority = url.port().map_or_else(|| host.to_string(), |port| format!("{host}:{port}"));
        let path = url[Position::BeforePath..Position::AfterQuery].to_owned();
        Ok(Self { port: url.port().unwrap_or(default_port), host, encrypted, authority, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str) -> Target {
        Target::parse(&CallbackUrl::stored(url.to_owned())).unwrap()
    }

    #[test]
    fn the_parts_of_a_url() {
        let named = target("https://Example.com/hook?x=1#y");
        assert_eq!((named.authority.as_str(), named.port, named.encrypted), ("example.com", 443, true));
        assert_eq!(named.path, "/hook?x=1");
        let numbered = target("http://[::1]:8080");
        assert_eq!(
            (numbered.authority.as_str(), numbered.port, numbered.encrypted),
            ("[::1]:8080", 8080, false)
        );
        assert_eq!(numbered.path, "/");
    }
}
