//! Mails sent by the SDK's own client to a fake SES that records requests.

mod ses;

use std::time::Duration;

use keyturn_application::PortError;
use keyturn_application::ports::{Deliver as _, DeliveryOutcome, EntryKey, OutboxEntry};
use keyturn_domain::Timestamp;
use keyturn_domain::backoff::Failures;
use keyturn_domain::history::{Action, Actor, HistoryEntry};
use keyturn_domain::mail::{Mail, Notice};
use keyturn_domain::settings::{MailAddress, Name};
use keyturn_mail::SesMailSender;
use serde_json::json;
use uuid::Uuid;

use ses::{Answer, FakeService, client};

const ENTRY: Uuid = Uuid::from_u128(0x0199_b000_0000_7000_8000_0000_0000_000e);
const TOKEN: &str = "0199a3c4-5b6d-7e8f-9012-3456789abcde";
/// Longer than any request of these tests takes.
const TIMEOUT: Duration = Duration::from_secs(10);
const SENDER: &str = "Keyturn <keyturn@example.com>";

fn entry() -> OutboxEntry {
    let entry = history_entry();
    let key = EntryKey { partition: format!("SERIES#{TOKEN}"), sort: format!("ENTRY#{ENTRY}") };
    OutboxEntry {
        key,
        id: ENTRY,
        pending: entry.channels(),
        entry,
        failures: Failures::default(),
        due_at: Timestamp::UNIX_EPOCH,
        gathered: false,
        is_new: false,
    }
}

fn history_entry() -> HistoryEntry {
    let at = "2026-12-11T09:00:00Z".parse().expect("a moment");
    HistoryEntry {
        at,
        company: "acme".parse().expect("a company"),
        series: TOKEN.parse().expect("an id"),
        token: TOKEN.parse().expect("an id"),
        name: Name::parse("Bücher").expect("a name"),
        successor: None,
        actor: Actor::Schedule,
        action: Action::Expired,
        request_token: None,
        mail: Some(Mail {
            copy_to: None,
            recipient: MailAddress::parse("ops@example.com").expect("an address"),
            notice: Notice::Expired { at },
        }),
        addresses: None,
    }
}

fn sender(ses: &FakeService) -> SesMailSender {
    SesMailSender::new(client(ses, TIMEOUT), SENDER, "https://keyturn.example.com/").expect("good parameters")
}

#[tokio::test]
async fn sends_text_and_html_to_the_recipient() {
    let ses = ses::start(Answer::Accepted).await;
    sender(&ses).deliver(&entry()).await.unwrap();

    let [(path, mail)] = ses.received().try_into().expect("one request");
    assert_eq!(path, "/v2/email/outbound-emails");
    assert_eq!(mail["FromEmailAddress"], SENDER);
    assert_eq!(mail["Destination"], json!({ "ToAddresses": ["ops@example.com"] }));
    let simple = &mail["Content"]["Simple"];
    let subject = json!({ "Data": "\"Bücher\" expired on 11 Dec 2026, 09:00 UTC and is refused now", "Charset": "UTF-8" });
    assert_eq!(simple["Subject"], subject);
    for form in ["Text", "Html"] {
        let part = &simple["Body"][form];
        assert_eq!(part["Charset"], "UTF-8");
        let link = format!("https://keyturn.example.com/console#/tokens/{TOKEN}");
        assert!(part["Data"].as_str().unwrap().contains(&link), "{part}");
    }
    assert_eq!(simple["Headers"], json!([{ "Name": "Auto-Submitted", "Value": "auto-generated" }]));
}

#[tokio::test]
async fn tags_mails_with_entry_and_notice() {
    let ses = ses::start(Answer::Accepted).await;
    sender(&ses).deliver(&entry()).await.unwrap();
    let tags =
        json!([{ "Name": "entry", "Value": ENTRY.to_string() }, { "Name": "notice", "Value": "expired" }]);
    assert_eq!(ses.received()[0].1["EmailTags"], tags);
}

#[tokio::test]
async fn sends_gathered_mails_as_one_and_a_single_one_as_it_is() {
    let ses = ses::start(Answer::Accepted).await;
    let sender = sender(&ses);
    sender.deliver_together(&[entry(), entry()]).await.unwrap();
    sender.deliver_together(&[entry()]).await.unwrap();
    sender.deliver(&entry()).await.unwrap();
    let [(_, digest), (_, one), (_, alone)] = ses.received().try_into().expect("three requests");
    assert_eq!(one, alone);
    assert_eq!(digest["Destination"], alone["Destination"]);
    let subject = &digest["Content"]["Simple"]["Subject"]["Data"];
    assert_eq!(subject, "2 notices about renewals of API access tokens of acme");
    assert_eq!(digest["EmailTags"][1], json!({ "Name": "notice", "Value": "digest" }));
}

#[tokio::test]
async fn names_a_sender_without_a_name_keyturn() {
    let ses = ses::start(Answer::Accepted).await;
    for (sender, from) in [
        ("keyturn@example.com", "Keyturn <keyturn@example.com>"),
        ("Tokens <keyturn@example.com>", "Tokens <keyturn@example.com>"),
    ] {
        let sender = SesMailSender::new(client(&ses, TIMEOUT), sender, "https://a.example").unwrap();
        sender.deliver(&entry()).await.unwrap();
        assert_eq!(ses.received().last().unwrap().1["FromEmailAddress"], from);
    }
}

#[tokio::test]
async fn uses_the_configuration_set_if_there_is_one() {
    let ses = ses::start(Answer::Accepted).await;
    sender(&ses).deliver(&entry()).await.unwrap();
    let with_set = sender(&ses).with_configuration_set(Some("keyturn".to_owned()));
    with_set.deliver(&entry()).await.unwrap();
    let received = ses.received();
    assert_eq!(received[0].1.get("ConfigurationSetName"), None);
    assert_eq!(received[1].1["ConfigurationSetName"], "keyturn");
}

/// The outcome if SES answers with this error.
async fn outcome(status: u16, kind: &'static str, failures: u32) -> Result<DeliveryOutcome, PortError> {
    let ses = ses::start(Answer::Failed { status, kind }).await;
    sender(&ses)
        .deliver(&OutboxEntry { failures: Failures { count: failures, since: None }, ..entry() })
        .await
}

#[tokio::test]
async fn retries_what_concerns_the_account_or_passes() {
    for (status, kind) in [
        (400, "AccountSuspendedException"),
        (400, "LimitExceededException"),
        (400, "MailFromDomainNotVerifiedException"),
        (404, "NotFoundException"),
        (400, "SendingPausedException"),
        (429, "TooManyRequestsException"),
        (500, "InternalServiceErrorException"),
    ] {
        let error = outcome(status, kind, 10_000).await.unwrap_err();
        assert_eq!(error.to_string(), "a mail was not accepted");
        assert!(ses::causes(&error).contains(kind), "{error:?}");
    }
}

#[tokio::test]
async fn refuses_for_good_what_ses_never_accepts() {
    for (kind, failures) in [("BadRequestException", 0), ("MessageRejected", 290)] {
        let Ok(DeliveryOutcome::Refused(reason)) = outcome(400, kind, failures).await else {
            panic!("{kind}")
        };
        assert_eq!(reason.to_string(), "a mail was refused for good");
        assert!(ses::causes(&reason).contains(kind), "{reason:?}");
    }
}

/// SES answers an unverified sender with the same error, which an operator can correct.
#[tokio::test]
async fn retries_a_rejected_message_for_a_week() {
    assert!(outcome(400, "MessageRejected", 289).await.is_err());
}

#[tokio::test]
async fn retries_after_a_timeout() {
    let ses = ses::start(Answer::Never).await;
    let sender = SesMailSender::new(client(&ses, Duration::from_millis(100)), SENDER, "https://a.example");
    let error = sender.unwrap().deliver(&entry()).await.unwrap_err();
    assert_eq!(error.to_string(), "a mail was not accepted");
}

#[tokio::test]
async fn fails_without_sending_if_the_entry_has_no_mail() {
    let ses = ses::start(Answer::Accepted).await;
    let entry = OutboxEntry { entry: HistoryEntry { mail: None, ..history_entry() }, ..entry() };
    let error = sender(&ses).deliver(&entry).await.unwrap_err();
    assert_eq!(error.to_string(), "the entry has no mail");
    assert_eq!(ses.received(), []);
}

#[tokio::test]
async fn rejects_wrong_parameters_at_the_start() {
    let ses = ses::start(Answer::Accepted).await;
    let problem = |sender, base_url| {
        SesMailSender::new(client(&ses, TIMEOUT), sender, base_url)
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    };
    assert_eq!(problem(SENDER, "http://localhost:3000"), "");
    for wrong in ["", "keyturn", "a@b.example\r\nBcc: c@d.example"] {
        assert!(
            problem(wrong, "https://a.example").starts_with("environment variable KEYTURN_MAIL_SENDER: ")
        );
    }
    for wrong in ["", "keyturn.example.com", "ftp://a.example"] {
        assert!(problem(SENDER, wrong).starts_with("environment variable KEYTURN_BASE_URL: "));
    }
}
