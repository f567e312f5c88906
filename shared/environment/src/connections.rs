//! The HTTP client of all AWS clients of a function.
//!
//! It trusts the five roots of Amazon Trust Services, which certify the endpoints of AWS, instead of the system's whole
//! trust store, which takes long to read at a cold start.

use std::time::Duration;

use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

use crate::variables::Variables;

const AMAZON_ROOTS: &str = include_str!("amazon-roots.pem");

/// Connections that were idle for longer are not used again. Between two invocations Lambda freezes the process, for minutes,
/// and it doesn't see that the other side closes a connection. A request over a closed one fails and is tried again after a
/// pause; a new connection takes some 10 ms. Requests that follow one another within seconds, and all calls of a run of the
/// schedule, share connections.
const IDLE: Duration = Duration::from_secs(20);

/// OpenSSL's variables for another trust store: for endpoints behind one's own proxy, or in a partition that others certify.
const OTHER_ROOTS: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// Makes connectors when they are needed. The SDK's client also makes one for each new AWS client and throws it away, so that
/// the system's trust store is read early; that is a tenth of a cold start.
#[derive(Debug)]
struct OnDemand(SharedHttpClient);

impl HttpClient for OnDemand {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        self.0.http_connector(settings, components)
    }
}

pub(crate) fn http_client(variables: &Variables) -> SharedHttpClient {
    SharedHttpClient::new(OnDemand(trusting(variables)))
}

fn trusting(variables: &Variables) -> SharedHttpClient {
    let builder = Builder::new().pool_idle_timeout(IDLE).tls_provider(Provider::Rustls(CryptoMode::Ring));
    if OTHER_ROOTS.iter().any(|name| variables.get(name).is_some()) {
        // Without a context, the client reads the store that the variables name.
        return builder.build_https();
    }
    let amazon = TrustStore::empty().with_pem_certificate(AMAZON_ROOTS);
    match TlsContext::builder().with_trust_store(amazon).build() {
        Ok(context) => builder.tls_context(context).build_https(),
        Err(_) => builder.build_https(),
    }
}
