//! Editing a token: which fields, what a merge patch means, and versions.

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Caller, Receiver, TestStack, renewing};

fn path(id: &str) -> String {
    format!("/apiAccessTokens/{id}")
}

/// Everything that can be edited, as one value.
fn settings(token: &Value) -> Value {
    let renewal = &token["autoRenewal"];
    json!([
        token["description"],
        renewal["everyDays"],
        renewal["callback"]["url"],
        token["renewalMailRecipient"]
    ])
}

/// Sends a patch that must be refused for these fields, and sees that it changed nothing.
async fn assert_faulty(manager: &Caller, id: &str, patch: &Value, faulty: &[&str]) {
    let before = manager.token(id).await.body;
    let answer = manager.patch(&path(id), patch).await;
    let mut fields = answer.faulty_fields();
    fields.sort();
    assert_eq!(
        (answer.status, fields),
        (400, faulty.iter().map(|&field| field.to_owned()).collect()),
        "{patch}"
    );
    assert_eq!(manager.token(id).await.body, before, "{patch}");
}

async fn created(stack: &TestStack) -> (Receiver, Answer) {
    let receiver = Receiver::start().await;
    let created = stack.manager().created(&renewing(&receiver)).await;
    (receiver, created)
}

#[tokio::test]
async fn any_other_field_is_named_and_nothing_changes() {
    let stack = TestStack::start().await;
    let (_receiver, token) = created(&stack).await;
    let others = [
        "ageInDays",
        "ageLevel",
        "applications",
        "callback",
        "changedDate",
        "colour",
        "companyId",
        "createdDate",
        "expiresAt",
        "id",
        "lastUsedAt",
        "name",
        "pendingRenewal",
        "renewedBy",
        "renewedFrom",
        "rights",
        "seriesId",
        "status",
        "token",
        "version",
    ];
    for value in [json!("x"), json!(7), json!(null), json!({"url": "https://example.com"})] {
        let mut patch = json!({
            "description": "another",
            "autoRenewal": {
                "everyDays": 40, "nextRenewalAt": value,
                "callback": {"url": "https://example.com/", "signingSecret": value},
            },
        });
        for field in others {
            patch[field] = value.clone();
        }
        let mut faulty = vec!["autoRenewal.callback.signingSecret", "autoRenewal.nextRenewalAt"];
        faulty.extend(others);
        faulty.sort_unstable();
        assert_faulty(&stack.manager(), &token.id(), &patch, &faulty).await;
    }
    let secret = format!("kat_{}", "0".repeat(71));
    let pasted = stack.manager().patch(&path(&token.id()), &json!({&secret: &secret})).await;
    assert_eq!((pasted.status, pasted.body.to_string().contains(&secret)), (400, false), "{pasted:?}");
}

#[tokio::test]
async fn what_is_absent_stays_and_null_removes() {
    let stack = TestStack::start().await;
    let (receiver, token) = created(&stack).await;
    let (manager, url) = (stack.manager(), receiver.url());
    let other = "http://127.0.0.1:9/elsewhere";
    let steps = [
        (json!({}), json!(["the partner's nightly export", 30, url, "ops@example.com"])),
        (json!({"description": "two\nlines"}), json!(["two\nlines", 30, url, "ops@example.com"])),
        (json!({"description": null}), json!(["", 30, url, "ops@example.com"])),
        (json!({"renewalMailRecipient": null}), json!(["", 30, url, null])),
        (json!({"renewalMailRecipient": "dev@example.com"}), json!(["", 30, url, "dev@example.com"])),
        (json!({"autoRenewal": {}}), json!(["", 30, url, "dev@example.com"])),
        (json!({"autoRenewal": {"everyDays": 40}}), json!(["", 40, url, "dev@example.com"])),
        (json!({"autoRenewal": {"callback": {}}}), json!(["", 40, url, "dev@example.com"])),
        (json!({"autoRenewal": {"callback": {"url": other}}}), json!(["", 40, other, "dev@example.com"])),
        (json!({"autoRenewal": {"callback": null}}), json!(["", 40, null, "dev@example.com"])),
        (json!({"autoRenewal": null}), json!(["", null, null, "dev@example.com"])),
        (
            json!({"autoRenewal": {"everyDays": 7, "callback": {"url": url}}, "description": "all", "renewalMailRecipient": null}),
            json!(["all", 7, url, null]),
        ),
    ];
    for (patch, expected) in steps {
        let body = Some(("application/merge-patch+json", patch.to_string()));
        let answer = manager.ask(Method::PATCH, &path(&token.id()), body).await;
        assert_eq!((answer.status, settings(&answer.body)), (200, expected), "{patch}");
        let read = manager.token(&token.id()).await;
        assert_eq!(
            (settings(&read.body), read.header("etag")),
            (settings(&answer.body), answer.header("etag"))
        );
    }
}

#[tokio::test]
async fn wrong_values_are_named() {
    let stack = TestStack::start().await;
    let (_receiver, token) = created(&stack).await;
    let renewal = |value: Value| json!({"autoRenewal": value});
    let cases = [
        (json!({"description": 7}), "description"),
        (json!({"description": ["x"]}), "description"),
        (json!({"description": "x".repeat(1_001)}), "description"),
        (json!({"renewalMailRecipient": {}}), "renewalMailRecipient"),
        (json!({"renewalMailRecipient": ""}), "renewalMailRecipient"),
        (json!({"renewalMailRecipient": "a@b.com,c@d.com"}), "renewalMailRecipient"),
        (renewal(json!("daily")), "autoRenewal"),
        (renewal(json!([])), "autoRenewal"),
        (renewal(json!(true)), "autoRenewal"),
        (renewal(json!({"everyDays": "30"})), "autoRenewal.everyDays"),
        (renewal(json!({"everyDays": 1.5})), "autoRenewal.everyDays"),
        (renewal(json!({"everyDays": 0})), "autoRenewal.everyDays"),
        (renewal(json!({"everyDays": 3_651})), "autoRenewal.everyDays"),
        (renewal(json!({"everyDays": u64::MAX})), "autoRenewal.everyDays"),
        (renewal(json!({"everyDays": null})), "autoRenewal.everyDays"),
        (renewal(json!({"callback": "https://example.com/"})), "autoRenewal.callback"),
        (renewal(json!({"callback": {"url": null}})), "autoRenewal.callback.url"),
        (renewal(json!({"callback": {"url": 7}})), "autoRenewal.callback.url"),
        (renewal(json!({"callback": {"url": "http://10.0.0.1/"}})), "autoRenewal.callback.url"),
    ];
    for (patch, field) in cases {
        assert_faulty(&stack.manager(), &token.id(), &patch, &[field]).await;
    }
    let everything = json!({
        "description": 7, "renewalMailRecipient": "x", "name": "x",
        "autoRenewal": {"everyDays": 0, "callback": {"url": "ftp://x"}},
    });
    let all =
        ["autoRenewal.callback.url", "autoRenewal.everyDays", "description", "name", "renewalMailRecipient"];
    assert_faulty(&stack.manager(), &token.id(), &everything, &all).await;
}

#[tokio::test]
async fn bodies_that_are_no_objects() {
    let stack = TestStack::start().await;
    let (_receiver, token) = created(&stack).await;
    for body in ["", "{", "[]", "null", "\"description\"", "7", "{} {}", "description=x"] {
        let sent = Some(("application/json", body.to_owned()));
        let answer = stack.manager().ask(Method::PATCH, &path(&token.id()), sent).await;
        assert_eq!((answer.status, answer.faulty_fields()), (400, vec!["body".to_owned()]), "{body}");
    }
    assert_eq!(stack.manager().token(&token.id()).await.body["version"], 1);
}

#[tokio::test]
async fn if_match_is_honoured() {
    let stack = TestStack::start().await;
    let (_receiver, token) = created(&stack).await;
    let (manager, path) = (stack.manager(), path(&token.id()));
    let edit = async |tag: &str, description: &str| {
        let patch = json!({"description": description});
        manager.with_header(Method::PATCH, &path, ("If-Match", tag), &patch).await
    };
    assert_eq!(token.header("etag"), "\"1\"");
    let edited = edit(token.header("etag"), "first").await;
    assert_eq!((edited.status, edited.header("etag"), &edited.body["version"]), (200, "\"2\"", &json!(2)));
    assert_eq!(manager.token(&token.id()).await.header("etag"), "\"2\"");

    for stale in ["\"1\"", "\"3\"", "\"1\", \"3\"", "W/\"2\"", "\"two\"", "\"\""] {
        let refused = edit(stale, "second").await;
        assert_eq!((refused.status, refused.text("errorCode")), (412, "VERSION_MISMATCH".into()), "{stale}");
    }
    for malformed in ["2", "", "\"2", "*, \"2\"", "\"2\" \"3\"", "\u{fc}"] {
        let refused = edit(malformed, "second").await;
        assert_eq!(
            (refused.status, refused.faulty_fields()),
            (400, vec!["If-Match".to_owned()]),
            "{malformed}"
        );
    }
    assert_eq!(manager.token(&token.id()).await.text("description"), "first");

    for (matching, version) in [("*", 3), ("\"1\", \"3\"", 4), ("W/\"9\",\"4\"", 5)] {
        let edited = edit(matching, matching).await;
        assert_eq!((edited.status, &edited.body["version"]), (200, &json!(version)), "{matching}");
    }
    assert_eq!(edit("\"4\"", "W/\"9\",\"4\"").await.status, 412, "also if there is nothing to change");
}

#[tokio::test]
async fn of_edits_made_at_once_from_the_same_version_one_is_made() {
    let stack = TestStack::start().await;
    let (_receiver, token) = created(&stack).await;
    let (manager, path) = (stack.manager(), path(&token.id()));
    let patches: Vec<_> = (0..10).map(|number| json!({"description": format!("edit {number}")})).collect();
    let edits =
        patches.iter().map(|patch| manager.with_header(Method::PATCH, &path, ("If-Match", "\"1\""), patch));
    let answers = join_all(edits).await;
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412, 412, 412, 412, 412, 412, 412]);
    let winner = answers.iter().find(|answer| answer.status == 200).unwrap();
    let read = manager.token(&token.id()).await;
    assert_eq!((read.text("description"), &read.body["version"]), (winner.text("description"), &json!(2)));
}

#[tokio::test]
async fn edits_made_at_once_without_a_version_are_all_made() {
    let stack = TestStack::start().await;
    let (receiver, token) = created(&stack).await;
    let (manager, path) = (stack.manager(), path(&token.id()));
    let patches = [
        json!({"description": "new"}),
        json!({"renewalMailRecipient": "dev@example.com"}),
        json!({"autoRenewal": {"everyDays": 45}}),
    ];
    let answers = join_all(patches.iter().map(|patch| manager.patch(&path, patch))).await;
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    let read = manager.token(&token.id()).await.body;
    assert_eq!(settings(&read), json!(["new", 45, receiver.url(), "dev@example.com"]));
    assert_eq!(read["version"], 4);
}

#[tokio::test]
async fn an_edit_that_changes_nothing_is_none() {
    let stack = TestStack::start().await;
    let (receiver, token) = created(&stack).await;
    let before = stack.manager().token(&token.id()).await;
    let same = json!({
        "description": "the partner's nightly export", "renewalMailRecipient": "ops@example.com",
        "autoRenewal": {"everyDays": 30, "callback": {"url": receiver.url()}},
    });
    stack.advance(60).await;
    for patch in [json!({}), json!({"autoRenewal": {}}), same] {
        let answer = stack.manager().patch(&path(&token.id()), &patch).await;
        assert_eq!((answer.status, &answer.body), (200, &before.body), "{patch}");
        assert_eq!(answer.header("etag"), before.header("etag"));
    }
    assert_eq!(stack.event_types(&token.id()).await, ["Token Created"]);
    stack.manager().patch(&path(&token.id()), &json!({"description": "news"})).await;
    stack.sweep().await;
    assert_eq!(stack.event_types(&token.id()).await, ["Token Created", "Token Updated"]);
}

#[tokio::test]
async fn a_token_that_is_not_there_is_not_edited() {
    let stack = TestStack::start().await;
    let patch = json!({"description": "x"});
    for id in ["0199a3c4-5b6d-7e8f-9012-3456789abcde", "1", "self"] {
        assert_eq!(stack.manager().patch(&path(id), &patch).await.status, 404, "{id}");
    }
}
