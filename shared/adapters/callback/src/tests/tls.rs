//! TLS: trusted connections, and everything that makes one untrusted.

use std::sync::Arc;

use keyturn_application::ports::CallbackSender as _;
use keyturn_domain::delivery::FailureClass;
use rcgen::{CertifiedKey, KeyPair};
use tokio::io::AsyncWriteExt as _;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, pki_types::PrivateKeyDer};

use super::receiver::{Receiver, receive, wait_for_close};
use super::{OK, Outcome, message, sender, unanswered};
use crate::tls::Tls;

/// A self-signed certificate for this name.
fn certificate(name: &str) -> CertifiedKey<KeyPair> {
    rcgen::generate_simple_self_signed([name.to_owned()]).unwrap()
}

/// A root store with these certificates.
fn roots(trusted: &[&CertifiedKey<KeyPair>]) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    for trusted in trusted {
        roots.add(trusted.cert.der().clone()).unwrap();
    }
    roots
}

/// A server with this certificate; requires client certificates that `callers` vouches for, if given.
fn server(own: &CertifiedKey<KeyPair>, callers: Option<RootCertStore>) -> TlsAcceptor {
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    let builder = match callers.map(Arc::new) {
        None => builder.with_no_client_auth(),
        Some(callers) => builder.with_client_cert_verifier(
            WebPkiClientVerifier::builder_with_provider(callers, provider).build().unwrap(),
        ),
    };
    let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
    let mut server = builder.with_single_cert(vec![own.cert.der().clone()], key).unwrap();
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Arc::new(server).into()
}

/// Sends over https to a receiver with this configuration.
async fn send(server: TlsAcceptor, tls: Tls) -> Outcome {
    let receiver = Receiver::start(async move |stream| match server.accept(stream).into_fallible().await {
        Ok(mut stream) => {
            receive(&mut stream).await;
            stream.write_all(OK.as_bytes()).await.unwrap();
        }
        Err((_, mut stream)) => wait_for_close(&mut stream).await,
    })
    .await;
    let mut sender = sender("127.0.0.0/8");
    sender.connector.tls = tls;
    let report = sender.send(&message(&format!("https://localhost:{}/", receiver.address.port()))).await;
    receiver.finish().await;
    report.outcome
}

const UNTRUSTED: Outcome = unanswered(FailureClass::Tls);

#[tokio::test]
async fn reaches_a_trusted_receiver() {
    let own = certificate("localhost");
    assert_eq!(send(server(&own, None), Tls::trusting(roots(&[&own]))).await, Ok(200));
}

#[tokio::test]
async fn refuses_an_untrusted_certificate() {
    let (own, other) = (certificate("localhost"), certificate("localhost"));
    assert_eq!(send(server(&own, None), Tls::trusting(roots(&[]))).await, UNTRUSTED);
    assert_eq!(send(server(&own, None), Tls::trusting(roots(&[&other]))).await, UNTRUSTED);
}

#[tokio::test]
async fn refuses_a_certificate_for_another_name() {
    let other = certificate("example.com");
    assert_eq!(send(server(&other, None), Tls::trusting(roots(&[&other]))).await, UNTRUSTED);
}

#[tokio::test]
async fn the_system_roots_refuse_a_self_signed_certificate() {
    let own = certificate("localhost");
    assert_eq!(send(server(&own, None), Tls::default()).await, UNTRUSTED);
}

/// With TLS 1.3 the refusal only comes after the handshake.
#[tokio::test]
async fn a_required_client_certificate_is_a_tls_failure() {
    let own = certificate("localhost");
    let demanding = server(&own, Some(roots(&[&own])));
    assert_eq!(send(demanding, Tls::trusting(roots(&[&own]))).await, UNTRUSTED);
}

#[tokio::test]
async fn a_port_without_tls_is_a_tls_failure() {
    for answer in ["HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n", ""] {
        let receiver = Receiver::start(async move |mut stream| {
            stream.write_all(answer.as_bytes()).await.unwrap();
        })
        .await;
        let url = format!("https://{}/", receiver.address);
        let outcome = sender("127.0.0.0/8").send(&message(&url)).await.outcome;
        assert_eq!(outcome, UNTRUSTED, "{answer:?}");
    }
}
