//! WCAG 2.1 AA, checked by axe-core: every page and dialog, in light and dark.

use serde_json::json;

use crate::support::{
    Browser, DAY, Receiver, Reply, TestStack, in_browser, in_days, plain, renewing, signed_in,
};

/// Creates tokens in every state that the list can show.
async fn create_tokens(stack: &TestStack, receiver: &Receiver) {
    let manager = stack.manager();
    let expiring = async |name: &str, days: i64| {
        let mut token = plain(name);
        token["expiresAt"] = in_days(stack, days).await;
        token["description"] = json!("Some words about it");
        token
    };
    manager.created(&plain("red")).await;
    manager.created(&expiring("expired and red", 390).await).await;
    stack.advance(180 * DAY).await;
    manager.created(&plain("orange")).await;
    manager.created(&expiring("expired and orange", 205).await).await;
    let ended = manager.created(&plain("deactivated")).await;
    manager.deactivate(&ended.id()).await;
    stack.advance(180 * DAY).await;
    receiver.always(Reply::Status(500));
    manager.created(&renewing("failing", receiver)).await;
    manager.created(&expiring("expired", 20).await).await;
    stack.advance(30 * DAY).await;
    manager.created(&renewing("fresh", receiver)).await;
}

#[tokio::test]
async fn pages_have_no_violations() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    create_tokens(&stack, &receiver).await;
    in_browser(&stack, Browser::default(), async |page| {
        page.assert_accessible("sign-in").await;
        page.fill("Management token", "wrong").await;
        page.click("Sign in").await;
        page.see("This is not a token string").await;
        page.assert_accessible("sign-in with an error").await;
        page.enter(stack.management_token()).await;
        page.see("callbacks that fail").await;
        page.assert_accessible("overview").await;
        page.resize(360, 780).await;
        page.assert_accessible("overview on a phone").await;
        page.resize(1440, 900).await;
        page.open_tokens().await;
        page.see("Callback failing").await;
        page.assert_accessible("list").await;
        page.resize(360, 780).await;
        page.assert_accessible("list on a phone").await;
        page.click("failing").await;
        page.see("Callback log").await;
        page.assert_accessible("token on a phone").await;
        page.resize(1440, 900).await;
        page.assert_accessible("token").await;
        page.open_list().await;
        page.open_token("expired and red").await;
        page.assert_accessible("expired token").await;
        page.open_list().await;
        page.fill("Search by name", "nothing of this name").await;
        page.see("No token matches").await;
        page.assert_accessible("empty list").await;
    })
    .await;
}

#[tokio::test]
async fn dialogs_have_no_violations() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    stack.manager().created(&renewing("partner", &receiver)).await;
    signed_in(&stack, async |page| {
        page.click("Create token").await;
        page.select("Applications", "ORDERS").await;
        page.assert_accessible("create, with an open drop-down").await;
        page.click("Create").await;
        page.field_error("Name").await;
        page.assert_accessible("create, with an error").await;
        page.fill("Name", "created").await;
        page.open_dialog("Create", "Token created").await;
        page.assert_accessible("created").await;
        page.click("Copy: Token string").await;
        page.see_notice("Copied").await;
        page.assert_accessible("created, with a notice").await;
        page.click("Done").await;
        page.wait_until_idle().await;
        page.open_list().await;
        page.open_token("partner").await;
        for (action, title) in [
            ("Edit", "Edit partner"),
            ("Renew", "Renew partner"),
            ("Deactivate", "Deactivate partner"),
            ("Rotate signing secret", "Rotate signing secret of partner"),
            ("Start renewal now", "Start renewal of partner"),
        ] {
            page.open_dialog(action, title).await;
            page.assert_accessible(title).await;
            page.close("Cancel").await;
        }
        page.click("Overview").await;
        page.open_dialog("Renew many …", "Renew many tokens").await;
        page.assert_accessible("mass renewal").await;
        page.click("Check").await;
        page.see("1 renewals are started within 1 h.").await;
        page.assert_accessible("dry run of a mass renewal").await;
        page.click("Start").await;
        page.see("The tokens are being counted.").await;
        page.assert_accessible("progress of a mass renewal").await;
        page.close("Close").await;
        page.open_tokens().await;
        page.check("Select all on this page").await;
        page.see("3 selected").await;
        page.assert_accessible("selection").await;
        page.open_dialog("Deactivate", "Deactivate").await;
        page.assert_accessible("several tokens").await;
        page.close("Cancel").await;
        page.open_token("partner").await;
        for reply in [Reply::Status(204), Reply::Status(500)] {
            receiver.next(reply);
            page.open_dialog("Send test callback", "Test callback of partner").await;
            page.assert_accessible("test callback").await;
            page.close("Close").await;
        }
        page.click("Deactivate").await;
        page.fill("Type the name to confirm: partner", "partner").await;
        page.assert_accessible("deactivate, confirmed").await;
        page.click("Cancel").await;
        page.click("Rotate signing secret").await;
        page.open_dialog("Rotate", "Signing secret rotated").await;
        page.assert_accessible("rotated").await;
        page.click("Done").await;
    })
    .await;
}
