//! Fairness: a receiver that hangs delays no other, and loses none of its own renewals.

use serde_json::json;

use crate::support::{ApiClient, DAY, MINUTE, Receiver, Reply, TestStack, renewing};

/// More tokens than a run starts callbacks to a receiver that has never answered.
const HANGING: usize = 40;

async fn create(manager: &ApiClient, receiver: &Receiver, count: usize) {
    for _ in 0..count {
        manager.created(&renewing(receiver)).await;
    }
}

#[tokio::test]
async fn a_hanging_receiver_delays_no_other() {
    let (stack, hanging, healthy) =
        (TestStack::start().await, Receiver::start().await, Receiver::start().await);
    let manager = stack.manager();
    hanging.always(Reply::Hang);
    create(&manager, &hanging, 300).await;
    create(&manager, &healthy, 1).await;
    stack.jump(30 * DAY).await;

    // The run goes on until the callbacks time out, after 10 seconds.
    tokio::select! {
        _ = stack.sweep() => panic!("the run ended before the healthy receiver was called"),
        () = healthy.arrival() => {}
    }
    let failures = manager.get("/callbacks/logs?errorOnly=true").await.expect(200);
    assert_eq!(failures.body["items"], json!([]), "no callback has timed out yet");
    assert!(hanging.received().len() < 10, "a few at a time");
}

#[tokio::test]
async fn a_receiver_that_timed_out_is_left_out_of_the_run_and_asked_again_by_the_next() {
    let (stack, receiver) = (TestStack::with_short_callback_timeout().await, Receiver::start().await);
    let manager = stack.manager();
    receiver.always(Reply::Hang);
    create(&manager, &receiver, HANGING).await;
    stack.jump(30 * DAY).await;

    let first = stack.sweep().await;
    let called = receiver.received().len();
    assert!((3..6).contains(&called), "{called} callbacks to a receiver that hangs");
    let left_out = json!(HANGING - called);
    assert_eq!((&first["receiversLeftOut"], &first["itemsLeftOut"]), (&json!(1), &left_out), "{first}");
    assert_eq!((&first["requested"], &first["left"]), (&json!(called), &json!(0)), "{first}");

    receiver.always(Reply::Status(204));
    stack.advance(2 * MINUTE).await;
    let mut callbacks = receiver.received();
    callbacks.drain(..called);
    assert_eq!(callbacks.len(), HANGING, "each token's callback was delivered");
    assert!(callbacks.iter().all(|callback| callback.attempt() == 1), "no request token was spent meanwhile");
}
