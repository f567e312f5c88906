//! Requests to providers: no redirects, bounded answers, bounded time, and TLS wherever the issuer has it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http::uri::Scheme;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use tokio::sync::OnceCell;
use tokio::time::timeout;

/// The client, which sends bytes and takes bytes.
type Connections = Client<HttpsConnector<HttpConnector>, Full<bytes::Bytes>>;

/// The time limit of one request. A sign-in makes three at most, within the time of a function.
const TIMEOUT: Duration = Duration::from_millis(2_500);

/// Bytes of the longest answer that is read.
const ANSWER_BYTES: usize = 512 * 1024;

/// Sends requests to providers.
#[derive(Default)]
pub(crate) struct Http {
    /// Made with the first request, since reading the system's root certificates takes time.
    connections: OnceCell<Connections>,
}

/// Requests to one provider.
pub(crate) struct HttpTo<'a> {
    pub(crate) http: &'a Http,
    /// Whether its issuer goes without TLS.
    pub(crate) plain: bool,
}

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    /// Its answer did not come in time.
    #[error("no answer in time")]
    Timeout,
    /// A provider with TLS named an address without.
    #[error("the provider names an address without TLS")]
    Plain,
    /// The server is not well.
    #[error("the provider answered with status {0}")]
    Status(u16),
    /// The connection failed.
    #[error("the connection failed")]
    Connection(#[source] hyper_util::client::legacy::Error),
    /// The answer broke off, or is too long.
    #[error("the answer could not be read")]
    Body(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// TLS is not available.
    #[error("TLS is not available")]
    Tls(#[from] rustls::Error),
}

impl<'c> AsyncHttpClient<'c> for HttpTo<'_> {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            if !self.plain && request.uri().scheme() != Some(&Scheme::HTTPS) {
                return Err(HttpError::Plain);
            }
            timeout(TIMEOUT, self.http.send(request)).await.unwrap_or(Err(HttpError::Timeout))
        })
    }
}

impl Http {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let connections = self.connections.get_or_try_init(async || connections()).await?;
        let request = request.map(|body| Full::from(bytes::Bytes::from(body)));
        let response = connections.request(request).await.map_err(HttpError::Connection)?;
        if response.status().is_server_error() {
            return Err(HttpError::Status(response.status().as_u16()));
        }
        let (head, body) = response.into_parts();
        let body = Limited::new(body, ANSWER_BYTES).collect().await.map_err(HttpError::Body)?;
        Ok(HttpResponse::from_parts(head, body.to_bytes().into()))
    }
}

fn connections() -> Result<Connections, rustls::Error> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (usable, _) = roots.add_parsable_certificates(found.certs);
    if usable == 0 {
        tracing::error!(errors = ?found.errors, "no root certificates: no provider with TLS can be reached");
    }
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().build();
    Ok(Client::builder(TokioExecutor::new()).build(connector))
}
