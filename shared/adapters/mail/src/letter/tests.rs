//! Every notice as its recipient reads it.

use keyturn_domain::Moment;
use keyturn_domain::effect::{Action, RenewedHow};
use keyturn_domain::settings::{MailAddress, Name};

use super::*;

const OLD: &str = "0199a3c4-5b6d-7e8f-9012-3456789abcde";
const NEW: &str = "0199b000-0000-7000-8000-000000000001";

fn at(text: &str) -> Moment {
    text.parse().unwrap()
}

fn entry(action: Action, notice: Notice) -> Entry {
    Entry {
        at: at("2026-12-10T09:00:20Z"),
        company: "acme".parse().unwrap(),
        series: OLD.parse().unwrap(),
        token: OLD.parse().unwrap(),
        name: Name::parse("partner").unwrap(),
        successor: None,
        actor: Actor::Schedule,
        action,
        mail: Some(Mail { recipient: MailAddress::parse("ops@example.com").unwrap(), notice }),
    }
}

fn succeeded(entry: Entry) -> Entry {
    Entry { successor: Some(NEW.parse().unwrap()), ..entry }
}

fn redeemed() -> Entry {
    let notice = Notice::RenewedByRedemption { old_valid_until: at("2026-12-11T09:00:20Z") };
    let entry = entry(Action::Renewed(RenewedHow::Redemption), notice);
    succeeded(Entry { actor: Actor::Token(OLD.parse().unwrap()), ..entry })
}

fn scheduled() -> Entry {
    let notice = Notice::RenewedBySchedule { copy_until: at("2026-12-11T09:00:20Z") };
    succeeded(entry(Action::Renewed(RenewedHow::Schedule), notice))
}

fn unredeemed() -> Entry {
    let notice = Notice::Unredeemed { attempt: 3, next_callback_at: at("2026-12-11T07:00:00Z") };
    entry(Action::RenewalUnredeemed { attempt: 3 }, notice)
}

fn overlap_ending() -> Entry {
    succeeded(entry(Action::OverlapEnding, Notice::OverlapEnding { ends_at: at("2026-12-10T13:00:00Z") }))
}

fn expiring() -> Entry {
    entry(Action::ExpiryAnnounced { days: 7 }, Notice::Expiring { at: at("2026-12-17T09:00:00Z") })
}

fn expired() -> Entry {
    entry(Action::Expired, Notice::Expired { at: at("2026-12-10T09:00:00Z") })
}

fn written(entry: &Entry) -> Letter {
    Letter::write(entry, entry.mail.as_ref().unwrap(), "https://keyturn.example.com").unwrap()
}

/// What a page shows: its words without its tags.
fn shown(html: &str) -> String {
    let body = html.split_once("<body").unwrap().1;
    let mut words = String::new();
    for part in body.split('<').skip(1) {
        words.push(' ');
        words.push_str(part.split_once('>').unwrap().1);
    }
    for (entity, character) in
        [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")]
    {
        words = words.replace(entity, character);
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A notice, its subject, and what its reader must be told besides which token it is.
fn table() -> Vec<(Entry, &'static str, Vec<&'static str>)> {
    vec![
        (
            redeemed(),
            "\"partner\" was renewed; the old token works until 2026-12-11 09:00 UTC",
            vec![
                NEW,
                "was renewed; the old one works until 2026-12-11 09:00 UTC.",
                "the holder of the old token",
            ],
        ),
        (
            scheduled(),
            "Copy the new token \"partner\" by 2026-12-11 09:00 UTC",
            vec![
                NEW,
                "copy the new token string by 2026-12-11 09:00 UTC.",
                "whatever still uses it is refused",
            ],
        ),
        (
            unredeemed(),
            "\"partner\" is not being renewed: request token 3 was not redeemed",
            vec![
                "within its 2 hours",
                "The next request token goes out on 2026-12-11 07:00 UTC",
                "callback log",
            ],
        ),
        (
            overlap_ending(),
            "Old token \"partner\" ends on 2026-12-10 13:00 UTC and is still in use",
            vec![NEW, "the new one never was", "before 2026-12-10 13:00 UTC"],
        ),
        (
            expiring(),
            "\"partner\" expires in 7 days, on 2026-12-17 09:00 UTC",
            vec![
                "expires in 7 days, on 2026-12-17 09:00 UTC, and nothing renews it.",
                "renew it in the console",
            ],
        ),
        (expired(), "\"partner\" expired on 2026-12-10 09:00 UTC", vec!["create a new one in the console"]),
        (succeeded(expired()), "\"partner\" expired on 2026-12-10 09:00 UTC", vec![NEW, "This was expected"]),
    ]
}

#[test]
fn every_notice_says_what_happened_to_which_token_and_what_to_do() {
    for (entry, subject, told) in table() {
        let letter = written(&entry);
        assert_eq!(letter.subject, subject);
        for form in [letter.text.clone(), shown(&letter.html)] {
            for fact in told.iter().chain(&["acme", "\"partner\"", OLD, "because ops@example.com is"]) {
                assert!(form.contains(fact), "{fact} is missing in: {form}");
            }
        }
    }
}

#[test]
fn text_and_page_say_the_same() {
    for (entry, ..) in table() {
        let letter = written(&entry);
        let page = shown(&letter.html);
        let told = |line: &str| {
            let fact = line.replacen(": ", " ", 1);
            page.contains(line) || page.contains(&fact) || page.contains(line.trim_end_matches(':'))
        };
        for line in letter.text.lines().filter(|line| !line.starts_with("https://")) {
            assert!(told(line), "{line} is missing in: {page}");
        }
        let first = letter.text.lines().next().unwrap();
        assert!(page.starts_with(first), "{first} does not come first in: {page}");
    }
}

#[test]
fn the_link_leads_to_the_token_that_is_needed_next() {
    for (entry, ..) in table() {
        let id = entry.successor.map_or_else(|| OLD.to_owned(), |successor| successor.to_string());
        let url = format!("https://keyturn.example.com/console#/tokens/{id}");
        let letter = written(&entry);
        assert!(letter.text.lines().any(|line| line == url), "{}", letter.text);
        assert!(letter.html.contains(&format!("<a href=\"{url}\"")), "{}", letter.html);
    }
}

#[test]
fn a_page_has_a_language_and_a_title_and_fetches_nothing() {
    for (entry, subject, _) in table() {
        let html = written(&entry).html;
        assert!(html.starts_with("<!doctype html>\n<html lang=\"en\">"), "{html}");
        assert!(html.contains(&format!("<title>{}</title>", subject.replace('"', "&#34;"))), "{html}");
        for fetched in ["<script", "<img", "<link", "src=", "url("] {
            assert!(!html.contains(fetched), "{fetched} in: {html}");
        }
    }
}

#[test]
fn a_name_is_shown_as_text_never_as_markup() {
    let name = "<img src=x onerror=alert(1)>&\"'";
    for (entry, ..) in table() {
        let letter = written(&Entry { name: Name::parse(name).unwrap(), ..entry });
        assert!(!letter.html.contains("<img"), "{}", letter.html);
        assert!(shown(&letter.html).contains(name), "{}", letter.html);
        assert!(letter.text.contains(name), "{}", letter.text);
    }
}

#[test]
fn a_subject_is_one_short_line_whatever_the_name() {
    for name in ["x".repeat(100), "ä\u{2028}".repeat(50), format!("a{}b", "\u{202e}".repeat(98))] {
        for (entry, ..) in table() {
            let letter = written(&Entry { name: Name::stored(name.clone()), ..entry });
            assert!(letter.subject.chars().count() <= 120, "{}", letter.subject);
            assert!(!letter.subject.contains(['\n', '\r', '\u{2028}', '\u{202e}']), "{:?}", letter.subject);
        }
    }
}

#[test]
fn a_redemption_by_another_token_names_it() {
    let manager = "0199b000-0000-7000-8000-00000000000f";
    let letter = written(&Entry { actor: Actor::Token(manager.parse().unwrap()), ..redeemed() });
    assert!(letter.text.contains(&format!("Renewed by: the holder of the management token {manager}\n")));
}

#[test]
fn a_window_closed_late_does_not_promise_a_moment_that_has_passed() {
    let letter = written(&Entry { at: at("2026-12-20T09:00:00Z"), ..unredeemed() });
    assert!(letter.text.contains("The next request token is going out now."), "{}", letter.text);
    assert!(!letter.text.contains("2026-12-11"), "{}", letter.text);
}

#[test]
fn an_announcement_that_comes_late_tells_the_days_that_are_left() {
    let letter = written(&Entry { at: at("2026-12-13T08:00:00Z"), ..expiring() });
    assert_eq!(letter.subject, "\"partner\" expires in 4 days, on 2026-12-17 09:00 UTC");
}
