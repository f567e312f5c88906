//! Addresses that no callback reaches, whatever leads there.

use std::io;
use std::net::{IpAddr, TcpListener};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use keyturn_application::ports::CallbackSender as _;
use keyturn_domain::delivery::FailureClass;

use super::receiver::answering;
use super::{message, sender, unanswered};
use crate::HttpCallbackSender;
use crate::resolver::Resolver;

pub(super) const BLOCKED: Result<u16, keyturn_domain::delivery::Failure> =
    unanswered(FailureClass::BlockedAddress);

/// A server that nobody must come to.
pub(super) struct Trap(TcpListener);

impl Trap {
    pub(super) fn set(address: &str) -> Self {
        let listener = TcpListener::bind((address, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    pub(super) fn port(&self) -> u16 {
        self.0.local_addr().unwrap().port()
    }

    pub(super) fn assert_empty(&self) {
        assert_eq!(self.0.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock, "somebody came");
    }
}

/// A name server that gives these answers in turn, the last one forever, and counts.
pub(super) struct Answers(Mutex<(usize, Vec<Vec<IpAddr>>)>);

impl Answers {
    pub(super) fn new(answers: &[&[&str]]) -> Arc<Self> {
        let parsed = answers.iter().map(|answer| answer.iter().map(|text| text.parse().unwrap()).collect());
        Arc::new(Self(Mutex::new((0, parsed.collect()))))
    }

    pub(super) fn asked(&self) -> usize {
        self.0.lock().unwrap().0
    }
}

#[async_trait]
impl Resolver for Answers {
    async fn resolve(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        let mut state = self.0.lock().unwrap();
        let index = state.0.min(state.1.len() - 1);
        state.0 += 1;
        Ok(state.1[index].clone())
    }
}

pub(super) fn sender_asking(answers: &Arc<Answers>, networks: &str) -> HttpCallbackSender {
    let mut sender = sender(networks);
    sender.connector.resolver = Arc::<Answers>::clone(answers);
    sender
}

#[tokio::test]
async fn plain_http_reaches_named_networks_only() {
    let public = Answers::new(&[&["1.1.1.1", "2606:4700::1111"]]);
    let sender = sender_asking(&public, "127.0.0.0/8");
    assert_eq!(sender.send(&message("http://example.com/")).await.outcome, BLOCKED);
    assert_eq!(sender.send(&message("http://1.1.1.1/")).await.outcome, BLOCKED);
}

#[tokio::test]
async fn a_name_that_leads_to_forbidden_addresses_only_is_blocked() {
    let inside = Answers::new(&[&["10.1.2.3", "169.254.169.254", "::1", "fd00:ec2::254"]]);
    let sender = sender_asking(&inside, "");
    assert_eq!(sender.send(&message("https://example.com/")).await.outcome, BLOCKED);
}

#[tokio::test]
async fn an_allowed_network_is_reached_also_as_ipv4_inside_ipv6() {
    for host in ["localhost", "127.0.0.1", "[::ffff:127.0.0.1]"] {
        let receiver = answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
        let url = format!("http://{host}:{}/", receiver.address.port());
        assert_eq!(sender("127.0.0.0/8").send(&message(&url)).await.outcome, Ok(200), "{url}");
    }
}

#[tokio::test]
async fn a_name_is_asked_for_once_and_only_judged_addresses_are_used() {
    let changing = Answers::new(&[&["10.1.2.3", "127.0.0.1"], &["10.1.2.3"]]);
    let receiver = answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let url = format!("http://example.com:{}/", receiver.address.port());
    let report = sender_asking(&changing, "127.0.0.1/32").send(&message(&url)).await;
    assert_eq!(report.outcome, Ok(200));
    assert_eq!(changing.asked(), 1);
    assert_eq!(receiver.finish().await.header("host"), Some(&url["http://".len()..url.len() - 1]));
}

#[tokio::test]
async fn an_answer_that_changes_after_the_judgement_gains_nothing() {
    let trap = Trap::set("127.0.0.1");
    let rebinding = Answers::new(&[&["10.1.2.3"], &["127.0.0.1"]]);
    let url = format!("http://example.com:{}/", trap.port());
    let report = sender_asking(&rebinding, "127.0.0.1/32").send(&message(&url)).await;
    assert_eq!(report.outcome, BLOCKED);
    assert_eq!(rebinding.asked(), 1);
    trap.assert_empty();
}

/// Only Linux has more than one loopback address.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_forbidden_address_is_not_tried_even_if_the_permitted_one_fails() {
    let trap = Trap::set("127.0.0.2");
    let mixed = Answers::new(&[&["127.0.0.2", "127.0.0.1"], &["127.0.0.2"]]);
    let url = format!("http://example.com:{}/", trap.port());
    let report = sender_asking(&mixed, "127.0.0.1/32").send(&message(&url)).await;
    assert_eq!(report.outcome, unanswered(FailureClass::Connection));
    trap.assert_empty();
}

#[tokio::test]
async fn the_next_permitted_address_is_tried_if_one_refuses() {
    let two = Answers::new(&[&["::1", "127.0.0.1"]]);
    let receiver = answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let url = format!("http://example.com:{}/", receiver.address.port());
    assert_eq!(sender_asking(&two, "::1/128, 127.0.0.0/8").send(&message(&url)).await.outcome, Ok(200));
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
async fn a_name_that_leads_nowhere_is_no_connection() {
    let resolvers: [Arc<dyn Resolver>; 2] = [Arc::new(NoSuchName), Answers::new(&[&[]])];
    for resolver in resolvers {
        let mut sender = sender("");
        sender.connector.resolver = resolver;
        let outcome = sender.send(&message("https://example.com/")).await.outcome;
        assert_eq!(outcome, unanswered(FailureClass::Connection));
    }
}

#[tokio::test]
async fn what_is_no_url_of_a_receiver_is_not_sent() {
    for url in ["", "ftp://127.0.0.1/", "file:///etc/passwd"] {
        let outcome = sender("127.0.0.0/8").send(&message(url)).await.outcome;
        assert_eq!(outcome, unanswered(FailureClass::Connection), "{url}");
    }
}
