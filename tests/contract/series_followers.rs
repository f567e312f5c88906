//! Two source addresses that get the same successor's string: whoever manages the token is told, and nothing is revoked.

use serde_json::{Value, json};

use crate::support::{
    ApiClient, ApiResponse, DAY, HOUR, MINUTE, Receiver, Reply, TestStack, due_token, pulling,
    renewing_both_ways,
};

/// A token that fetched its successor at the due moment, its client at 127.0.0.1, and the successor's string.
async fn pulled() -> (TestStack, ApiResponse, ApiClient, String) {
    let stack = TestStack::start().await;
    let created = stack.manager().created(&pulling()).await;
    stack.advance_to(created.next_renewal(), 0).await;
    let client = stack.client_of(&created);
    let string = client.pulled().await;
    (stack, created, client, string)
}

/// How a string was handed over and both addresses, for each handover of a token's series that was told of.
async fn told(stack: &TestStack, token: &str) -> Vec<(Value, Value)> {
    stack.sweep().await;
    let mut handovers = stack.events_of(token, "Token Handed Over").await;
    handovers.retain(|detail| detail.get("sourceAddresses").is_some());
    handovers.into_iter().map(|detail| (detail["how"].clone(), detail["sourceAddresses"].clone())).collect()
}

/// The mails that tell of two addresses.
async fn mails(stack: &TestStack) -> Vec<Value> {
    let mut mails = stack.mails().await;
    mails.retain(|mail| mail["subject"].as_str().unwrap().contains("went to two addresses"));
    mails
}

fn two(how: &str, first: u8, other: u8) -> (Value, Value) {
    (json!(how), json!([format!("127.0.0.{first}"), format!("127.0.0.{other}")]))
}

#[tokio::test]
async fn a_pull_from_another_address_is_told_of_once_and_revokes_nothing() {
    let (stack, created, client, string) = pulled().await;
    for _ in 0..3 {
        assert_eq!(client.at(2).pulled().await, string, "the same string");
    }
    assert_eq!(client.pulled().await, string);
    assert_eq!(told(&stack, &created.id()).await, [two("PULL", 1, 2)]);
    let [mail] = mails(&stack).await.try_into().expect("one mail");
    for form in ["text", "html"] {
        let text = mail[form].as_str().unwrap();
        assert!(text.contains("127.0.0.1") && text.contains("127.0.0.2"), "{text}");
    }
    assert!(client.is_authenticated().await && stack.client(&string).is_authenticated().await);

    assert_eq!(client.at(3).pulled().await, string);
    assert_eq!(told(&stack, &created.id()).await, [two("PULL", 1, 2), two("PULL", 1, 3)]);
    assert_eq!(mails(&stack).await.len(), 2);
}

#[tokio::test]
async fn the_same_address_is_not_told_of() {
    let (stack, created, client, string) = pulled().await;
    for hours in [0, 3, 23] {
        stack.advance_to(created.next_renewal(), hours * HOUR).await;
        assert_eq!(client.pulled().await, string);
    }
    assert_eq!(told(&stack, &created.id()).await, []);
    assert_eq!(mails(&stack).await, [] as [Value; 0]);
    assert_eq!(stack.count_events(&created.id(), "Token Handed Over").await, 3, "each repeat is noted");
}

#[tokio::test]
async fn a_redemption_from_another_address_is_told_of_once_and_revokes_nothing() {
    let (stack, receiver, created) = due_token(Reply::Status(204)).await;
    let (client, request_token) = (stack.client_of(&created), receiver.request_token());
    let string = client.redeemed(&request_token).await;
    assert_eq!(client.redeemed(&request_token).await, string);
    assert_eq!(told(&stack, &created.id()).await, []);
    for _ in 0..2 {
        assert_eq!(client.at(2).redeemed(&request_token).await, string);
    }
    assert_eq!(stack.manager().at(3).redeemed(&request_token).await, string);
    let all = [two("REDEMPTION", 1, 2), two("REDEMPTION", 1, 3)];
    assert_eq!(told(&stack, &created.id()).await, all);
    assert_eq!(mails(&stack).await.len(), 2);
    assert!(client.is_authenticated().await && stack.client(&string).is_authenticated().await);
}

#[tokio::test]
async fn a_later_request_token_counts_as_well() {
    let (stack, receiver, created) = due_token(Reply::Status(204)).await;
    let client = stack.client_of(&created);
    let string = client.redeemed(&receiver.request_token()).await;
    stack.advance(2 * HOUR).await;
    assert_eq!(client.at(2).redeemed(&receiver.request_token()).await, string);
    assert_eq!(told(&stack, &created.id()).await, [two("REDEMPTION", 1, 2)]);
}

#[tokio::test]
async fn a_receiver_and_a_client_that_pulls_are_two_addresses() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let created = stack.manager().created(&renewing_both_ways(&receiver)).await;
    stack.advance_to(created.next_renewal(), 0).await;
    let client = stack.client_of(&created);
    let string = client.redeemed(&receiver.request_token()).await;
    assert_eq!(client.at(2).pulled().await, string);
    assert_eq!(told(&stack, &created.id()).await, [two("PULL", 1, 2)]);
}

#[tokio::test]
async fn a_test_callback_and_a_copy_are_not_compared() {
    let (stack, receiver, created) = due_token(Reply::Status(204)).await;
    let (manager, client) = (stack.manager(), stack.client_of(&created));
    manager.test_callback(&created.id()).await.expect(200);
    let test = receiver.request_token();
    for host in [1, 2] {
        client.at(host).redeemed(&test).await;
        manager.at(host).copy(&created.id()).await.expect(200);
    }
    assert_eq!(told(&stack, &created.id()).await, []);
}

#[tokio::test]
async fn an_activity_says_that_the_address_was_another_and_not_which() {
    let (stack, created, client, _) = pulled().await;
    client.at(2).pulled().await;
    client.pulled().await;
    stack.sweep().await;
    let manager = stack.manager();
    let successor = manager.token(&created.id()).await.text("renewedBy");
    for token in [created.id(), successor] {
        let activities = manager.activities(&token).await.expect(200);
        let mut handovers = activities.items().to_vec();
        handovers.retain(|item| item["action"] == "HANDED_OVER");
        let another: Vec<_> = handovers.iter().map(|item| item["anotherAddress"].clone()).collect();
        assert_eq!(another, [Value::Null, json!(true)], "newest first");
        assert!(!activities.body.to_string().contains("127.0.0."), "{activities}");
    }
}

#[tokio::test]
async fn addresses_are_stored_as_long_as_the_overlap() {
    let (stack, created, client, _) = pulled().await;
    client.at(2).pulled().await;
    stack.sweep().await;
    let holding = async || {
        let mut items = stack.stored().await;
        items.retain(|item| item.to_string().contains("127.0.0.2"));
        items.iter().map(|item| item["pk"]["S"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(holding().await, [format!("TOKEN#{}", created.id())], "none is left in the history");
    stack.advance(DAY + MINUTE).await;
    assert_eq!(stack.manager().token(&created.id()).await.text("status"), "EXPIRED");
    assert_eq!(holding().await, [] as [String; 0]);
}
