//! Editing a token: which fields, JSON merge patch, and versions.

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{TestStack, renewing_token};

/// The editable fields, as one value.
fn settings(token: &Value) -> Value {
    let renewal = &token["autoRenewal"];
    let (days, url) = (&renewal["everyDays"], &renewal["callback"]["url"]);
    json!([token["description"], days, url, token["renewalMailRecipient"]])
}

/// Sends a patch that must be refused for these fields and change nothing.
async fn assert_refused(stack: &TestStack, id: &str, patch: &Value, fields: &[&str]) {
    let before = stack.manager().token(id).await.body;
    stack.manager().edit(id, patch).await.assert_invalid(fields);
    assert_eq!(stack.manager().token(id).await.body, before, "{patch}");
}

#[tokio::test]
async fn refuses_every_other_field() {
    let (stack, _receiver, created) = renewing_token().await;
    let others = "ageInDays ageLevel applications callback changedDate colour companyId createdDate expiresAt id \
                  lastUsedAt name pendingRenewal renewedBy renewedFrom rights seriesId status token version";
    let others: Vec<_> = others.split_whitespace().collect();
    for value in [json!("x"), json!(7), json!(null), json!({"url": "https://example.com"})] {
        let mut patch = json!({
            "description": "another",
            "autoRenewal": {
                "everyDays": 40, "nextRenewalAt": value,
                "callback": {"url": "https://example.com/", "signingSecret": value},
            },
        });
        for field in &others {
            patch[field] = value.clone();
        }
        let refused = [&others[..], &["autoRenewal.callback.signingSecret", "autoRenewal.nextRenewalAt"]];
        assert_refused(&stack, &created.id(), &patch, &refused.concat()).await;
    }
    let secret = format!("kat_{}", "0".repeat(71));
    let pasted = stack.manager().edit(&created.id(), &json!({&secret: &secret})).await.expect(400);
    assert!(!pasted.body.to_string().contains(&secret), "{pasted:?}");
}

#[tokio::test]
async fn keeps_absent_fields_and_removes_null_ones() {
    let (stack, receiver, created) = renewing_token().await;
    let (manager, url, path) =
        (stack.manager(), receiver.url(), format!("/apiAccessTokens/{}", created.id()));
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
        let edited = manager.call(Method::PATCH, &path, body).await.expect(200);
        assert_eq!(settings(&edited.body), expected, "{patch}");
        let read = manager.token(&created.id()).await;
        assert_eq!((settings(&read.body), read.header("etag")), (expected, edited.header("etag")));
    }
}

#[tokio::test]
async fn reports_every_wrong_value() {
    let (stack, _receiver, created) = renewing_token().await;
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
        assert_refused(&stack, &created.id(), &patch, &[field]).await;
    }
    let everything = json!({
        "description": 7, "renewalMailRecipient": "x", "name": "x",
        "autoRenewal": {"everyDays": 0, "callback": {"url": "ftp://x"}},
    });
    let all =
        ["autoRenewal.callback.url", "autoRenewal.everyDays", "description", "name", "renewalMailRecipient"];
    assert_refused(&stack, &created.id(), &everything, &all).await;
}

#[tokio::test]
async fn refuses_bodies_that_are_not_objects() {
    let (stack, _receiver, created) = renewing_token().await;
    let path = format!("/apiAccessTokens/{}", created.id());
    for body in ["", "{", "[]", "null", "\"description\"", "7", "{} {}", "description=x"] {
        let body = Some(("application/json", body.to_owned()));
        stack.manager().call(Method::PATCH, &path, body).await.assert_invalid(&["body"]);
    }
    assert_eq!(stack.manager().token(&created.id()).await.body["version"], 1);
}

#[tokio::test]
async fn honours_if_match() {
    let (stack, _receiver, created) = renewing_token().await;
    let (manager, path) = (stack.manager(), format!("/apiAccessTokens/{}", created.id()));
    let edit = async |tag: &str, description: &str| {
        let patch = json!({"description": description});
        manager.with_header(Method::PATCH, &path, ("If-Match", tag), &patch).await
    };
    assert_eq!(created.header("etag"), "\"1\"");
    let edited = edit(created.header("etag"), "first").await.expect(200);
    assert_eq!((edited.header("etag"), &edited.body["version"]), ("\"2\"", &json!(2)));
    assert_eq!(manager.token(&created.id()).await.header("etag"), "\"2\"");

    for stale in ["\"1\"", "\"3\"", "\"1\", \"3\"", "W/\"2\"", "\"two\"", "\"\""] {
        edit(stale, "second").await.assert_error(412, "VERSION_MISMATCH");
    }
    for malformed in ["2", "", "\"2", "*, \"2\"", "\"2\" \"3\"", "\u{fc}"] {
        edit(malformed, "second").await.assert_invalid(&["If-Match"]);
    }
    assert_eq!(manager.token(&created.id()).await.text("description"), "first");

    for (current, version) in [("*", 3), ("\"1\", \"3\"", 4), ("W/\"9\",\"4\"", 5)] {
        assert_eq!(edit(current, current).await.expect(200).body["version"], version, "{current}");
    }
    // A stale version is refused even if there is nothing to change.
    edit("\"4\"", "W/\"9\",\"4\"").await.expect(412);
}

#[tokio::test]
async fn applies_one_of_concurrent_edits_of_the_same_version() {
    let (stack, _receiver, created) = renewing_token().await;
    let (manager, path) = (stack.manager(), format!("/apiAccessTokens/{}", created.id()));
    let patches: Vec<_> = (0..10).map(|number| json!({"description": format!("edit {number}")})).collect();
    let edits =
        patches.iter().map(|patch| manager.with_header(Method::PATCH, &path, ("If-Match", "\"1\""), patch));
    let responses = join_all(edits).await;
    let mut statuses: Vec<_> = responses.iter().map(|response| response.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412, 412, 412, 412, 412, 412, 412]);
    let winner = responses.iter().find(|response| response.status == 200).unwrap();
    let read = manager.token(&created.id()).await;
    assert_eq!((read.text("description"), &read.body["version"]), (winner.text("description"), &json!(2)));
}

#[tokio::test]
async fn applies_all_concurrent_edits_without_a_version() {
    let (stack, receiver, created) = renewing_token().await;
    let (manager, id) = (stack.manager(), created.id());
    let patches = [
        json!({"description": "new"}),
        json!({"renewalMailRecipient": "dev@example.com"}),
        json!({"autoRenewal": {"everyDays": 45}}),
    ];
    for response in join_all(patches.iter().map(|patch| manager.edit(&id, patch))).await {
        response.expect(200);
    }
    let read = manager.token(&id).await.body;
    assert_eq!(settings(&read), json!(["new", 45, receiver.url(), "dev@example.com"]));
    assert_eq!(read["version"], 4);
}

#[tokio::test]
async fn ignores_an_edit_that_changes_nothing() {
    let (stack, receiver, created) = renewing_token().await;
    let (manager, id) = (stack.manager(), created.id());
    let before = manager.token(&id).await;
    let same = json!({
        "description": "the partner's nightly export", "renewalMailRecipient": "ops@example.com",
        "autoRenewal": {"everyDays": 30, "callback": {"url": receiver.url()}},
    });
    stack.advance(60).await;
    for patch in [json!({}), json!({"autoRenewal": {}}), same] {
        let edited = manager.edit(&id, &patch).await.expect(200);
        assert_eq!((&edited.body, edited.header("etag")), (&before.body, before.header("etag")), "{patch}");
    }
    assert_eq!(stack.event_types(&id).await, ["Token Created"]);
    manager.edit(&id, &json!({"description": "news"})).await.expect(200);
    stack.sweep().await;
    assert_eq!(stack.event_types(&id).await, ["Token Created", "Token Updated"]);
}
