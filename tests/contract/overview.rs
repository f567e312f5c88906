//! The overview: what needs attention, each kind as the clock makes it happen, and renewals by day.

use serde_json::{Value, json};

use crate::support::{
    ApiClient, DAY, HOUR, Receiver, Reply, TestStack, With, due_token, ids, plain, pulling, renewal,
    renewing, renewing_by_mail,
};

const PATH: &str = "/apiAccessTokens/overview";

/// Every kind, in the order of the answer.
const KINDS: [&str; 9] = [
    "LEAKED",
    "FAILING_CALLBACK",
    "UNREDEEMED",
    "SUCCESSOR_UNUSED",
    "OVERLAP_IN_USE",
    "EXPIRING",
    "RED",
    "ORANGE",
    "UNUSED",
];

/// The names of the tokens of a kind. The list finds the same ones.
async fn of(client: &ApiClient, kind: &str) -> Vec<String> {
    let overview = client.get(PATH).await.expect(200).body;
    let group = overview["attention"].as_array().unwrap().iter().find(|group| group["kind"] == kind).unwrap();
    let items = group["items"].as_array().unwrap();
    assert_eq!(group["count"], items.len(), "{group}");
    let listed = client.get(&format!("/apiAccessTokens?attention={kind}&size=100")).await.expect(200);
    let (mut listed, mut found) = (ids(listed.items()), ids(items));
    listed.sort();
    found.sort();
    assert_eq!(listed, found, "the list's filter for {kind}");
    items.iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

fn named(name: &str) -> Value {
    plain().with("name", name)
}

#[tokio::test]
async fn nothing_needs_attention_at_first() {
    let stack = TestStack::start().await;
    stack.manager().created(&plain()).await;
    let overview = stack.manager().get(PATH).await.expect(200).body;
    let kinds = overview["attention"].as_array().unwrap();
    assert_eq!(kinds.iter().map(|group| group["kind"].as_str().unwrap()).collect::<Vec<_>>(), KINDS);
    assert!(kinds.iter().all(|group| group["count"] == 0), "{overview}");
    assert_eq!((&overview["complete"], &overview["pastRenewals"]), (&json!(true), &json!([])));
}

#[tokio::test]
async fn names_failing_callbacks_and_unredeemed_request_tokens() {
    let (stack, receiver, created) = due_token(Reply::Status(500)).await;
    let manager = stack.manager();
    assert_eq!(of(&manager, "FAILING_CALLBACK").await, ["partner"]);
    assert!(of(&manager, "UNREDEEMED").await.is_empty(), "it can still be redeemed");
    stack.advance_to(created.time("createdDate"), 30 * DAY + 2 * HOUR).await;
    assert_eq!(of(&manager, "UNREDEEMED").await, ["partner"]);

    receiver.always(Reply::Status(204));
    stack.advance(DAY).await;
    assert!(of(&manager, "FAILING_CALLBACK").await.is_empty());
    manager.deactivate(&created.id()).await.expect(200);
    assert!(of(&manager, "UNREDEEMED").await.is_empty(), "deactivated");
}

#[tokio::test]
async fn names_leaked_strings_until_they_end() {
    let receiver = Receiver::start().await;
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let created = manager.created(&renewing(&receiver)).await;
    let report = json!({"leaks": [{"token": created.string()}]});
    stack.anonymous().post("/leaks", &report).await.expect(202);
    stack.sweep().await;
    assert_eq!(of(&manager, "LEAKED").await, ["partner"]);
    stack.advance(3 * HOUR).await;
    assert!(of(&manager, "UNREDEEMED").await.is_empty(), "each request token is replaced within its window");
    stack.advance(HOUR).await;
    assert!(of(&manager, "LEAKED").await.is_empty(), "it has ended");
}

#[tokio::test]
async fn names_pulls_that_did_not_happen_for_a_day() {
    let stack = TestStack::start().await;
    stack.manager().created(&pulling()).await;
    stack.advance(31 * DAY - 1).await;
    assert!(of(&stack.manager(), "UNREDEEMED").await.is_empty());
    stack.advance(1).await;
    assert_eq!(of(&stack.manager(), "UNREDEEMED").await, ["pulling"]);
}

#[tokio::test]
async fn names_successors_that_were_never_used() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    manager.created(&renewing_by_mail(30)).await;
    stack.advance(30 * DAY + 2 * HOUR - 1).await;
    assert!(of(&manager, "SUCCESSOR_UNUSED").await.is_empty());
    stack.advance(1).await;
    assert_eq!(of(&manager, "SUCCESSOR_UNUSED").await, ["mailed"]);
    let id = manager.get("/apiAccessTokens?attention=SUCCESSOR_UNUSED").await.items()[0]["id"].clone();
    let string = manager.copy(id.as_str().unwrap()).await.string();
    stack.client(&string).own_token().await.expect(200);
    assert!(of(&manager, "SUCCESSOR_UNUSED").await.is_empty());
}

#[tokio::test]
async fn names_tokens_that_expire_without_a_renewal() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let in_40_days = stack.after(40 * DAY).await;
    manager.created(&named("ending").with("expiresAt", in_40_days)).await;
    manager.created(&renewing_by_mail(35).with("expiresAt", in_40_days)).await;
    assert!(of(&manager, "EXPIRING").await.is_empty());
    stack.advance(10 * DAY).await;
    assert_eq!(of(&manager, "EXPIRING").await, ["ending"]);
    stack.advance(30 * DAY).await;
    assert!(of(&manager, "EXPIRING").await.is_empty(), "expired");
}

#[tokio::test]
async fn names_predecessors_that_are_in_use_near_their_end_and_up_to_it() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let old = manager.created(&named("old")).await;
    let quiet = manager.created(&named("quiet")).await;
    for token in [&old, &quiet] {
        manager.renew(&token.id(), &renewal(stack.after(DAY).await)).await.expect(201);
    }
    let use_it = async || stack.client_of(&old).own_token().await.expect(200);
    stack.advance(19 * HOUR).await;
    use_it().await;
    assert!(of(&manager, "OVERLAP_IN_USE").await.is_empty());
    stack.advance(HOUR).await;
    use_it().await;
    assert_eq!(of(&manager, "OVERLAP_IN_USE").await, ["old"]);
    stack.advance(3 * HOUR).await;
    use_it().await;
    stack.advance(HOUR).await;
    assert_eq!(of(&manager, "OVERLAP_IN_USE").await, ["old"], "it was in use when it ended");
    stack.advance(DAY).await;
    assert!(of(&manager, "OVERLAP_IN_USE").await.is_empty());
}

#[tokio::test]
async fn names_old_and_unused_tokens() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let used = manager.created(&named("used")).await;
    manager.created(&named("unused")).await;
    stack.advance(60 * DAY).await;
    stack.client_of(&used).own_token().await.expect(200);
    stack.advance(30 * DAY).await;
    assert_eq!(of(&manager, "UNUSED").await, ["unused"]);
    assert!(of(&manager, "ORANGE").await.is_empty());
    stack.advance(100 * DAY).await;
    let of_age = |names: Vec<String>| names.into_iter().filter(|name| name.contains("used")).count();
    assert_eq!(of_age(of(&manager, "ORANGE").await), 2);
    stack.advance(180 * DAY).await;
    assert_eq!((of_age(of(&manager, "RED").await), of_age(of(&manager, "ORANGE").await)), (2, 0));
}

#[tokio::test]
async fn counts_renewals_by_day() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let manager = stack.manager();
    let calling = manager.created(&renewing(&receiver)).await;
    let fetching = manager.created(&pulling()).await;
    manager.created(&renewing_by_mail(30)).await;
    let manual = manager.created(&named("by hand")).await;
    manager.created(&renewing_by_mail(20)).await;
    stack.advance(DAY).await;
    let day = |time: chrono::DateTime<chrono::Utc>| json!(time.format("%Y-%m-%d").to_string());
    let upcoming = async || manager.get(PATH).await.expect(200).body["upcomingRenewals"].clone();
    let (soon, later) = (stack.after(19 * DAY).await, stack.after(29 * DAY).await);
    assert_eq!(upcoming().await, json!([{"date": day(soon), "count": 1}, {"date": day(later), "count": 3}]));
    let on = format!("/apiAccessTokens?renewsOn={}", later.format("%Y-%m-%d"));
    assert_eq!(manager.get(&on).await.expect(200).items().len(), 3);

    stack.advance(29 * DAY).await;
    stack.client_of(&calling).redeemed(&receiver.request_token()).await;
    stack.client_of(&fetching).pulled().await;
    manager.renew(&manual.id(), &renewal(stack.after(DAY).await)).await.expect(201);
    receiver.always(Reply::Status(500));
    manager
        .created(
            &renewing(&receiver)
                .with("autoRenewal", json!({"everyDays": 1, "callback": {"url": receiver.url()}})),
        )
        .await;
    stack.advance(2 * DAY).await;
    let past = manager.get(PATH).await.expect(200).body["pastRenewals"].clone();
    let sum =
        |name: &str| past.as_array().unwrap().iter().map(|day| day[name].as_u64().unwrap()).sum::<u64>();
    let counts = ["byCallback", "byPull", "bySchedule", "byHand", "unknown", "failed"].map(sum);
    assert_eq!(counts, [1, 1, 2, 1, 0, 1], "{past}");
    let first = past.as_array().unwrap().iter().find(|day| day["byPull"] == 1).unwrap();
    assert_eq!(first["date"], day(later));
}

#[tokio::test]
async fn looks_at_a_limited_number_of_tokens_and_says_where_to_go_on() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    manager.created(&named("copied")).await;
    stack.write_older(&manager, 2_000).await;
    let first = manager.get(PATH).await.expect(200);
    assert_eq!(first.body["complete"], false);
    let rest =
        manager.get(&format!("{PATH}?startingAfter={}", first.text("continueAfter"))).await.expect(200);
    assert_eq!((&rest.body["complete"], &rest.body["continueAfter"]), (&json!(true), &Value::Null));
    manager.get(&format!("{PATH}?startingAfter=1")).await.assert_invalid(&["startingAfter"]);
    manager.get(&format!("{PATH}?size=1")).await.assert_invalid(&["size"]);
}

#[tokio::test]
async fn shows_nothing_of_other_companies() {
    let stack = TestStack::on_disk().await;
    let in_a_week = stack.after(7 * DAY).await;
    stack.manager().created(&named("ours").with("expiresAt", in_a_week)).await;
    let other = stack.add_company("elsewhere").await;
    assert!(of(&other, "EXPIRING").await.is_empty());
    assert_eq!(of(&stack.manager(), "EXPIRING").await, ["ours"]);
}
