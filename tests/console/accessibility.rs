//! WCAG 2.1 AA, as far as axe-core can tell: every page and every dialog, in light and dark.

use serde_json::json;

use crate::support::{
    Browser, DAY, Receiver, Reply, TestStack, in_browser, in_browser_with, plain, renewing,
};

/// A company whose list shows everything that a list can show.
async fn company(stack: &TestStack, receiver: &Receiver) {
    let manager = stack.manager();
    let expiring = |name: &str, days: i64, now: chrono::DateTime<chrono::Utc>| {
        let mut token = plain(name);
        token["expiresAt"] = json!((now + chrono::TimeDelta::days(days)).to_rfc3339());
        token["description"] = json!("Some words about it");
        token
    };
    manager.created(&plain("red")).await;
    manager.created(&expiring("expired and red", 390, stack.now().await)).await;
    stack.advance(180 * DAY).await;
    manager.created(&plain("orange")).await;
    manager.created(&expiring("expired and orange", 205, stack.now().await)).await;
    let ended = manager.created(&plain("deactivated")).await;
    manager.deactivate(&ended.id()).await;
    stack.advance(180 * DAY).await;
    receiver.always(Reply::Status(500));
    manager.created(&renewing("failing", receiver)).await;
    manager.created(&expiring("expired", 20, stack.now().await)).await;
    stack.advance(30 * DAY).await;
    manager.created(&renewing("fresh", receiver)).await;
}

#[tokio::test]
async fn pages_have_no_violation() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    company(&stack, &receiver).await;
    in_browser_with(&stack, Browser::default(), async |page| {
        page.assert_accessible("sign-in").await;
        page.fill("Management token", "wrong").await;
        page.press("Sign in").await;
        page.see("This is not a token string").await;
        page.assert_accessible("sign-in with a fault").await;
        page.sign_in(stack.management_token()).await;
        page.see("Callback failing").await;
        page.assert_accessible("list").await;
        page.resize(360, 780).await;
        page.assert_accessible("list on a phone").await;
        page.press("failing").await;
        page.see("Callback log").await;
        page.assert_accessible("token on a phone").await;
        page.resize(1440, 900).await;
        page.assert_accessible("token").await;
        page.press("Personal access tokens").await;
        page.press("expired and red").await;
        page.see("Activities").await;
        page.assert_accessible("expired token").await;
        page.press("Personal access tokens").await;
        page.fill("Search by name", "nothing of this name").await;
        page.see("No token matches").await;
        page.assert_accessible("empty list").await;
    })
    .await;
}

#[tokio::test]
async fn dialogs_have_no_violation() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    stack.manager().created(&renewing("partner", &receiver)).await;
    in_browser(&stack, async |page| {
        page.press("Create token").await;
        page.press_choice("Applications", "ORDERS").await;
        page.assert_accessible("create, with an open drop-down").await;
        page.press("Create").await;
        page.fault("Name").await;
        page.assert_accessible("create, with a fault").await;
        page.fill("Name", "created").await;
        page.press("Create").await;
        page.dialog("Token created").await;
        page.assert_accessible("created").await;
        page.press("Copy: Token string").await;
        page.see_notice("Copied").await;
        page.assert_accessible("created, with a notice").await;
        page.press("Done").await;
        page.settle().await;
        page.press("Personal access tokens").await;
        page.press("partner").await;
        page.see("Activities").await;
        for (action, title) in [
            ("Edit", "Edit partner"),
            ("Renew", "Renew partner"),
            ("Deactivate", "Deactivate partner"),
            ("Rotate signing secret", "Rotate signing secret of partner"),
            ("Start renewal now", "Start renewal of partner"),
        ] {
            page.press(action).await;
            page.dialog(title).await;
            page.assert_accessible(title).await;
            page.press("Cancel").await;
            page.no_dialog().await;
        }
        for reply in [Reply::Status(204), Reply::Status(500)] {
            receiver.next(reply);
            page.press("Send test callback").await;
            page.dialog("Test callback of partner").await;
            page.assert_accessible("test callback").await;
            page.press("Close").await;
            page.no_dialog().await;
        }
        page.press("Deactivate").await;
        page.fill("Type the name to confirm: partner", "partner").await;
        page.assert_accessible("deactivate, confirmed").await;
        page.press("Cancel").await;
        page.press("Rotate signing secret").await;
        page.press("Rotate").await;
        page.dialog("Signing secret rotated").await;
        page.assert_accessible("rotated").await;
        page.press("Done").await;
    })
    .await;
}
