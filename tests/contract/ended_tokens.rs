//! Actions that ended, renewed or unsuitable tokens refuse.

use serde_json::Value;

use crate::support::{
    ApiResponse, DAY, Receiver, TestStack, With, plain, renewal, renewing, renewing_by_mail,
};

#[tokio::test]
async fn refuse_renewals_test_callbacks_and_rotations() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let manager = stack.manager();
    let created = async |token: Value| manager.created(&token).await.id();
    let no_renewal = created(plain()).await;
    let no_callback = created(renewing_by_mail(60)).await;
    let manual = created(plain()).await;
    manager.renew(&manual, &renewal(stack.after(60 * DAY).await)).await.expect(201);
    let redeemed = created(renewing(&receiver)).await;
    let deactivated = created(renewing(&receiver)).await;
    manager.deactivate(&deactivated).await.expect(200);
    let expired = created(renewing(&receiver).with("expiresAt", stack.after(33 * DAY).await)).await;
    stack.advance(30 * DAY).await;
    manager.redeemed(&receiver.last_for(&redeemed).request_token()).await;
    let sent = receiver.received().len();

    let act = async |action: &str, id: &str| -> ApiResponse {
        match action {
            "renew" => manager.renew(id, &renewal(stack.after(1).await)).await,
            "startRenewal" => manager.start_renewal(id).await,
            "test" => manager.test_callback(id).await,
            "rotateSecret" => manager.rotate_secret(id).await,
            other => panic!("{other}"),
        }
    };
    let assert_refused = async |id: &String, code: &str, actions: &[&str]| {
        let before = manager.token(id).await.body;
        for action in actions {
            act(action, id).await.assert_error(409, code);
        }
        assert_eq!(manager.token(id).await.body, before);
    };
    let all = ["renew", "startRenewal", "test", "rotateSecret"];
    assert_refused(&no_renewal, "NO_AUTO_RENEWAL", &["startRenewal"]).await;
    for id in [&no_renewal, &no_callback] {
        assert_refused(id, "NO_CALLBACK", &["test", "rotateSecret"]).await;
    }
    assert_refused(&deactivated, "DEACTIVATED", &all).await;
    assert_refused(&manual, "ALREADY_RENEWED", &["renew", "startRenewal"]).await;
    assert_refused(&redeemed, "ALREADY_RENEWED", &["renew", "startRenewal", "test"]).await;
    stack.jump(4 * DAY).await;
    assert_refused(&expired, "EXPIRED", &["renew", "startRenewal", "test"]).await;
    assert_refused(&redeemed, "ALREADY_RENEWED", &["renew", "startRenewal", "test"]).await;
    assert_eq!(receiver.received().len(), sent);
}
