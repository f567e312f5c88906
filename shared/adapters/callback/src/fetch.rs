//! Fetches a public document, under the same guard and limits as a callback.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{ACCEPT, HOST, USER_AGENT};
use hyper::{Request, StatusCode};
use keyturn_application::PortError;
use keyturn_domain::address::AllowedNetworks;
use keyturn_domain::settings::CallbackUrl;
use keyturn_environment::{ConfigurationError, Environment};

use crate::connector::Connector;
use crate::delivery_error::DeliveryError;
use crate::exchange;
use crate::resolver::SystemResolver;
use crate::target::Target;
use crate::tls::Tls;

/// For name, connection, head and body together. Somebody waits for the document.
const TIME_LIMIT: Duration = Duration::from_secs(3);

/// Fetches documents over HTTP/1.1, with one connection each.
pub struct HttpFetcher {
    connector: Connector,
}

impl HttpFetcher {
    /// Reaches public addresses over https, and what the deployment allows for all companies.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigurationError> {
        Ok(Self::new(environment.rules()?.callback_networks))
    }

    /// Reaches public addresses over https, and these networks.
    #[must_use]
    pub fn new(networks: AllowedNetworks) -> Self {
        Self { connector: Connector { networks, resolver: Arc::new(SystemResolver), tls: Tls::default() } }
    }

    /// The document at this address: at most 64 KiB. Anything but a 200 is an error.
    pub async fn get(&self, url: &str) -> Result<Bytes, PortError> {
        let fetched = tokio::time::timeout(TIME_LIMIT, self.exchange(url)).await;
        fetched
            .unwrap_or(Err(DeliveryError::Timeout))
            .map_err(|error| PortError::new("a document can't be fetched", error))
    }

    async fn exchange(&self, url: &str) -> Result<Bytes, DeliveryError> {
        let target = Target::parse(&CallbackUrl::stored(url.to_owned()))?;
        let request = Request::get(&target.path)
            .header(HOST, &target.authority)
            .header(ACCEPT, "application/json")
            .header(USER_AGENT, "Keyturn")
            .body(Full::default())
            .map_err(|error| DeliveryError::Unsendable(error.into()))?;
        let stream = self.connector.connect(None, &target, TIME_LIMIT).await?;
        let mut exchange = exchange::start(stream, request).await?;
        if exchange.status() != StatusCode::OK {
            return Err(DeliveryError::Status);
        }
        exchange.read_body().await
    }
}
