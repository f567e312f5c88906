//! Inner addresses under every spelling, and behind names: what a URL or a name server can say to lead a callback inside.

use std::net::IpAddr;

use keyturn_application::ports::CallbackSender as _;
use keyturn_domain::delivery::FailureClass;

use super::guard::{Answers, BLOCKED, Trap, sender_asking};
use super::receiver::answering;
use super::{message, sender, unanswered};

/// Loopback, as a URL can say it. The parser of URLs makes addresses of all of them.
const LOOPBACK: [&str; 30] = [
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "127.0.1",
    "2130706433",
    "017700000001",
    "0x7f000001",
    "0X7F000001",
    "0x7f.1",
    "0x7f.0x0.0x0.0x1",
    "0177.0.0.1",
    "0177.0000.0000.0001",
    "00000000177.0x0.1",
    "%31%32%37.1",
    "127%2e0%2e0%2e1",
    "１２７.０.０.１",
    "①②⑦.0.0.1",
    "127。0。0。1",
    "𝟏𝟐𝟕.𝟎.𝟎.𝟏",
    "1\u{ad}27.0.0.1",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:7f00:0001]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b:1::127.0.0.1]",
    "[::127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
    "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
];

#[tokio::test]
async fn every_way_to_write_loopback_is_blocked() {
    let trap = Trap::set("127.0.0.1");
    for host in LOOPBACK.into_iter().chain(["localhost", "LOCALHOST", "0", "0.0.0.0", "[::1]", "[::]"]) {
        for url in [
            format!("http://{host}:{}/", trap.port()),
            format!("https://{host}:{}/", trap.port()),
            format!("https:\\\\{host}:{}\\", trap.port()),
            format!("https://example.com:443@{host}:{}/", trap.port()),
        ] {
            assert_eq!(sender("").send(&message(&url)).await.outcome, BLOCKED, "{url:?}");
        }
    }
    trap.assert_empty();
}

/// An address of every kind that nobody may be led to.
const INSIDE: [&str; 34] = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.168.0.1",
    "198.18.0.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:10.0.0.1",
    "::10.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:a00:1::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "ff02::1",
];

#[tokio::test]
async fn an_inner_address_is_blocked_as_a_literal_and_behind_a_name() {
    for inside in INSIDE {
        let address: IpAddr = inside.parse().unwrap();
        let literal = if address.is_ipv6() { format!("[{inside}]") } else { inside.to_owned() };
        let literal = sender("").send(&message(&format!("https://{literal}/"))).await;
        assert_eq!(literal.outcome, BLOCKED, "{inside}");

        let answers = Answers::new(&[&[inside]]);
        let named = sender_asking(&answers, "").send(&message("https://example.com/")).await;
        assert_eq!(named.outcome, BLOCKED, "{inside}");
    }
    let all = Answers::new(&[&INSIDE]);
    assert_eq!(sender_asking(&all, "").send(&message("https://example.com/")).await.outcome, BLOCKED);
}

/// A scope would choose an interface of the machine's; no URL of a receiver has one.
#[tokio::test]
async fn a_scoped_literal_leads_nowhere() {
    for host in ["[fe80::1%25eth0]", "[fe80::1%eth0]", "[fe80::1%251]", "[::1%25lo]", "[v1.127.0.0.1]"] {
        let report = sender("::/0,0.0.0.0/0").send(&message(&format!("http://{host}/"))).await;
        assert_eq!(report.outcome, unanswered(FailureClass::Connection), "{host}");
    }
}

#[tokio::test]
async fn each_delivery_asks_for_the_name_and_judges_anew() {
    let receiver = answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let rebound = Answers::new(&[&["127.0.0.1"], &["10.1.2.3"], &["169.254.169.254", "::1"]]);
    let message = message(&format!("http://example.com:{}/", receiver.address.port()));
    let sender = sender_asking(&rebound, "127.0.0.1/32");
    assert_eq!(sender.send(&message).await.outcome, Ok(200));
    assert_eq!(sender.send(&message).await.outcome, BLOCKED);
    assert_eq!(sender.send(&message).await.outcome, BLOCKED);
    assert_eq!(rebound.asked(), 3);
}

#[tokio::test]
async fn an_address_is_never_asked_for_as_a_name() {
    let everything = Answers::new(&[&["1.1.1.1"]]);
    for host in LOOPBACK {
        let report = sender_asking(&everything, "").send(&message(&format!("https://{host}/"))).await;
        assert_eq!(report.outcome, BLOCKED, "{host}");
    }
    assert_eq!(everything.asked(), 0);
}

#[tokio::test]
async fn what_a_url_holds_besides_host_path_and_query_is_not_sent() {
    let receiver = answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let url = format!("http://somebody:pass@{}/hook?key=1#fragment", receiver.address);
    assert_eq!(sender("127.0.0.0/8").send(&message(&url)).await.outcome, Ok(200));
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
    let receiver = answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let url =
        format!("http://{}/a%0d%0ax-evil:%201\r\nx-evil: 2 HTTP/1.1?b\r\n\r\n=\u{0}\u{85}", receiver.address);
    assert_eq!(sender("127.0.0.0/8").send(&message(&url)).await.outcome, Ok(200));
    let received = receiver.finish().await;
    let line = "POST /a%0d%0ax-evil:%201x-evil:%202%20HTTP/1.1?b=%00%C2%85 HTTP/1.1";
    assert_eq!(received.head.lines().next(), Some(line));
    assert_eq!(received.header("x-evil"), None);
}

#[tokio::test]
async fn ports_that_nothing_can_listen_on_and_urls_that_nothing_can_take() {
    let long = format!("http://127.0.0.1:1/{}", "x".repeat(100_000));
    for url in ["http://127.0.0.1:0/", "http://127.0.0.1:65536/", "http://127.0.0.1:-1/", &long] {
        let outcome = sender("127.0.0.0/8").send(&message(url)).await.outcome;
        assert_eq!(outcome, unanswered(FailureClass::Connection), "{}", &url[..30.min(url.len())]);
    }
}

/// A name with very many addresses must not make one callback a scan of a network.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_name_with_many_addresses_is_not_a_scan() {
    let closed: Vec<String> = (1..=9).map(|host| format!("127.0.0.{host}")).collect();
    let open = Trap::set("127.0.0.9");
    let closed: Vec<&str> = closed.iter().map(String::as_str).collect();
    let many = Answers::new(&[&closed]);
    let url = format!("http://example.com:{}/", open.port());
    let report = sender_asking(&many, "127.0.0.0/8").send(&message(&url)).await;
    assert_eq!(report.outcome, unanswered(FailureClass::Connection));
    open.assert_empty();
}
