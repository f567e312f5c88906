//! What can be sent for the fields of a token's settings.

use chrono::{DateTime, TimeDelta, Utc};
use keyturn_domain::address::AllowedNetworks;
use keyturn_domain::settings::{CallbackUrl, MailAddress};
use serde_json::{Value, json};

use crate::body::{Kind, no_texts};
use crate::oracle;
use crate::stack::ALLOWED_NETWORKS;

fn texts(of: &[&str]) -> Vec<Value> {
    of.iter().map(|text| json!(text)).collect()
}

pub(crate) fn name() -> Kind {
    let mut good = texts(&["partner", "  partner \u{a0}", "\u{202e}", "\u{1f4e6}"]);
    good.extend([
        json!("x".repeat(100)),
        json!("ä".repeat(100)),
        json!(format!(" {} ", "\u{1f4e6}".repeat(100))),
    ]);
    let mut bad = texts(&["", " \t\r\n", "\u{3000}", "a\nb", "a\u{0}b", "\u{7f}", "x\u{85}x"]);
    bad.extend([json!("x".repeat(101)), json!("ä".repeat(101)), json!("x".repeat(10_000))]);
    Kind { good, bad, wrong: no_texts(), judge: Box::new(oracle::is_name) }
}

pub(crate) fn description() -> Kind {
    let mut good = texts(&["of the nightly export", "", " ", "two\r\n\tlines"]);
    good.push(json!("ä".repeat(1_000)));
    let mut bad = texts(&["\u{0}", "a\u{8}b", "\u{1b}[31m", "\u{9f}"]);
    bad.push(json!("x".repeat(1_001)));
    Kind { good, bad, wrong: no_texts(), judge: Box::new(oracle::is_description) }
}

pub(crate) fn rights() -> Kind {
    let bad = texts(&["", "read", "READ ", "WRITE", "READ,READ_WRITE", "ＲＥＡＤ"]);
    Kind {
        good: texts(&["READ", "READ_WRITE"]),
        bad,
        wrong: no_texts(),
        judge: Box::new(|text| ["READ", "READ_WRITE"].contains(&text)),
    }
}

pub(crate) fn applications() -> Kind {
    let all = ["API_ACCESS_TOKENS", "CUSTOMERS", "ORDERS", "PRODUCTS", "INVOICES", "REPORTS"];
    let good = vec![json!(["ORDERS"]), json!(["REPORTS", "API_ACCESS_TOKENS"]), json!(all)];
    let bad = vec![
        json!([]),
        json!([""]),
        json!(["orders"]),
        json!(["ORDERS", "ORDERS"]),
        json!(["ORDERS", "NOPE"]),
        json!(vec!["ORDERS"; 51]),
        json!(vec!["x"; 5_000]),
    ];
    let wrong = vec![
        json!("ORDERS"),
        json!({"0": "ORDERS"}),
        json!(["ORDERS", 1]),
        json!([["ORDERS"]]),
        json!([null]),
        json!(1),
    ];
    Kind { good, bad, wrong, judge: Box::new(|_| false) }
}

pub(crate) fn expires_at(now: DateTime<Utc>) -> Kind {
    let after = |seconds: i64| json!((now + TimeDelta::seconds(seconds)).to_rfc3339());
    let mut good = vec![after(90 * 86_400), after(1), after(33 * 86_400)];
    good.extend(texts(&["2999-12-31", "9999-12-31T23:59:59Z", "2999-12-31 23:59:60.999-23:59"]));
    let mut bad = vec![after(0), after(-1), json!(now.timestamp().to_string())];
    bad.extend(texts(&["", "tomorrow", "2020-01-01", "2999-02-29", "2999-1-1", "+2999-1-01", "10000-01-01"]));
    bad.extend(texts(&["2999-12-31T24:00:00Z", "2999-12-31T12:00:00", "9999-12-31T23:59:59-00:01"]));
    Kind {
        good,
        bad,
        wrong: no_texts(),
        judge: Box::new(move |text| oracle::end(text).is_some_and(|end| end > now)),
    }
}

pub(crate) fn mail_recipient() -> Kind {
    let good = texts(&["ops@example.com", "o'neil+tag@mail.example.org", "\"a@b\"@example.com"]);
    let mut bad =
        texts(&["", "@", "ops", "ops@", "ops@localhost", "a@b.com,c@d.com", "Ops <ops@example.com>"]);
    bad.extend(texts(&[
        "ops@example.com\r\nBcc: x@example.com",
        "ops@[127.0.0.1]",
        "öps@example.com",
        " a@b.com",
    ]));
    Kind { good, bad, wrong: no_texts(), judge: Box::new(|text| MailAddress::parse(text).is_ok()) }
}

pub(crate) fn every_days() -> Kind {
    let good = vec![json!(30), json!(30.0), json!(1), json!(3_650), json!(97), json!(98), json!(99.0)];
    let bad = vec![json!(0), json!(-1), json!(3_651), json!(65_537), json!(i64::MAX), json!(i64::MIN)];
    let wrong = vec![
        json!("30"),
        json!(1.5),
        json!(-30.5),
        json!(u64::MAX),
        json!(1e300),
        json!(true),
        json!([30]),
        json!({"days": 30}),
    ];
    Kind { good, bad, wrong, judge: Box::new(|_| false) }
}

/// The number of days that was sent, in whichever way it was written.
pub(crate) fn days(sent: &Value) -> Option<i64> {
    sent.as_f64().map(|days| days as i64)
}

pub(crate) fn callback_url() -> Kind {
    let good = texts(&[
        "https://example.com/hook?x=1",
        "http://127.0.0.1:9/hook",
        "https://[::1]/",
        "https://1.1.1.1",
    ]);
    let mut bad =
        texts(&["", "hook", "ftp://example.com", "http://example.com/", "https://a:b@example.com/"]);
    bad.extend(texts(&[
        "https://example.com/#x",
        "https://10.0.0.1/",
        "https://0xA9FEA9FE/",
        "https://[fe80::1]/",
    ]));
    bad.extend(texts(&[
        "javascript:alert(1)",
        "https://intranet/",
        "https://example.com:0/",
        "https://[::ffff:10.0.0.1]",
    ]));
    bad.push(json!(format!("https://example.com/{}", "x".repeat(1_000))));
    Kind {
        good,
        bad,
        wrong: no_texts(),
        judge: Box::new(|text| CallbackUrl::parse(text, &networks()).is_ok()),
    }
}

/// The networks that the stack lets callbacks reach.
pub(crate) fn networks() -> AllowedNetworks {
    AllowedNetworks::parse(ALLOWED_NETWORKS).expect("networks")
}

/// What is no object.
pub(crate) fn no_objects() -> Vec<Value> {
    vec![json!([]), json!("https://example.com/"), json!(30), json!(true), json!([{}])]
}
