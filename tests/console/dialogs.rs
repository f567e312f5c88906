//! What is done with a token that is there: copy, edit, renew, deactivate, and the callback's own actions.

use chrono::TimeDelta;
use serde_json::json;

use crate::support::{DAY, Receiver, Reply, TestStack, in_browser, plain, renewing};

#[tokio::test]
async fn copying_puts_the_string_into_the_clipboard() {
    let stack = TestStack::start().await;
    let created = stack.manager().created(&plain("partner")).await;
    in_browser(&stack, async |page| {
        page.press("Copy: partner").await;
        page.see_notice("Copied to the clipboard").await;
        assert_eq!(page.clipboard().await, created.text("token"));

        // From the token's own page, without message and clipboard of the first time.
        page.reload().await;
        page.cut("another").await;
        assert_eq!(page.clipboard().await, "another");
        page.press("partner").await;
        page.press("Copy").await;
        page.see_notice("Copied to the clipboard").await;
        assert_eq!(page.clipboard().await, created.text("token"));
        page.reload().await;
        page.see("Copied").await;
    })
    .await;
}

#[tokio::test]
async fn without_a_clipboard_the_string_is_shown_to_be_copied_by_hand() {
    let stack = TestStack::start().await;
    let created = stack.manager().created(&plain("partner")).await;
    in_browser(&stack, async |page| {
        let refuse = "(() => { navigator.clipboard.write = async () => { throw new Error('refused'); }; return true; })()";
        let _: bool = page.value(refuse, json!([])).await;
        page.press("Copy: partner").await;
        assert_eq!(page.field_of("token").await, created.text("token"));
        page.press("Done").await;
        page.no_dialog().await;
    })
    .await;
}

#[tokio::test]
async fn editing_changes_what_may_be_edited_and_nothing_else() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let id = stack.manager().created(&plain("partner")).await.id();
    in_browser(&stack, async |page| {
        page.press("Edit: partner").await;
        page.dialog("Edit partner").await;
        let labels: Vec<String> = page
            .value("[...document.querySelectorAll('dialog label')].map((e) => e.textContent)", json!([]))
            .await;
        assert_eq!(
            labels,
            ["Description", "Auto renewal every x days", "Renewal mail recipient", "Callback URL"]
        );
        page.fill("Description", "edited").await;
        page.fill("Auto renewal every x days", "5000").await;
        page.fill("Callback URL", receiver.url()).await;
        page.press("Save").await;
        assert_eq!(
            page.fault("Auto renewal every x days").await,
            "Auto renewal every x days must be 1 to 3650."
        );
        page.fill("Auto renewal every x days", "60").await;
        page.press("Save").await;
        // A callback that is new has a signing secret, which is shown once.
        page.dialog("Saved").await;
        assert!(page.field_of("signingSecret").await.starts_with("whsec_"));
        page.press("Done").await;
        page.no_dialog().await;
        page.see("every 60 days").await;

        page.press("Edit: partner").await;
        page.fill("Auto renewal every x days", "").await;
        page.fill("Callback URL", "").await;
        page.press("Save").await;
        page.no_dialog().await;
        page.wait("!probe.sees('every 60 days')", json!([])).await;
    })
    .await;
    let token = stack.manager().token(&id).await.body;
    assert_eq!((&token["description"], &token["autoRenewal"]), (&json!("edited"), &json!(null)));
}

#[tokio::test]
async fn a_change_made_by_somebody_else_is_not_overwritten() {
    let stack = TestStack::start().await;
    let id = stack.manager().created(&plain("partner")).await.id();
    in_browser(&stack, async |page| {
        page.press("Edit: partner").await;
        page.dialog("Edit partner").await;
        stack.manager().edit(&id, &json!({"description": "theirs"})).await.expect(200);
        page.fill("Description", "ours").await;
        page.press("Save").await;
        page.see("Somebody else has changed the token").await;
    })
    .await;
    assert_eq!(stack.manager().token(&id).await.text("description"), "theirs");
}

#[tokio::test]
async fn renewing_by_hand_leaves_both_tokens_until_the_end_that_was_chosen() {
    let stack = TestStack::start().await;
    let created = stack.manager().created(&plain("partner")).await;
    in_browser(&stack, async |page| {
        page.press("Renew: partner").await;
        page.dialog("Renew partner").await;
        assert_eq!(page.field_value("Name of the new token").await, "partner");
        page.pick("End date of the existing token", "").await;
        page.fill("Name of the new token", "").await;
        page.press("Renew").await;
        let end = "End date of the existing token";
        assert_eq!(page.fault(end).await, format!("{end} is required."));
        assert_eq!(page.fault("Name of the new token").await, "Name of the new token is required.");
        page.press("In 7 days").await;
        page.fill("Name of the new token", "partner 2").await;
        page.press("Renew").await;
        page.dialog("Token renewed").await;
        let string = page.field_of("token").await;
        assert_ne!(string, created.text("token"));
        assert!(stack.client(&string).is_authenticated().await);
        page.press("Done").await;
        page.wait("probe.cell('partner', 'renewal') === 'Renewed'", json!([])).await;
        assert_eq!(page.cell("partner 2", "age").await, "0 days");

        // "Now" means now, also when it took a while to decide.
        page.press("Renew: partner 2").await;
        page.press("Now").await;
        stack.jump(45).await;
        page.press("Renew").await;
        page.dialog("Token renewed").await;
        page.press("Done").await;
        page.settle().await;
        assert!(!stack.client(&string).is_authenticated().await);
    })
    .await;
    let old = stack.manager().token(&created.id()).await;
    let left = old.time("expiresAt") - stack.now().await;
    assert!(left > TimeDelta::days(6) && left <= TimeDelta::days(7), "{left}");
}

#[tokio::test]
async fn deactivating_asks_for_the_name_and_cannot_be_undone() {
    let stack = TestStack::start().await;
    let created = stack.manager().created(&plain("partner")).await;
    in_browser(&stack, async |page| {
        page.press("Deactivate: partner").await;
        page.see("This cannot be undone").await;
        let confirm = "Type the name to confirm: partner";
        let disabled = "probe.button('Deactivate').disabled";
        assert!(page.value::<bool>(disabled, json!([])).await);
        page.fill(confirm, "partne").await;
        assert!(page.value::<bool>(disabled, json!([])).await);
        page.fill(confirm, "partner").await;
        page.press("Deactivate").await;
        page.no_dialog().await;
        page.wait("probe.cell('partner', 'status') === 'Deactivated'", json!([])).await;
        assert_eq!(page.buttons_of("partner").await, ["Edit: partner"]);
    })
    .await;
    assert!(!stack.client(&created.text("token")).is_authenticated().await);
}

#[tokio::test]
async fn a_callback_can_be_tested_and_its_secret_rotated() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let created = stack.manager().created(&renewing("partner", &receiver)).await;
    in_browser(&stack, async |page| {
        page.press("partner").await;
        page.press("Send test callback").await;
        page.dialog("Test callback of partner").await;
        page.see("The receiver has accepted the callback.").await;
        assert_eq!(page.fact("Outcome").await, "204");
        page.press("Close").await;
        page.see("accepted 204").await;

        receiver.next(Reply::Status(500));
        page.press("Send test callback").await;
        page.see("The callback was not accepted.").await;
        page.press("Close").await;
        page.see("failed 500").await;
        assert_eq!(receiver.received().len(), 2);

        page.press("Rotate signing secret").await;
        page.dialog("Rotate signing secret of partner").await;
        page.press("Rotate").await;
        page.dialog("Signing secret rotated").await;
        let secret = page.field_of("signingSecret").await;
        assert_ne!(created.body["autoRenewal"]["callback"]["signingSecret"], json!(secret));
        page.press("Done").await;
        page.see("Signing secret rotated").await;

        page.press("Start renewal now").await;
        page.dialog("Start renewal of partner").await;
        page.press("Start").await;
        page.no_dialog().await;
        stack.advance(60).await;
        assert_eq!(receiver.last().attempt(), 1);
        page.press("Refresh").await;
        page.see("Pending, attempt 1").await;
        stack.advance(DAY).await;
    })
    .await;
}
