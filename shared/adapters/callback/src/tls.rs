//! TLS connections, with the same TLS provider as the AWS SDK.

use std::sync::{Arc, OnceLock};

use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::Resumption;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, Error, RootCertStore};

/// Makes TLS connections. Reads the system's root certificates with the first one, since that takes longer than the rest
/// of a cold start.
#[derive(Default)]
pub(crate) struct Tls(OnceLock<Arc<ClientConfig>>);

impl Tls {
    /// Trusts these roots instead of the system's.
    #[cfg(test)]
    pub(crate) fn trusting(roots: RootCertStore) -> Self {
        Self(OnceLock::from(Arc::new(configuration(roots).unwrap())))
    }

    /// The connector.
    pub(crate) fn connector(&self) -> Result<TlsConnector, Error> {
        if let Some(configuration) = self.0.get() {
            return Ok(Arc::clone(configuration).into());
        }
        let configuration = Arc::new(configuration(system_roots())?);
        Ok(Arc::clone(self.0.get_or_init(|| configuration)).into())
    }
}

fn configuration(roots: RootCertStore) -> Result<ClientConfig, Error> {
    let mut configuration = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    configuration.alpn_protocols = vec![b"http/1.1".to_vec()];
    // Every connection authenticates the server anew.
    configuration.resumption = Resumption::disabled();
    Ok(configuration)
}

fn system_roots() -> RootCertStore {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    // Some systems' stores hold unparsable certificates; they are skipped.
    let (usable, _) = roots.add_parsable_certificates(found.certs);
    if usable == 0 {
        tracing::error!(errors = ?found.errors, "no root certificates: every https callback will fail");
    }
    roots
}
