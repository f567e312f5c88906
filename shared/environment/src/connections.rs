//! Connections to AWS, shared by all clients of a function.
//!
//! The SDK's own HTTP client, but for what it costs at a cold start: by itself it would read the system's whole trust store
//! as each client is built. AWS's endpoints have certificates of Amazon Trust Services, so five roots will do, and they
//! are read once, by the first call.

use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

use crate::variables::Variables;

const AMAZON_ROOTS: &str = include_str!("amazon-roots.pem");

/// Whoever names a trust store, by the variables that OpenSSL made customary, gets that one instead: for endpoints behind
/// a proxy of one's own, or in a partition that others certify.
const OTHER_ROOTS: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

#[derive(Debug)]
pub(crate) struct Connections(SharedHttpClient);

impl Connections {
    pub(crate) fn new(variables: &Variables) -> Self {
        let builder = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring));
        let amazon = TrustStore::empty().with_pem_certificate(AMAZON_ROOTS);
        // Without a context of ours, the client reads the store that the variables name.
        let context = match OTHER_ROOTS.iter().any(|name| variables.get(name).is_some()) {
            true => None,
            false => TlsContext::builder().with_trust_store(amazon).build().ok(),
        };
        Self(match context {
            Some(context) => builder.tls_context(context).build_https(),
            None => builder.build_https(),
        })
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
