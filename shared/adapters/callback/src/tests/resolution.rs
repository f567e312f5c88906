//! Names: resolved once per delivery, and only permitted addresses are connected to.

use std::io;
use std::net::{IpAddr, TcpListener};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use keyturn_application::ports::CallbackSender as _;
use keyturn_domain::delivery::FailureClass;

use super::receiver::answering;
use super::{BLOCKED, OK, message, sender, unanswered};
use crate::HttpCallbackSender;
use crate::resolver::Resolver;

/// A server that must not be connected to.
pub(super) struct UnreachedServer(TcpListener);

impl UnreachedServer {
    pub(super) fn bind(address: &str) -> Self {
        let listener = TcpListener::bind((address, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    pub(super) fn port(&self) -> u16 {
        self.0.local_addr().unwrap().port()
    }

    pub(super) fn assert_unreached(&self) {
        assert_eq!(self.0.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock, "it was connected to");
    }
}

/// A name server that gives these answers in turn, the last one forever, and counts its queries.
pub(super) struct FakeDns(Mutex<(usize, Vec<Vec<IpAddr>>)>);

impl FakeDns {
    pub(super) fn new(answers: &[&[&str]]) -> Arc<Self> {
        let parsed = answers.iter().map(|answer| answer.iter().map(|text| text.parse().unwrap()).collect());
        Arc::new(Self(Mutex::new((0, parsed.collect()))))
    }

    pub(super) fn queries(&self) -> usize {
        self.0.lock().unwrap().0
    }
}

#[async_trait]
impl Resolver for FakeDns {
    async fn resolve(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        let mut state = self.0.lock().unwrap();
        let index = state.0.min(state.1.len() - 1);
        state.0 += 1;
        Ok(state.1[index].clone())
    }
}

pub(super) fn sender_with(dns: &Arc<FakeDns>, networks: &str) -> HttpCallbackSender {
    let mut sender = sender(networks);
    sender.connector.resolver = Arc::<FakeDns>::clone(dns);
    sender
}

#[tokio::test]
async fn plain_http_reaches_allowed_networks_only() {
    let public = FakeDns::new(&[&["1.1.1.1", "2606:4700::1111"]]);
    let sender = sender_with(&public, "127.0.0.0/8");
    assert_eq!(sender.send(&message("http://example.com/")).await.outcome, BLOCKED);
    assert_eq!(sender.send(&message("http://1.1.1.1/")).await.outcome, BLOCKED);
}

#[tokio::test]
async fn reaches_an_allowed_network_also_as_ipv4_inside_ipv6() {
    for host in ["localhost", "127.0.0.1", "[::ffff:127.0.0.1]"] {
        let receiver = answering(OK).await;
        let url = format!("http://{host}:{}/", receiver.address.port());
        assert_eq!(sender("127.0.0.0/8").send(&message(&url)).await.outcome, Ok(200), "{url}");
    }
}

#[tokio::test]
async fn resolves_a_name_once_and_connects_to_a_permitted_address() {
    let dns = FakeDns::new(&[&["10.1.2.3", "127.0.0.1"], &["10.1.2.3"]]);
    let receiver = answering(OK).await;
    let url = format!("http://example.com:{}/", receiver.address.port());
    let report = sender_with(&dns, "127.0.0.1/32").send(&message(&url)).await;
    assert_eq!(report.outcome, Ok(200));
    assert_eq!(dns.queries(), 1);
    assert_eq!(receiver.finish().await.header("host"), Some(&url["http://".len()..url.len() - 1]));
}

#[tokio::test]
async fn resolves_and_checks_again_for_each_delivery() {
    let receiver = answering(OK).await;
    let rebinding = FakeDns::new(&[&["127.0.0.1"], &["10.1.2.3"], &["169.254.169.254", "::1"]]);
    let message = message(&format!("http://example.com:{}/", receiver.address.port()));
    let sender = sender_with(&rebinding, "127.0.0.1/32");
    for expected in [Ok(200), BLOCKED, BLOCKED] {
        assert_eq!(sender.send(&message).await.outcome, expected);
    }
    assert_eq!(rebinding.queries(), 3);
}

/// Only Linux has more than one loopback address.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn never_falls_back_to_a_forbidden_address() {
    let forbidden = UnreachedServer::bind("127.0.0.2");
    let mixed = FakeDns::new(&[&["127.0.0.2", "127.0.0.1"], &["127.0.0.2"]]);
    let url = format!("http://example.com:{}/", forbidden.port());
    let report = sender_with(&mixed, "127.0.0.1/32").send(&message(&url)).await;
    assert_eq!(report.outcome, unanswered(FailureClass::Connection));
    forbidden.assert_unreached();
}

#[tokio::test]
async fn tries_the_next_permitted_address_if_one_refuses() {
    let two = FakeDns::new(&[&["::1", "127.0.0.1"]]);
    let receiver = answering(OK).await;
    let url = format!("http://example.com:{}/", receiver.address.port());
    assert_eq!(sender_with(&two, "::1/128, 127.0.0.0/8").send(&message(&url)).await.outcome, Ok(200));
}

/// A name with very many addresses must not turn one callback into a scan of a network.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn tries_only_a_few_addresses_of_a_name() {
    let addresses: Vec<String> = (1..=9).map(|host| format!("127.0.0.{host}")).collect();
    let last = UnreachedServer::bind("127.0.0.9");
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let dns = FakeDns::new(&[&addresses]);
    let url = format!("http://example.com:{}/", last.port());
    let report = sender_with(&dns, "127.0.0.0/8").send(&message(&url)).await;
    assert_eq!(report.outcome, unanswered(FailureClass::Connection));
    last.assert_unreached();
}

/// A name server that knows no name.
struct NoSuchName;

#[async_trait]
impl Resolver for NoSuchName {
    async fn resolve(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        Err(io::Error::other("no such name"))
    }
}

#[tokio::test]
async fn a_name_without_addresses_is_a_connection_failure() {
    let resolvers: [Arc<dyn Resolver>; 2] = [Arc::new(NoSuchName), FakeDns::new(&[&[]])];
    for resolver in resolvers {
        let mut sender = sender("");
        sender.connector.resolver = resolver;
        let outcome = sender.send(&message("https://example.com/")).await.outcome;
        assert_eq!(outcome, unanswered(FailureClass::Connection));
    }
}
