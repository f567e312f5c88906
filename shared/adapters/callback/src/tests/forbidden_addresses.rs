//! Internal addresses in every notation and behind names. The ranges themselves are tested in the domain.

use std::net::IpAddr;

use keyturn_application::ports::{CallbackMessage, CallbackSender as _};
use keyturn_domain::address::AllowedNetworks;
use keyturn_domain::delivery::FailureClass;

use super::receiver::answering;
use super::resolution::{FakeDns, UnreachedServer, sender_with};
use super::{BLOCKED, OK, message, send, sender, stamp, unanswered};
use crate::HttpCallbackSender;

/// One host of each notation of loopback that URL parsers or networks know.
const LOOPBACK: [&str; 17] = [
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "2130706433",
    "017700000001",
    "0x7f000001",
    "0x7f.0x0.0x0.0x1",
    "0177.0.0.1",
    "%31%32%37.1",
    "127%2e0%2e0%2e1",
    "①②⑦.0.0.1",
    "127。0。0。1",
    "1\u{ad}27.0.0.1",
    "[::ffff:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
];

#[tokio::test]
async fn blocks_loopback_in_every_notation_without_resolving_it() {
    let server = UnreachedServer::bind("127.0.0.1");
    let dns = FakeDns::new(&[&["1.1.1.1"]]);
    for host in LOOPBACK.into_iter().chain(["0", "0.0.0.0", "[::1]", "[::]"]) {
        for url in [
            format!("http://{host}:{}/", server.port()),
            format!("https://{host}:{}/", server.port()),
            format!("https:\\\\{host}:{}\\", server.port()),
            format!("https://example.com:443@{host}:{}/", server.port()),
        ] {
            assert_eq!(sender_with(&dns, "").send(&message(&url)).await.outcome, BLOCKED, "{url:?}");
        }
    }
    assert_eq!(dns.queries(), 0);
    let localhost = format!("https://localhost:{}/", server.port());
    assert_eq!(sender("").send(&message(&localhost)).await.outcome, BLOCKED);
    server.assert_unreached();
}

/// One address of each kind.
const INTERNAL: [&str; 14] = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "192.0.2.1",
    "224.0.0.1",
    "::1",
    "::ffff:10.0.0.1",
    "64:ff9b::10.0.0.1",
    "2002:a00:1::1",
    "fd00:ec2::254",
    "fe80::1",
];

#[tokio::test]
async fn blocks_internal_addresses_as_literals_and_behind_names() {
    for internal in INTERNAL {
        let address: IpAddr = internal.parse().unwrap();
        let host = if address.is_ipv6() { format!("[{internal}]") } else { internal.to_owned() };
        let literal = sender("").send(&message(&format!("https://{host}/"))).await;
        assert_eq!(literal.outcome, BLOCKED, "{internal}");
        let dns = FakeDns::new(&[&[internal]]);
        let named = sender_with(&dns, "").send(&message("https://example.com/")).await;
        assert_eq!(named.outcome, BLOCKED, "{internal}");
    }
    let all = FakeDns::new(&[&INTERNAL]);
    assert_eq!(sender_with(&all, "").send(&message("https://example.com/")).await.outcome, BLOCKED);
}

#[tokio::test]
async fn networks_are_reached_by_the_callbacks_of_their_company() {
    let receiver = answering(OK).await;
    let url = format!("http://{}/", receiver.address);
    for (company, expected) in [("acme", Ok(200)), ("other", BLOCKED)] {
        let message = CallbackMessage { company: company.parse().unwrap(), ..message(&url) };
        assert_eq!(sender("acme=127.0.0.0/8").send(&message).await.outcome, expected, "{company}");
    }
}

#[tokio::test]
async fn other_ports_are_blocked_also_on_an_allowed_network() {
    let receiver = answering(OK).await;
    let networks = AllowedNetworks::parse("127.0.0.0/8").unwrap();
    let sender = HttpCallbackSender { stamp, ..HttpCallbackSender::new(networks) };
    for url in [format!("http://{}/", receiver.address), "http://127.0.0.1:0/".to_owned()] {
        assert_eq!(sender.send(&message(&url)).await.outcome, BLOCKED, "{url}");
    }
}

#[tokio::test]
async fn a_url_that_names_no_receiver_is_a_connection_failure() {
    let long = format!("http://127.0.0.1:1/{}", "x".repeat(100_000));
    for url in [
        "",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "http://127.0.0.1:65536/",
        // A scope would select a network interface of this machine.
        "http://[fe80::1%25eth0]/",
        "http://[fe80::1%eth0]/",
        "http://[v1.127.0.0.1]/",
        &long,
    ] {
        let outcome = sender("::/0,0.0.0.0/0").send(&message(url)).await.outcome;
        assert_eq!(outcome, unanswered(FailureClass::Connection), "{}", &url[..30.min(url.len())]);
    }
}

#[tokio::test]
async fn sends_host_path_and_query_of_a_url_only() {
    let receiver = answering(OK).await;
    let url = format!("http://somebody:pass@{}/hook?key=1#fragment", receiver.address);
    assert_eq!(send(&url).await.outcome, Ok(200));
    let address = receiver.address.to_string();
    let received = receiver.finish().await;
    assert_eq!(received.head.lines().next(), Some("POST /hook?key=1 HTTP/1.1"));
    assert_eq!(received.header("host"), Some(address.as_str()));
    for left_out in ["somebody", "pass", "fragment", "authorization"] {
        assert!(!received.head.contains(left_out), "{}", received.head);
    }
}

#[tokio::test]
async fn a_path_cannot_end_the_request_line() {
    let receiver = answering(OK).await;
    let url =
        format!("http://{}/a%0d%0ax-evil:%201\r\nx-evil: 2 HTTP/1.1?b\r\n\r\n=\u{0}\u{85}", receiver.address);
    assert_eq!(send(&url).await.outcome, Ok(200));
    let received = receiver.finish().await;
    let line = "POST /a%0d%0ax-evil:%201x-evil:%202%20HTTP/1.1?b=%00%C2%85 HTTP/1.1";
    assert_eq!(received.head.lines().next(), Some(line));
    assert_eq!(received.header("x-evil"), None);
}
