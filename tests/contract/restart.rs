//! Kill -9 and a restart lose nothing that was confirmed.

use serde_json::json;
use tempfile::TempDir;

use crate::support::{DAY, MINUTE, Receiver, Reply, TestStack, renewing};

#[tokio::test]
async fn keeps_confirmed_changes_and_the_clock() {
    let (folder, receiver) = (TempDir::new().unwrap(), Receiver::start().await);
    let stack = TestStack::start_in(folder.path()).await;
    let created = stack.manager().created(&renewing(&receiver)).await;
    stack.advance(30 * DAY).await;
    let (request_token, before) = (receiver.request_token(), stack.now().await);
    let string = stack.client_of(&created).redeemed(&request_token).await;
    stack.kill().await;

    let stack = TestStack::start_in(folder.path()).await;
    assert!(stack.now().await >= before);
    assert_eq!(stack.client_of(&created).redeemed(&request_token).await, string);
    assert!(stack.client(&string).is_authenticated().await);
    stack.sweep().await;
    assert_eq!(stack.mails().await.len(), 1, "what was in the outbox is delivered");
    let events = stack.event_types(&created.id()).await;
    let mut sorted = events.clone();
    sorted.sort_unstable();
    let renewed =
        ["Callback Delivered", "Renewal Requested", "Token Created", "Token Handed Over", "Token Renewed"];
    assert_eq!(sorted, renewed, "the repeat is a handover");
    stack.kill().await;

    let stack = TestStack::start_in(folder.path()).await;
    assert_eq!(stack.event_types(&created.id()).await, events, "pages are kept too");
}

#[tokio::test]
async fn resends_the_same_request_token_after_a_crash_before_delivery() {
    let (folder, receiver) = (TempDir::new().unwrap(), Receiver::start().await);
    receiver.next(Reply::Hang);
    let stack = TestStack::start_in(folder.path()).await;
    let created = stack.manager().created(&renewing(&receiver)).await;
    stack.jump(30 * DAY).await;
    tokio::select! {
        _ = stack.sweep() => panic!("the receiver never answers"),
        () = receiver.arrival() => {}
    }
    stack.kill().await;

    let stack = TestStack::start_in(folder.path()).await;
    stack.advance(2 * MINUTE).await;
    let [first, second] = receiver.received().try_into().expect("two callbacks");
    assert_eq!(first.request_token(), second.request_token());
    stack.client_of(&created).redeemed(&second.request_token()).await;
}

#[tokio::test]
async fn keeps_the_management_token() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = TempDir::new().unwrap();
    let file = folder.path().join("management-token");
    let mut strings = Vec::new();
    for _ in 0..2 {
        let stack = TestStack::start_in(folder.path()).await;
        let string = std::fs::read_to_string(&file).unwrap().trim().to_owned();
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        // It is valid and may write.
        stack.client(&string).create(&json!({})).await.expect(400);
        strings.push(string);
        stack.kill().await;
    }
    assert_eq!(strings[0], strings[1]);
}
