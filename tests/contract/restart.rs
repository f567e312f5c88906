//! Kill -9, start again: nothing that was answered is lost, and time goes on.

use serde_json::json;
use tempfile::TempDir;

use crate::support::{DAY, Options, Receiver, TestStack, renewing};

#[tokio::test]
async fn nothing_answered_is_lost_and_the_clock_never_runs_backwards() {
    let (folder, receiver) = (TempDir::new().unwrap(), Receiver::start().await);
    let options = || Options { data_dir: Some(folder.path()), ..Options::default() };
    let stack = TestStack::start_with(options()).await;
    let created = stack.manager().created(&renewing(&receiver)).await;
    stack.advance(30 * DAY).await;
    let key = receiver.last().request_token();
    let before = stack.now().await;
    let string = stack.caller(&created.text("token")).redeem(&key).await.text("token");
    stack.kill().await;

    let stack = TestStack::start_with(options()).await;
    assert!(stack.now().await >= before);
    assert_eq!(stack.caller(&created.text("token")).redeem(&key).await.text("token"), string);
    assert!(stack.caller(&string).is_authenticated().await);
    stack.sweep().await;
    assert_eq!(stack.mails().await.len(), 1, "what was owed at the kill is delivered");
    let events = stack.event_types(&created.id()).await;
    assert_eq!(events, ["Token Created", "Renewal Requested", "Callback Delivered", "Token Renewed"]);
    stack.kill().await;

    let stack = TestStack::start_with(options()).await;
    assert_eq!(stack.event_types(&created.id()).await, events, "pages are kept too");
}

#[tokio::test]
async fn killed_between_issue_and_delivery_the_same_key_goes_out_again() {
    let (folder, receiver) = (TempDir::new().unwrap(), Receiver::start().await);
    let options = || Options { data_dir: Some(folder.path()), ..Options::default() };
    receiver.next(crate::support::Reply::Hang);
    let stack = TestStack::start_with(options()).await;
    let created = stack.manager().created(&renewing(&receiver)).await;
    stack.jump(30 * DAY).await;
    tokio::select! {
        _ = stack.sweep() => panic!("the receiver never answers"),
        () = receiver.arrival() => {}
    }
    stack.kill().await;

    let stack = TestStack::start_with(options()).await;
    stack.advance(2 * 60).await;
    let callbacks = receiver.received();
    assert_eq!(callbacks.len(), 2);
    assert_eq!(callbacks[0].request_token(), callbacks[1].request_token());
    let client = stack.caller(&created.text("token"));
    assert_eq!(client.redeem(&receiver.last().request_token()).await.status, 200);
}

#[tokio::test]
async fn the_management_token_stays_the_same() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = TempDir::new().unwrap();
    let file = folder.path().join("management-token");
    let stack = TestStack::start_with(Options { data_dir: Some(folder.path()), ..Options::default() }).await;
    let token = std::fs::read_to_string(&file).unwrap().trim().to_owned();
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(stack.caller(&token).create(&json!({})).await.status, 400, "it's good and may write");
    stack.kill().await;
    let stack = TestStack::start_with(Options { data_dir: Some(folder.path()), ..Options::default() }).await;
    assert_eq!(std::fs::read_to_string(&file).unwrap().trim(), token);
    assert_eq!(stack.caller(&token).create(&json!({})).await.status, 400, "it's good and may write");
}
