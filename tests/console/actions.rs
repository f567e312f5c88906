//! Actions on an existing token: copy, edit, renew, deactivate, test callback, rotate secret, start renewal.

use chrono::TimeDelta;
use serde_json::json;

use crate::support::{DAY, Receiver, Reply, TestStack, plain, renewing, signed_in};

#[tokio::test]
async fn copy_writes_the_token_string_to_the_clipboard() {
    let stack = TestStack::start().await;
    let created = stack.manager().created(&plain("partner")).await;
    signed_in(&stack, async |page| {
        page.click("Copy: partner").await;
        page.see_notice("Copied to the clipboard").await;
        assert_eq!(page.clipboard().await, created.text("token"));

        // From the token's page, after clearing the first notice and the clipboard.
        page.reload().await;
        page.set_clipboard("another").await;
        assert_eq!(page.clipboard().await, "another");
        page.click("partner").await;
        page.click("Copy").await;
        page.see_notice("Copied to the clipboard").await;
        assert_eq!(page.clipboard().await, created.text("token"));
        page.reload().await;
        page.see("Copied").await;
    })
    .await;
}

#[tokio::test]
async fn copy_shows_the_token_string_if_the_clipboard_is_unavailable() {
    let stack = TestStack::start().await;
    let created = stack.manager().created(&plain("partner")).await;
    signed_in(&stack, async |page| {
        page.run("navigator.clipboard.write = async () => { throw new Error('refused'); };").await;
        page.click("Copy: partner").await;
        assert_eq!(page.secret("token").await, created.text("token"));
        page.close("Done").await;
    })
    .await;
}

#[tokio::test]
async fn edit_changes_the_editable_fields_only() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let id = stack.manager().created(&plain("partner")).await.id();
    signed_in(&stack, async |page| {
        page.open_dialog("Edit: partner", "Edit partner").await;
        let labels = "[...document.querySelectorAll('dialog label')].map((e) => e.textContent).join()";
        let expected = "Description,Auto renewal every x days,Renewal mail recipient,Callback URL,\
                        The client fetches its successor";
        assert_eq!(page.eval::<String>(labels).await, expected);
        let days = "Auto renewal every x days";
        page.fill("Description", "edited").await;
        page.fill(days, "5000").await;
        page.fill("Callback URL", receiver.url()).await;
        page.click("Save").await;
        assert_eq!(page.field_error(days).await, format!("{days} must be 1 to 3650."));
        page.fill(days, "60").await;
        page.click("Save").await;
        // A new callback has a signing secret, which is shown once.
        page.dialog("Saved").await;
        assert!(page.secret("signingSecret").await.starts_with("whsec_"));
        page.close("Done").await;
        page.see("every 60 days").await;

        page.click("Edit: partner").await;
        page.fill(days, "").await;
        page.fill("Callback URL", "").await;
        page.close("Save").await;
        page.wait("!probe.sees('every 60 days')").await;
    })
    .await;
    let token = stack.manager().token(&id).await.body;
    assert_eq!((&token["description"], &token["autoRenewal"]), (&json!("edited"), &json!(null)));
}

#[tokio::test]
async fn edit_does_not_overwrite_a_concurrent_change() {
    let stack = TestStack::start().await;
    let id = stack.manager().created(&plain("partner")).await.id();
    signed_in(&stack, async |page| {
        page.open_dialog("Edit: partner", "Edit partner").await;
        assert_eq!(stack.manager().edit(&id, &json!({"description": "theirs"})).await.status, 200);
        page.fill("Description", "ours").await;
        page.click("Save").await;
        page.see("Somebody else has changed the token").await;
    })
    .await;
    assert_eq!(stack.manager().token(&id).await.text("description"), "theirs");
}

#[tokio::test]
async fn manual_renewal_keeps_both_tokens_valid_until_the_chosen_end() {
    let stack = TestStack::start().await;
    let created = stack.manager().created(&plain("partner")).await;
    signed_in(&stack, async |page| {
        page.open_dialog("Renew: partner", "Renew partner").await;
        assert_eq!(page.field_value("Name of the new token").await, "partner");
        page.pick("End date of the existing token", "").await;
        page.fill("Name of the new token", "").await;
        page.click("Renew").await;
        let end = "End date of the existing token";
        assert_eq!(page.field_error(end).await, format!("{end} is required."));
        assert_eq!(page.field_error("Name of the new token").await, "Name of the new token is required.");
        page.click("In 7 days").await;
        page.fill("Name of the new token", "partner 2").await;
        page.open_dialog("Renew", "Token renewed").await;
        let string = page.secret("token").await;
        assert_ne!(string, created.text("token"));
        assert!(stack.client(&string).is_authenticated().await);
        page.click("Done").await;
        page.wait("probe.cell('partner', 'renewal') === 'Renewed'").await;
        assert_eq!(page.cell("partner 2", "age").await, "0 days");

        // "Now" means the time of submission, even if the dialog was open for a while.
        page.click("Renew: partner 2").await;
        page.click("Now").await;
        stack.jump(45).await;
        page.open_dialog("Renew", "Token renewed").await;
        page.click("Done").await;
        page.wait_until_idle().await;
        assert!(!stack.client(&string).is_authenticated().await);
    })
    .await;
    let old = stack.manager().token(&created.id()).await;
    let left = old.time("expiresAt") - stack.now().await;
    assert!(left > TimeDelta::days(6) && left <= TimeDelta::days(7), "{left}");
}

#[tokio::test]
async fn deactivation_requires_the_name_as_confirmation() {
    let stack = TestStack::start().await;
    let created = stack.manager().created(&plain("partner")).await;
    signed_in(&stack, async |page| {
        page.click("Deactivate: partner").await;
        page.see("This cannot be undone").await;
        let confirm = "Type the name to confirm: partner";
        let disabled = "probe.button('Deactivate').disabled";
        assert!(page.eval::<bool>(disabled).await);
        page.fill(confirm, "partne").await;
        assert!(page.eval::<bool>(disabled).await);
        page.fill(confirm, "partner").await;
        page.close("Deactivate").await;
        page.wait("probe.cell('partner', 'status') === 'Deactivated'").await;
        assert_eq!(page.row_buttons("partner").await, ["Edit: partner"]);
    })
    .await;
    assert!(!stack.client(&created.text("token")).is_authenticated().await);
}

#[tokio::test]
async fn callback_can_be_tested_and_its_secret_rotated() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let created = stack.manager().created(&renewing("partner", &receiver)).await;
    signed_in(&stack, async |page| {
        page.click("partner").await;
        page.open_dialog("Send test callback", "Test callback of partner").await;
        page.see("The receiver has accepted the callback.").await;
        assert_eq!(page.fact("Outcome").await, "204");
        page.click("Close").await;
        page.see("accepted 204").await;

        receiver.next(Reply::Status(500));
        page.click("Send test callback").await;
        page.see("The callback was not accepted.").await;
        page.click("Close").await;
        page.see("failed 500").await;
        assert_eq!(receiver.received().len(), 2);

        page.open_dialog("Rotate signing secret", "Rotate signing secret of partner").await;
        page.open_dialog("Rotate", "Signing secret rotated").await;
        let secret = page.secret("signingSecret").await;
        assert_ne!(created.body["autoRenewal"]["callback"]["signingSecret"], json!(secret));
        page.click("Done").await;
        page.see("Signing secret rotated").await;

        page.open_dialog("Start renewal now", "Start renewal of partner").await;
        page.close("Start").await;
        stack.advance(60).await;
        assert_eq!(receiver.last().attempt(), 1);
        page.click("Refresh").await;
        page.see("Pending, attempt 1").await;
        stack.advance(DAY).await;
    })
    .await;
}
