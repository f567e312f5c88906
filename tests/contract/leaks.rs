//! What follows a leak: the leaked string is replaced before it ends.

use serde_json::{Value, json};

use crate::support::{
    ApiClient, ApiResponse, HOUR, MINUTE, Options, Receiver, TestStack, With, plain, pulling, renewing,
    renewing_both_ways, token,
};

/// Reports a string, and has the schedule work the report off.
async fn report(stack: &TestStack, string: &str) {
    let body = json!({"leaks": [{"token": string, "url": "https://example.com/somewhere"}]});
    stack.anonymous().post("/leaks", &body).await.expect(202);
    stack.sweep().await;
}

async fn leaked_token(token: &Value) -> (TestStack, ApiResponse) {
    let stack = TestStack::start().await;
    let created = stack.manager().created(token).await;
    report(&stack, &created.string()).await;
    (stack, created)
}

async fn last_activity(manager: &ApiClient, id: &str) -> Value {
    let activities = manager.activities(id).await.items().to_vec();
    activities.into_iter().find(|activity| activity["action"] == "LEAKED").expect("the report is an activity")
}

#[tokio::test]
async fn the_receiver_gets_the_next_string_and_the_thief_is_out_ten_minutes_after_its_first_use() {
    let receiver = Receiver::start().await;
    let (stack, created) = leaked_token(&renewing(&receiver)).await;
    let thief = stack.client_of(&created);
    let callback = receiver.last_for(&created.id());
    assert_eq!(callback.reason(), "leaked");
    thief.redeem("krt_").await.expect(404);
    let next = thief.redeemed(&callback.request_token()).await;
    stack.advance(20 * MINUTE).await;
    assert!(thief.is_authenticated().await, "the next string was not used yet");

    assert!(stack.client(&next).is_authenticated().await);
    stack.advance(9 * MINUTE).await;
    assert!(thief.is_authenticated().await, "the client's other instances have some minutes");
    stack.advance(MINUTE).await;
    assert!(!thief.is_authenticated().await);
    assert!(stack.client(&next).is_authenticated().await);
    assert_eq!(stack.count_events(&created.id(), "Token Leaked").await, 1);
    stack.assert_no_stored_secrets().await;
}

#[tokio::test]
async fn request_tokens_go_out_every_half_hour_and_the_string_ends_at_the_deadline() {
    let receiver = Receiver::start().await;
    let (stack, created) = leaked_token(&renewing(&receiver)).await;
    let client = stack.client_of(&created);
    let first = receiver.request_token();
    stack.advance(30 * MINUTE).await;
    client.redeem(&first).await.assert_error(410, "REQUEST_TOKEN_DEAD");
    stack.advance(3 * HOUR + 29 * MINUTE).await;
    assert!(client.is_authenticated().await);
    assert_eq!(receiver.received().len(), 8);
    stack.advance(MINUTE).await;
    assert!(!client.is_authenticated().await, "nobody redeemed within the deadline");
    let shown = stack.manager().token(&created.id()).await;
    assert_eq!(shown.body["status"], "EXPIRED");
}

#[tokio::test]
async fn the_deadline_and_the_reaction_are_the_company_s() {
    let receiver = Receiver::start().await;
    for (reaction, valid, callbacks) in
        [("DEACTIVATE", false, 0), ("acme=NOTIFY,RENEW", true, 1), ("NOTIFY", true, 0)]
    {
        let before = receiver.received().len();
        let parameters = [("KEYTURN_LEAK_REACTIONS", reaction), ("KEYTURN_LEAK_DEADLINE_HOURS", "2")];
        let stack = TestStack::start_with(Options { parameters: &parameters, ..Options::default() }).await;
        let created = stack.manager().created(&renewing(&receiver)).await;
        report(&stack, &created.string()).await;
        assert_eq!(stack.client_of(&created).is_authenticated().await, valid, "{reaction}");
        assert_eq!(receiver.received().len() - before, callbacks, "{reaction}");
        if callbacks == 1 {
            stack.advance(2 * HOUR).await;
            assert!(!stack.client_of(&created).is_authenticated().await);
        }
    }
}

#[tokio::test]
async fn a_management_token_is_deactivated_whoever_reports_or_revokes_it() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let management = token("READ_WRITE", "API_ACCESS_TOKENS");
    let (reported, revoked) = (manager.created(&management).await, manager.created(&management).await);
    report(&stack, &reported.string()).await;
    let form = format!("token={}", revoked.string());
    let form = Some(("application/x-www-form-urlencoded", form));
    stack.anonymous().call(reqwest::Method::POST, "/revoke", form).await.expect(200);
    stack.sweep().await;
    for (created, reporter) in [(reported, "ANYBODY"), (revoked, "HOLDER")] {
        assert_eq!(manager.token(&created.id()).await.body["status"], "DEACTIVATED");
        let activity = last_activity(&manager, &created.id()).await;
        let expected = json!({"string": "TOKEN_STRING", "reaction": "DEACTIVATE", "reportedBy": reporter});
        assert_eq!(activity["leak"], expected, "an address that nobody signed is not shown");
        assert_eq!(stack.count_events(&created.id(), "Token Deactivated").await, 1);
    }
}

#[tokio::test]
async fn people_are_told_and_the_same_leak_is_one() {
    let parameters = [("KEYTURN_SECURITY_ADDRESSES", "security@example.com")];
    let stack = TestStack::start_with(Options { parameters: &parameters, ..Options::default() }).await;
    let created = stack.manager().created(&plain()).await;
    stack.client_of(&created).is_authenticated().await;
    for _ in 0..3 {
        report(&stack, &created.string()).await;
    }
    let mails = stack.mails().await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert_eq!(mails[0]["to"], json!(["security@example.com"]));
    let text = mails[0]["text"].as_str().unwrap();
    assert!(
        ["still valid", "String last used on", "String last used from: 127.0.0.1"]
            .iter()
            .all(|fact| text.contains(fact)),
        "{text}"
    );
    assert_eq!(stack.count_events(&created.id(), "Token Leaked").await, 1);
    let leak = &stack.manager().token(&created.id()).await.body["leak"];
    assert_eq!((&leak["reportedBy"], &leak["beingReplaced"]), (&json!("ANYBODY"), &json!(false)));
}

#[tokio::test]
async fn a_reported_string_never_pulls() {
    let receiver = Receiver::start().await;
    let stack = TestStack::start().await;
    let manager = stack.manager();
    for body in [pulling(), renewing_both_ways(&receiver)] {
        let created = manager.created(&body).await;
        manager.start_renewal(&created.id()).await.expect(200);
        report(&stack, &created.string()).await;
        stack.client_of(&created).pull().await.assert_error(409, "LEAKED");
    }
}

#[tokio::test]
async fn what_a_thief_pulled_is_replaced_and_the_receiver_redeems_with_what_it_has() {
    let receiver = Receiver::start().await;
    let stack = TestStack::start().await;
    let created = stack.manager().created(&renewing_both_ways(&receiver)).await;
    stack.manager().start_renewal(&created.id()).await.expect(200);
    let thief = stack.client_of(&created);
    let pulled = thief.pulled().await;
    let pulled_id = stack.client(&pulled).own_token().await.id();

    report(&stack, &created.string()).await;
    thief.pull().await.assert_error(409, "LEAKED");
    stack.client(&pulled).pull().await.assert_error(409, "LEAKED");
    let callback = receiver.last_for(&pulled_id);
    assert_eq!(callback.reason(), "leaked");
    // The receiver has never seen what the thief pulled.
    let next = stack.client_of(&created).redeemed(&callback.request_token()).await;
    assert!(stack.client(&next).is_authenticated().await);
    stack.advance(10 * MINUTE).await;
    for string in [created.string(), pulled] {
        assert!(!stack.client(&string).is_authenticated().await);
    }
    assert!(stack.client(&next).is_authenticated().await);
    let activity = last_activity(&stack.manager(), &pulled_id).await;
    assert_eq!(activity["leak"]["reportedBy"], "PREDECESSOR");
}

#[tokio::test]
async fn a_leaked_request_token_is_dead_and_the_next_goes_out() {
    let receiver = Receiver::start().await;
    let stack = TestStack::start().await;
    let created = stack.manager().created(&renewing(&receiver)).await;
    stack.manager().start_renewal(&created.id()).await.expect(200);
    stack.sweep().await;
    let leaked = receiver.request_token();
    report(&stack, &leaked).await;
    let client = stack.client_of(&created);
    client.redeem(&leaked).await.assert_error(410, "REQUEST_TOKEN_DEAD");
    assert_ne!(receiver.request_token(), leaked);
    client.redeemed(&receiver.request_token()).await;
    assert_eq!(last_activity(&stack.manager(), &created.id()).await["leak"]["string"], "REQUEST_TOKEN");
}

#[tokio::test]
async fn a_lost_answer_is_handed_over_again_before_the_deadline() {
    let receiver = Receiver::start().await;
    let (stack, created) = leaked_token(&renewing(&receiver)).await;
    let client = stack.client_of(&created);
    let first = receiver.request_token();
    let lost = client.redeemed(&first).await;
    stack.advance(31 * MINUTE).await;
    assert_ne!(receiver.request_token(), first);
    assert_eq!(client.redeemed(&receiver.request_token()).await, lost);
    assert_eq!(client.redeemed(&first).await, lost, "the 2 hours of a repeat hold");
}

#[tokio::test]
async fn a_suspected_leak_starts_the_renewal_and_ends_pulls() {
    let receiver = Receiver::start().await;
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let created = manager.created(&renewing_both_ways(&receiver)).await;
    let path = format!("/apiAccessTokens/{}/startRenewal", created.id());
    manager.post(&path, &json!({"suspectedLeak": "yes"})).await.assert_invalid(&["suspectedLeak"]);
    manager.post(&path, &json!({"suspectedLeak": true})).await.expect(200);
    stack.sweep().await;
    let client = stack.client_of(&created);
    client.pull().await.assert_error(409, "LEAKED");
    assert_eq!(receiver.last().reason(), "renewalDue");
    client.redeemed(&receiver.request_token()).await;
    client.pull().await.assert_error(409, "LEAKED");
    stack.advance(5 * HOUR).await;
    assert!(client.is_authenticated().await, "the usual overlap holds");
    let alone = manager.created(&pulling()).await;
    let path = format!("/apiAccessTokens/{}/startRenewal", alone.id());
    manager.post(&path, &json!({"suspectedLeak": true})).await.assert_error(409, "NO_CALLBACK");
}

#[tokio::test]
async fn a_revoked_signing_secret_stops_signing_at_once() {
    let receiver = Receiver::start().await;
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let created = manager.created(&renewing(&receiver)).await;
    let path = format!("/apiAccessTokens/{}/callback/rotateSecret", created.id());
    manager.post(&path, &json!({})).await.expect(200);
    manager.test_callback(&created.id()).await.expect(200);
    assert_eq!(receiver.last().header("webhook-signature").split(' ').count(), 2);
    manager.post(&path, &json!({"revokePrevious": true})).await.expect(200);
    manager.test_callback(&created.id()).await.expect(200);
    assert_eq!(receiver.last().header("webhook-signature").split(' ').count(), 1);
    manager
        .post(&path, &json!({"revoke": true}).with("revokePrevious", 1))
        .await
        .assert_invalid(&["revoke", "revokePrevious"]);
}
