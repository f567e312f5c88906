//! `startRenewals`: many renewals at an even pace.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    ApiClient, ApiResponse, DAY, HOUR, MINUTE, Receiver, TestStack, UNKNOWN_ID, With, ids, plain, pulling,
    renewal, renewing, renewing_by_mail, token,
};

const PATH: &str = "/apiAccessTokens/startRenewals";

async fn order(client: &ApiClient, body: &Value) -> ApiResponse {
    client.post(PATH, body).await.expect(200)
}

async fn look_at(client: &ApiClient, id: &str) -> Value {
    client.get(&format!("{PATH}/{id}")).await.expect(200).body
}

async fn act(client: &ApiClient, id: &str, action: &str) -> ApiResponse {
    client.post(&format!("{PATH}/{id}/{action}"), &json!({})).await
}

fn counts(mass: &Value) -> [u64; 4] {
    ["selected", "cannotRenew", "started", "skipped"].map(|name| mass[name].as_u64().unwrap())
}

/// So many tokens with the receiver, and one that doesn't renew itself.
async fn fill(stack: &TestStack, receiver: &Receiver, tokens: usize) -> Vec<String> {
    let manager = stack.manager();
    let mut strings = Vec::new();
    for _ in 0..tokens {
        strings.push(manager.created(&renewing(receiver)).await.string());
    }
    manager.created(&plain().with("name", "lasting")).await;
    stack.advance(DAY).await;
    strings
}

#[tokio::test]
async fn a_dry_run_says_how_many_and_changes_nothing() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let manager = stack.manager();
    fill(&stack, &receiver, 3).await;
    let dry_run = async |filter: Value| {
        let found = order(&manager, &json!({"filter": filter, "dryRun": true})).await.body;
        assert_eq!(
            (&found["state"], &found["id"], &found["counted"]),
            (&json!("DRY_RUN"), &Value::Null, &json!(true))
        );
        found
    };
    let all = dry_run(json!({"all": true})).await;
    // The management token doesn't renew itself either.
    assert_eq!(counts(&all), [3, 2, 0, 0], "{all}");
    let names: Vec<_> =
        all["cannotRenewItems"].as_array().unwrap().iter().map(|item| &item["name"]).collect();
    assert!(names.contains(&&json!("lasting")), "{names:?}");
    assert_eq!(counts(&dry_run(json!({"application": "PRODUCTS"})).await), [3, 0, 0, 0]);
    assert_eq!(counts(&dry_run(json!({"search": "LAST"})).await), [0, 1, 0, 0]);
    assert_eq!(counts(&dry_run(json!({"olderThanDays": 1, "search": "partner"})).await), [3, 0, 0, 0]);
    assert_eq!(counts(&dry_run(json!({"olderThanDays": 2, "search": "partner"})).await), [0, 0, 0, 0]);
    let id = manager.get("/apiAccessTokens?search=partner").await.items()[0]["id"].clone();
    assert_eq!(counts(&dry_run(json!({"ids": [id, UNKNOWN_ID]})).await), [1, 0, 0, 0]);
    stack.advance(2 * HOUR).await;
    assert!(receiver.received().is_empty());
}

#[tokio::test]
async fn starts_all_selected_renewals_evenly_and_each_once() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let manager = stack.manager();
    let strings = fill(&stack, &receiver, 6).await;
    let mass = order(&manager, &json!({"filter": {"all": true}, "overHours": 2})).await;
    assert_eq!((mass.text("state"), &mass.body["overHours"]), ("COUNTING".to_owned(), &json!(2)));
    let id = mass.id();
    stack.advance(MINUTE).await;
    let first = look_at(&manager, &id).await;
    assert_eq!((&first["state"], counts(&first)), (&json!("RUNNING"), [6, 2, 1, 0]), "{first}");
    // One in each 20 minutes
    for started in 2..=6_usize {
        stack.advance(20 * MINUTE).await;
        assert_eq!(receiver.received().len(), started);
    }
    let waiting = format!("/apiAccessTokens?outstandingOf={id}");
    assert_eq!(manager.get(&waiting).await.expect(200).items().len(), 6);
    for callback in receiver.received() {
        manager.redeemed(&callback.request_token()).await;
    }
    assert!(manager.get(&waiting).await.expect(200).items().is_empty());
    stack.advance(21 * MINUTE).await;
    let done = look_at(&manager, &id).await;
    assert_eq!((&done["state"], counts(&done)), (&json!("DONE"), [6, 2, 6, 0]), "{done}");
    assert!(done["endedDate"].is_string());
    stack.advance(3 * HOUR).await;
    assert_eq!(
        receiver.received().iter().filter(|it| it.body["data"]["reason"] == "renewalDue").count(),
        6,
        "no successor is renewed again"
    );
    for string in strings {
        stack.client(&string).own_token().await.expect(200);
    }
    act(&manager, &id, "pause").await.assert_error(409, "MASS_RENEWAL_ENDED");
}

#[tokio::test]
async fn renews_by_schedule_and_pull_as_well() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let mailed = manager.created(&renewing_by_mail(30)).await.id();
    let fetching = manager.created(&pulling()).await;
    order(&manager, &json!({"filter": {"ids": [mailed, fetching.id()]}})).await;
    stack.advance(HOUR + MINUTE).await;
    assert!(manager.token(&mailed).await.body["renewedBy"].is_string());
    stack.client_of(&fetching).pulled().await;
    let activities = manager.activities(&mailed).await;
    let started = activities.items().iter().find(|it| it["action"] == "RENEWAL_STARTED").unwrap();
    assert_eq!(started["actor"]["tokenId"], json!(manager.own_token().await.id()), "who asked for it");
}

#[tokio::test]
async fn can_be_paused_resumed_and_stopped() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let manager = stack.manager();
    fill(&stack, &receiver, 4).await;
    let id = order(&manager, &json!({"filter": {"search": "partner"}, "overHours": 4})).await.id();
    stack.advance(MINUTE).await;
    assert_eq!(receiver.received().len(), 1);
    for _ in 0..2 {
        assert_eq!(act(&manager, &id, "pause").await.expect(200).text("state"), "PAUSED");
    }
    stack.advance(10 * HOUR).await;
    assert_eq!(receiver.received().len(), 1);
    for _ in 0..2 {
        assert_eq!(act(&manager, &id, "resume").await.expect(200).text("state"), "RUNNING");
    }
    stack.advance(30 * MINUTE).await;
    assert_eq!(receiver.received().len(), 1, "at the pace of before");
    stack.advance(31 * MINUTE).await;
    assert_eq!(receiver.received().len(), 2);
    for _ in 0..2 {
        assert_eq!(act(&manager, &id, "stop").await.expect(200).text("state"), "STOPPED");
    }
    stack.advance(5 * HOUR).await;
    assert_eq!(receiver.received().len(), 2);
    act(&manager, &id, "resume").await.assert_error(409, "MASS_RENEWAL_ENDED");
    assert_eq!(counts(&look_at(&manager, &id).await), [4, 0, 2, 0]);
}

#[tokio::test]
async fn skips_what_was_renewed_meanwhile_and_what_the_caller_may_not_renew() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let management = token("READ_WRITE", "API_ACCESS_TOKENS");
    let ending = manager.created(&management.clone().with("expiresAt", stack.after(30 * DAY).await)).await;
    let renewing = |name: &str| renewing_by_mail(30).with("name", name);
    let lasting =
        manager.created(&renewing("x managing").with("applications", ["API_ACCESS_TOKENS"])).await.id();
    let by_hand = manager.created(&renewing("x by hand")).await.id();
    let left = manager.created(&renewing("x left")).await.id();
    let id = order(&stack.client_of(&ending), &json!({"filter": {"search": "x "}})).await.id();
    manager.renew(&by_hand, &renewal(stack.after(DAY).await)).await.expect(201);
    stack.advance(2 * HOUR).await;
    let mass = look_at(&manager, &id).await;
    assert_eq!((&mass["state"], mass["started"].as_u64()), (&json!("DONE"), Some(1)), "{mass}");
    assert!(manager.token(&left).await.body["renewedBy"].is_string());
    assert_eq!(manager.token(&lasting).await.body["renewedBy"], Value::Null, "it would outlive the caller");
}

#[tokio::test]
async fn overlapping_runs_start_each_renewal_once() {
    let (stack, receiver) = (TestStack::on_disk().await, Receiver::start().await);
    let manager = stack.manager();
    fill(&stack, &receiver, 20).await;
    let id = order(&manager, &json!({"filter": {"search": "partner"}, "overHours": 1})).await.id();
    stack.sweep().await;
    stack.jump(2 * HOUR).await;
    let (_, _, other) = tokio::join!(stack.sweep(), stack.sweep(), stack.sweep_in_another_process(&[]));
    assert_eq!(other["failed"], 0, "{other}");
    stack.advance(MINUTE).await;
    assert_eq!(receiver.received().len(), 20);
    let mass = look_at(&manager, &id).await;
    assert_eq!((&mass["state"], counts(&mass)), (&json!("DONE"), [20, 0, 20, 0]), "{mass}");
    for token in ids(manager.get("/apiAccessTokens?search=partner&size=100").await.items()) {
        assert_eq!(stack.count_events(&token, "Token Updated").await, 1);
    }
}

#[tokio::test]
async fn the_same_request_with_the_same_key_is_one_mass_renewal() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let send = async |hours: u32| {
        let body = json!({"filter": {"all": true}, "overHours": hours});
        manager.with_header(Method::POST, PATH, ("Idempotency-Key", "once"), &body).await
    };
    let first = send(1).await.expect(200).id();
    assert_eq!(send(1).await.expect(200).id(), first);
    send(2).await.assert_error(422, "IDEMPOTENCY_KEY_REUSED");
}

#[tokio::test]
async fn names_every_fault_and_keeps_companies_apart() {
    let stack = TestStack::on_disk().await;
    let manager = stack.manager();
    let refused = async |body: Value, fields: &[&str]| {
        manager.post(PATH, &body).await.assert_invalid(fields);
    };
    refused(json!({}), &["filter"]).await;
    refused(json!({"filter": {}}), &["filter"]).await;
    refused(json!({"filter": {"all": true, "search": "x"}}), &["filter.all"]).await;
    refused(
        json!({"filter": {"application": "orders", "olderThanDays": -1, "colour": 1}, "overHours": 0, "dryRun": "yes"}),
        &["filter.application", "filter.olderThanDays", "filter.colour", "overHours", "dryRun"],
    )
    .await;
    refused(json!({"filter": {"ids": ["1", UNKNOWN_ID]}}), &["filter.ids[0]"]).await;
    let id = order(&manager, &json!({"filter": {"all": true}})).await.id();
    let other = stack.add_company("elsewhere").await;
    other.get(&format!("{PATH}/{id}")).await.assert_error(404, "NOT_FOUND");
    act(&other, &id, "stop").await.assert_error(404, "NOT_FOUND");
    manager.get(&format!("{PATH}/{UNKNOWN_ID}")).await.assert_error(404, "NOT_FOUND");
}
