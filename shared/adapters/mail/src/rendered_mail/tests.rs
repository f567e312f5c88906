//! Rendered mails: the expected ones are in `expected/`, the properties of all of them here.
//!
//! `UPDATE_EXPECT=1 cargo test -p keyturn-mail` updates the expected mails, for review.

use expect_test::expect_file;
use keyturn_domain::Timestamp;
use keyturn_domain::history::{Action, Handover, RenewalMethod};
use keyturn_domain::leak::{FoundAt, LastUse, LeakReaction, LeakSource, LeakedString};
use keyturn_domain::settings::{MailAddress, Name};
use keyturn_domain::source::TwoAddresses;

use super::*;

const OLD: &str = "0199a3c4-5b6d-7e8f-9012-3456789abcde";
const NEW: &str = "0199b000-0000-7000-8000-000000000001";
const SERIES: &str = "01990000-0000-7000-8000-000000000007";
const MANAGER: &str = "0199b000-0000-7000-8000-00000000000f";
const NOW: &str = "2026-12-10T09:00:20Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn entry(action: Action, notice: Notice) -> HistoryEntry {
    HistoryEntry {
        at: at(NOW),
        company: "acme".parse().unwrap(),
        series: SERIES.parse().unwrap(),
        token: OLD.parse().unwrap(),
        name: Name::parse("partner").unwrap(),
        successor: None,
        actor: Actor::Schedule,
        action,
        request_token: None,
        mail: Some(Mail { recipient: MailAddress::parse("ops@example.com").unwrap(), copy_to: None, notice }),
        addresses: None,
    }
}

fn succeeded(entry: HistoryEntry) -> HistoryEntry {
    HistoryEntry { successor: Some(NEW.parse().unwrap()), ..entry }
}

fn redeemed(by: &str) -> HistoryEntry {
    let notice = Notice::RenewedByRedemption { old_valid_until: at("2026-12-11T09:00:20Z") };
    let entry = entry(Action::Renewed(RenewalMethod::Redemption), notice);
    succeeded(HistoryEntry { actor: Actor::Token(by.parse().unwrap()), ..entry })
}

fn pulled() -> HistoryEntry {
    let notice = Notice::RenewedByPull { old_valid_until: at("2026-12-11T09:00:20Z") };
    let entry = entry(Action::Renewed(RenewalMethod::Pull), notice);
    succeeded(HistoryEntry { actor: Actor::Token(OLD.parse().unwrap()), ..entry })
}

fn unfetched(days: u32) -> HistoryEntry {
    entry(Action::RenewalUnfetched { days }, Notice::Unfetched { days })
}

fn scheduled() -> HistoryEntry {
    let notice = Notice::RenewedBySchedule { copy_until: at("2026-12-11T09:00:20Z") };
    succeeded(entry(Action::Renewed(RenewalMethod::Schedule), notice))
}

fn manual(old_valid_until: &str) -> HistoryEntry {
    let notice = Notice::RenewedByHand { old_valid_until: at(old_valid_until) };
    let entry = entry(Action::Renewed(RenewalMethod::Manual), notice);
    succeeded(HistoryEntry { actor: Actor::Token(MANAGER.parse().unwrap()), ..entry })
}

fn unredeemed(attempt: u32) -> HistoryEntry {
    let notice = Notice::Unredeemed { attempt, next_callback_at: at("2026-12-11T07:00:00Z") };
    entry(Action::RenewalUnredeemed { attempt }, notice)
}

fn callback_changed() -> HistoryEntry {
    let entry = entry(Action::Updated { fields: vec![], owner: None }, Notice::CallbackChanged);
    HistoryEntry { actor: Actor::Token(MANAGER.parse().unwrap()), ..entry }
}

fn overlap_ending() -> HistoryEntry {
    succeeded(entry(Action::OverlapEnding, Notice::OverlapEnding { ends_at: at("2026-12-10T13:00:00Z") }))
}

fn two_addresses() -> HistoryEntry {
    let two = TwoAddresses { first: "192.0.2.1".parse().unwrap(), other: "2001:db8::7".parse().unwrap() };
    let action = Action::HandedOver { how: Handover::Pull, repeat: true, elsewhere: true };
    succeeded(entry(action, Notice::TwoAddresses(two)))
}

fn leaked(what: LeakedString, reaction: LeakReaction, source: LeakSource) -> HistoryEntry {
    let found_at = FoundAt::parse("https://github.com/acme/shop/blob/0f3a/config.yml");
    let found_at = found_at.filter(|_| source == LeakSource::GitHub);
    let ends_at = (reaction == LeakReaction::Renew && what == LeakedString::TokenString)
        .then(|| at("2026-12-10T13:00:20Z"));
    let from = Some("192.0.2.7".parse().unwrap());
    let last_use =
        (what == LeakedString::TokenString).then(|| LastUse { at: at("2026-12-10T08:30:00Z"), from });
    let notice = Notice::Leaked { what, reaction, ends_at, last_use };
    entry(Action::Leaked { what, reaction, source, found_at }, notice)
}

fn leaked_to_two_readers() -> HistoryEntry {
    let mut entry = leaked(LeakedString::TokenString, LeakReaction::Renew, LeakSource::GitHub);
    entry.mail.as_mut().unwrap().copy_to = MailAddress::parse("security@example.com").ok();
    entry
}

fn expiring() -> HistoryEntry {
    entry(Action::ExpiryAnnounced { days: 7 }, Notice::Expiring { at: at("2026-12-17T09:00:00Z") })
}

fn expired() -> HistoryEntry {
    entry(Action::Expired, Notice::Expired { at: at("2026-12-10T09:00:00Z") })
}

/// Every mail that there is, by the name of its expected files.
fn mails() -> [(&'static str, HistoryEntry); 19] {
    [
        ("renewed-by-redemption", redeemed(OLD)),
        ("renewed-by-pull", pulled()),
        ("renewed-by-schedule", scheduled()),
        ("renewed-by-hand", manual("2026-12-31T23:59:59Z")),
        ("renewed-by-hand-at-once", manual(NOW)),
        ("unredeemed-once", unredeemed(1)),
        ("unredeemed", unredeemed(3)),
        ("callback-changed", callback_changed()),
        ("unfetched-once", unfetched(1)),
        ("unfetched", unfetched(3)),
        ("overlap-ending", overlap_ending()),
        ("two-addresses", two_addresses()),
        ("leaked-renew", leaked_to_two_readers()),
        (
            "leaked-deactivate",
            leaked(LeakedString::TokenString, LeakReaction::Deactivate, LeakSource::Anybody),
        ),
        ("leaked-notify", leaked(LeakedString::TokenString, LeakReaction::Notify, LeakSource::Holder)),
        ("leaked-request-token", leaked(LeakedString::RequestToken, LeakReaction::Renew, LeakSource::GitLab)),
        ("expiring", expiring()),
        ("expired", expired()),
        ("expired-after-renewal", succeeded(expired())),
    ]
}

fn written(entry: &HistoryEntry) -> RenderedMail {
    RenderedMail::write(entry, entry.mail.as_ref().unwrap(), "https://keyturn.example.com").unwrap()
}

#[test]
fn renders_every_mail() {
    for (name, entry) in mails() {
        let RenderedMail { subject, text, html } = written(&entry);
        expect_file![format!("expected/{name}.txt")].assert_eq(&format!("Subject: {subject}\n\n{text}"));
        expect_file![format!("expected/{name}.html")].assert_eq(&html);
    }
}

#[test]
fn renders_a_digest_with_what_needs_action_first() {
    let entries = [redeemed(OLD), scheduled(), unredeemed(3)];
    let mails: Vec<_> = entries.iter().map(|entry| (entry, entry.mail.as_ref().unwrap())).collect();
    let digest = |mails: &[_]| RenderedMail::digest(mails, "https://keyturn.example.com").unwrap();
    let RenderedMail { subject, text, html } = digest(&mails);
    expect_file!["expected/digest.txt"].assert_eq(&format!("Subject: {subject}\n\n{text}"));
    expect_file!["expected/digest.html"].assert_eq(&html);
    let many: Vec<_> = mails.iter().cycle().take(230).copied().collect();
    let RenderedMail { subject, text, html } = digest(&many);
    assert!(subject.starts_with("230 notices "), "{subject}");
    for form in [text, html] {
        assert!(form.contains("And 30 more, which the console lists."), "{form}");
        assert_eq!(form.matches("https://keyturn.example.com/console#/tokens/").count(), 200);
    }
}

/// What a page shows: its words without its tags.
fn shown(html: &str) -> String {
    let body = html.split_once("<body").unwrap().1;
    let mut words = String::new();
    for part in body.split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap();
        if !tag.ends_with("bdi") {
            words.push(' ');
        }
        words.push_str(text);
    }
    for (entity, character) in
        [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")]
    {
        words = words.replace(entity, character);
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_mail_names_token_company_and_recipient() {
    for (name, entry) in mails() {
        let letter = written(&entry);
        assert!(letter.subject.contains("\"partner\""), "{name}: {}", letter.subject);
        for form in [letter.text.clone(), shown(&letter.html)] {
            for fact in ["acme", "\"partner\"", OLD, SERIES, "comes from Keyturn", "goes to ops@example.com"]
            {
                assert!(form.contains(fact), "{fact} is missing in {name}: {form}");
            }
        }
    }
}

#[test]
fn text_and_html_have_the_same_content() {
    for (name, entry) in mails() {
        let letter = written(&entry);
        let page = shown(&letter.html);
        let contains = |line: &str| {
            let fact = line.replacen(": ", " ", 1);
            page.contains(line) || page.contains(&fact) || page.contains(line.trim_end_matches(':'))
        };
        for line in letter.text.lines().filter(|line| !line.starts_with("https://")) {
            assert!(contains(line), "{line} is missing in {name}: {page}");
        }
        let first = letter.text.lines().next().unwrap();
        assert!(page.starts_with(first), "{first} does not come first in {name}: {page}");
    }
}

#[test]
fn links_to_the_successor_if_there_is_one() {
    for (_, entry) in mails() {
        let id = entry.successor.map_or_else(|| OLD.to_owned(), |successor| successor.to_string());
        let url = format!("https://keyturn.example.com/console#/tokens/{id}");
        let letter = written(&entry);
        assert!(letter.text.lines().any(|line| line == url), "{}", letter.text);
        assert!(letter.html.contains(&format!("<a href=\"{url}\"")), "{}", letter.html);
    }
}

#[test]
fn html_has_language_and_title_and_loads_nothing() {
    for (_, entry) in mails() {
        let RenderedMail { subject, html, .. } = written(&entry);
        assert!(html.starts_with("<!doctype html>\n<html lang=\"en\">"), "{html}");
        assert!(html.contains(&format!("<title>{}</title>", subject.replace('"', "&#34;"))), "{html}");
        for fetched in ["<script", "<img", "<link", "src=", "url("] {
            assert!(!html.contains(fetched), "{fetched} in: {html}");
        }
    }
}

#[test]
fn html_sets_no_colours() {
    for (_, entry) in mails() {
        let html = written(&entry).html;
        assert!(html.contains("<meta name=\"color-scheme\" content=\"light dark\">"), "{html}");
        let own = "background-color: Canvas; color: CanvasText;";
        let rest = html.replacen(own, "", 1);
        assert_ne!(rest, html, "text and page come together");
        for colour in ["color:", "background", "bgcolor"] {
            assert!(!rest.contains(colour), "{colour} in: {html}");
        }
    }
}

#[test]
fn escapes_names_in_html() {
    for markup in
        ["<img src=x onerror=alert(1)>", "</title><script>alert(1)</script>", "\" style=\"x", "&lt;b&gt;"]
    {
        for (_, entry) in mails() {
            let letter = written(&HistoryEntry { name: Name::parse(markup).unwrap(), ..entry });
            let markups = ["<img", "<script", "\" style=\"x", "&lt;"];
            assert!(markups.iter().all(|markup| !letter.html.contains(markup)), "{}", letter.html);
            assert!(shown(&letter.html).contains(markup), "{}", letter.html);
            assert!(letter.text.contains(markup), "{}", letter.text);
        }
    }
}

#[test]
fn names_are_isolated_from_the_text_around_them() {
    for (kind, entry) in mails() {
        let html = written(&HistoryEntry { name: Name::parse("טוקן 1").unwrap(), ..entry }).html;
        let all = html.split_once("<body").unwrap().1.matches("טוקן 1").count();
        let isolated =
            html.matches("<bdi>&#34;טוקן 1&#34;</bdi>").count() + html.matches("<bdi>טוקן 1</bdi>").count();
        assert_eq!((all, isolated), (2, 2), "{kind}: {html}");
    }
}

#[test]
fn subjects_are_one_short_line() {
    let header = "a\r\nBcc: everybody@example.com";
    let long = ["x".repeat(100), "ä\u{2028}".repeat(50), format!("a{}b", "\u{202e}".repeat(98))];
    for name in long.into_iter().chain([header.to_owned()]) {
        for (_, entry) in mails() {
            let letter = written(&HistoryEntry { name: Name::stored(name.clone()), ..entry });
            assert!(letter.subject.chars().count() <= 120, "{}", letter.subject);
            assert!(!letter.subject.contains(['\n', '\r', '\u{2028}', '\u{202e}']), "{:?}", letter.subject);
            assert!(!letter.text.contains("\nBcc:"), "{}", letter.text);
        }
    }
}

/// SES encodes a subject that isn't ASCII as words of base64 (RFC 2047), each of at most 75 characters; it may write them
/// into one line, which may have 998 (RFC 5322).
#[test]
fn the_longest_subjects_fit_into_one_encoded_line() {
    let (company, name) = ("c".repeat(50), Name::parse(&"🔑".repeat(100)).unwrap());
    for (kind, entry) in mails() {
        let entry = HistoryEntry { name: name.clone(), company: company.parse().unwrap(), ..entry };
        let words = written(&entry).subject.len().div_ceil(42);
        assert!("Subject: ".len() + words * 76 <= 998, "{kind}: {words} encoded words");
    }
}

#[test]
fn names_the_management_token_that_redeemed() {
    let letter = written(&redeemed(MANAGER));
    assert!(letter.text.contains(&format!("Renewed by: the holder of the management token {MANAGER}\n")));
}

#[test]
fn omits_a_next_callback_in_the_past() {
    let letter = written(&HistoryEntry { at: at("2026-12-20T09:00:00Z"), ..unredeemed(3) });
    assert!(letter.text.contains("The next request token is going out now."), "{}", letter.text);
    assert!(!letter.text.contains("December"), "{}", letter.text);
}

#[test]
fn a_late_announcement_states_the_days_left() {
    let letter = written(&HistoryEntry { at: at("2026-12-13T08:00:00Z"), ..expiring() });
    assert_eq!(letter.subject, "\"partner\" expires in 4 days, on 17 Dec 2026, 09:00 UTC");
}
