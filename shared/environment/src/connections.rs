//! Connections to AWS, shared by all clients of a function.

use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

/// The SDK's own HTTP client, but for one thing: the trust store is read once, by the first call, and not once more for
/// each client that is built.
#[derive(Debug)]
pub(crate) struct Connections(SharedHttpClient);

impl Connections {
    pub(crate) fn new() -> Self {
        Self(Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).build_https())
    }
}

impl HttpClient for Connections {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        self.0.http_connector(settings, components)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.0.connector_metadata()
    }
}
