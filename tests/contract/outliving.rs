//! A management token that expires gets no management token that outlives it.

use serde_json::{Value, json};

use crate::support::{
    ApiClient, ApiResponse, DAY, Receiver, TestStack, With, plain, renewal, renewing, token,
};

fn management() -> Value {
    token("READ_WRITE", "API_ACCESS_TOKENS")
}

/// A client with a management token that expires in 90 days.
async fn expiring(stack: &TestStack) -> (ApiClient, ApiResponse) {
    let created = stack.manager().created(&management().with("expiresAt", stack.after(90 * DAY).await)).await;
    (stack.client_of(&created), created)
}

fn assert_refused(answer: &ApiResponse) {
    answer.assert_error(403, "OUTLIVES_CALLER");
}

#[tokio::test]
async fn creates_none_that_outlives_it() {
    let stack = TestStack::start().await;
    let (client, created) = expiring(&stack).await;
    let renewing = json!({"everyDays": 30});
    let until = |end: Value| management().with("expiresAt", end);
    let own_end = created.body["expiresAt"].clone();
    for body in [
        management(),
        until(json!(stack.after(91 * DAY).await)),
        token("READ", "API_ACCESS_TOKENS"),
        management().with("applications", ["ORDERS", "API_ACCESS_TOKENS"]),
        until(json!(stack.after(60 * DAY).await))
            .with("autoRenewal", renewing)
            .with("renewalMailRecipient", "ops@example.com"),
    ] {
        assert_refused(&client.create(&body).await);
    }
    client.created(&until(own_end)).await;
    client.created(&until(json!(stack.after(DAY).await))).await;
    client.created(&plain()).await;
}

#[tokio::test]
async fn neither_renews_nor_reads_one_that_outlives_it() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let (client, own) = expiring(&stack).await;
    let body = renewing(&receiver).with("rights", "READ_WRITE").with("applications", ["API_ACCESS_TOKENS"]);
    let other = stack.manager().created(&body).await;
    let end = renewal(stack.after(DAY).await);
    for id in [other.id(), own.id()] {
        assert_refused(&client.renew(&id, &end).await);
    }
    assert_refused(&client.start_renewal(&other.id()).await);
    assert_refused(&client.copy(&other.id()).await);
    assert_refused(&client.test_callback(&other.id()).await);
    let elsewhere = json!({"autoRenewal": {"callback": {"url": format!("{}/elsewhere", receiver.url())}}});
    assert_refused(&client.edit(&other.id(), &elsewhere).await);
    let sooner = json!({"autoRenewal": {"everyDays": 1}});
    assert_refused(&client.edit(&other.id(), &sooner).await);
    let on = json!({"autoRenewal": {"everyDays": 30}, "renewalMailRecipient": "me@example.com"});
    assert_refused(&client.edit(&own.id(), &on).await);
    assert_eq!(receiver.received().len(), 0);

    client.copy(&own.id()).await.expect(200);
    client.edit(&other.id(), &json!({"description": "theirs"})).await.expect(200);
    client.edit(&other.id(), &json!({"autoRenewal": null})).await.expect(200);
    let shorter = management().with("expiresAt", stack.after(5 * DAY).await);
    let shorter = stack.manager().created(&shorter).await;
    client.copy(&shorter.id()).await.expect(200);
    client.renew(&shorter.id(), &end).await.expect(201);
    client.deactivate(&other.id()).await.expect(200);
}

#[tokio::test]
async fn is_free_with_tokens_that_manage_nothing() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let (client, _) = expiring(&stack).await;
    let created = client.created(&renewing(&receiver)).await;
    client.copy(&created.id()).await.expect(200);
    client.test_callback(&created.id()).await.expect(200);
    client.edit(&created.id(), &json!({"autoRenewal": {"everyDays": 40}})).await.expect(200);
    client.start_renewal(&created.id()).await.expect(200);
    client.renew(&created.id(), &renewal(stack.after(DAY).await)).await.expect(201);
}

#[tokio::test]
async fn a_renewal_set_up_by_somebody_who_may_goes_on() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let body = renewing(&receiver)
        .with("rights", "READ_WRITE")
        .with("applications", ["API_ACCESS_TOKENS"])
        .with("expiresAt", stack.after(60 * DAY).await);
    let created = stack.manager().created(&body).await;
    stack.advance_to(created.time("createdDate"), 30 * DAY).await;
    let successor = stack.client_of(&created).redeemed(&receiver.request_token()).await;
    assert!(stack.client(&successor).is_authenticated().await);
}
