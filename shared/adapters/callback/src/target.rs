//! Where a callback goes, read from its URL.

use keyturn_domain::settings::CallbackUrl;
use url::{Host, Position, Url};

use crate::delivery_error::DeliveryError;

/// A URL in the parts that a connection and a request need.
#[derive(Debug)]
pub(crate) struct Target {
    /// A name, or an address however it was spelled: the parser reads decimal, octal and hexadecimal ones too.
    pub(crate) host: Host,
    pub(crate) port: u16,
    pub(crate) encrypted: bool,
    /// What the header `host` says: the port only if it isn't the scheme's own.
    pub(crate) authority: String,
    /// Path and query.
    pub(crate) path: String,
}

impl Target {
    pub(crate) fn parse(url: &CallbackUrl) -> Result<Self, DeliveryError> {
        let url = Url::parse(url.as_str()).map_err(|error| DeliveryError::Unsendable(error.into()))?;
        let (encrypted, own_port) = match url.scheme() {
            "https" => (true, 443),
            "http" => (false, 80),
            _ => return Err(DeliveryError::Unsendable("neither https nor http".into())),
        };
        let host =
            url.host().ok_or_else(|| DeliveryError::Unsendable("a URL without a host".into()))?.to_owned();
        let authority = url.port().map_or_else(|| host.to_string(), |port| format!("{host}:{port}"));
        let path = url[Position::BeforePath..Position::AfterQuery].to_owned();
        Ok(Self { port: url.port().unwrap_or(own_port), host, encrypted, authority, path })
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

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

    #[test]
    fn every_spelling_of_an_address_is_an_address() {
        for spelling in
            ["127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "127.0.0.1.", "%31%32%37.1"]
        {
            let target = target(&format!("https://{spelling}/"));
            assert_eq!(target.host, Host::<String>::Ipv4(Ipv4Addr::LOCALHOST), "{spelling}");
        }
    }

    #[test]
    fn what_is_no_address_of_a_receiver_is_refused() {
        for url in ["", "hook", "ftp://example.com/", "file:///etc/passwd"] {
            assert!(Target::parse(&CallbackUrl::stored(url.to_owned())).is_err(), "{url}");
        }
    }
}
