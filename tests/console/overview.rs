//! The first page: each kind of what needs attention, made by the test clock, and the action that helps.

use serde_json::json;

use crate::support::{
    Browser, DAY, HOUR, Page, Receiver, Reply, TestStack, in_browser, in_days, plain, renewing,
};

impl Page {
    async fn refresh_overview(&self) {
        self.click("Refresh the overview").await;
        self.wait_until_idle().await;
    }

    /// The number beside a kind, if it is shown.
    async fn count(&self, kind: &str) -> Option<String> {
        let count = "document.querySelector(`.attention-${arguments[0]} .count`)?.textContent ?? null";
        self.eval_with(count, json!([kind])).await
    }
}

async fn at_the_overview(stack: &TestStack, test: impl AsyncFnOnce(&Page)) {
    in_browser(stack, Browser::default(), async |page| {
        page.enter(stack.management_token()).await;
        test(page).await;
    })
    .await;
}

#[tokio::test]
async fn says_so_if_all_is_well() {
    let stack = TestStack::start().await;
    at_the_overview(&stack, async |page| {
        page.see("Nothing needs attention.").await;
        assert_eq!(page.count("EXPIRING").await, None);
    })
    .await;
}

#[tokio::test]
async fn failing_callback_can_be_tested_and_unredeemed_one_opened() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    receiver.always(Reply::Status(500));
    stack.manager().created(&renewing("partner", &receiver)).await;
    stack.advance(30 * DAY).await;
    at_the_overview(&stack, async |page| {
        assert_eq!(page.count("FAILING_CALLBACK").await.as_deref(), Some("1"));
        assert_eq!(page.count("UNREDEEMED").await, None);
        receiver.always(Reply::Status(204));
        page.open_dialog("Send test callback: partner", "Test callback of partner").await;
        page.see("The receiver has accepted the callback.").await;
        page.close("Close").await;
        stack.advance(2 * HOUR).await;
        page.refresh_overview().await;
        assert_eq!(page.count("UNREDEEMED").await.as_deref(), Some("1"));
        page.click("Open: partner").await;
        page.see("Attempt 1 not redeemed").await;
    })
    .await;
}

#[tokio::test]
async fn unused_successor_and_cut_off_predecessor_lead_to_the_string() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let old = manager.created(&plain("partner")).await;
    let end = json!((stack.now().await + chrono::TimeDelta::hours(24)).to_rfc3339());
    let renewal = json!({"name": "partner 2", "existingTokenExpiresAt": end});
    let new = manager.renew(&old.id(), &renewal).await.expect(201);
    stack.advance(21 * HOUR).await;
    stack.client(&old.text("token")).own_token().await.expect(200);
    at_the_overview(&stack, async |page| {
        assert_eq!(page.count("SUCCESSOR_UNUSED").await.as_deref(), Some("1"));
        page.click("Copy: partner 2").await;
        page.see_notice("Copied to the clipboard").await;
        assert_eq!(page.clipboard().await, new.text("token"));
        page.set_clipboard("another").await;
        assert_eq!(page.count("OVERLAP_IN_USE").await.as_deref(), Some("1"));
        page.click("Copy: partner").await;
        page.wait("probe.button('Copy: partner')").await;
        assert_eq!(page.clipboard().await, new.text("token"), "the successor's string");
        stack.client(&new.text("token")).own_token().await.expect(200);
        page.refresh_overview().await;
        assert_eq!(page.count("SUCCESSOR_UNUSED").await, None);
    })
    .await;
}

#[tokio::test]
async fn expiring_token_can_be_renewed() {
    let stack = TestStack::start().await;
    let mut token = plain("short-lived");
    token["expiresAt"] = in_days(&stack, 20).await;
    stack.manager().created(&token).await;
    at_the_overview(&stack, async |page| {
        assert_eq!(page.count("EXPIRING").await.as_deref(), Some("1"));
        page.open_dialog("Renew: short-lived", "Renew short-lived").await;
        page.open_dialog("Renew", "Token renewed").await;
        page.close("Done").await;
        page.wait_until_idle().await;
        page.wait("probe.sees('1 by hand')").await;
        assert_eq!(page.count("EXPIRING").await.as_deref(), Some("1"), "its successor lives as long");
    })
    .await;
}

#[tokio::test]
async fn old_token_can_be_renewed_and_unused_one_deactivated() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    for number in 0..7 {
        manager.created(&plain(&format!("old {number}"))).await;
    }
    stack.advance(100 * DAY).await;
    manager.own_token().await.expect(200);
    at_the_overview(&stack, async |page| {
        assert_eq!(page.count("UNUSED").await.as_deref(), Some("7"));
        page.click("Deactivate: old 0").await;
        page.fill("Type the name to confirm: old 0", "old 0").await;
        page.close("Deactivate").await;
        page.wait("document.querySelector('.attention-UNUSED .count').textContent === '6'").await;
        page.click("Show all 6").await;
        page.wait("probe.rows().length === 6").await;

        stack.advance(100 * DAY).await;
        page.click("Overview").await;
        page.wait_until_idle().await;
        assert_eq!(page.count("ORANGE").await.as_deref(), Some("7"), "with the management token");
        page.open_dialog("Renew: old 1", "Renew old 1").await;
        page.open_dialog("Renew", "Token renewed").await;
        page.close("Done").await;
        page.wait("document.querySelector('.attention-ORANGE .count').textContent === '6'").await;
        stack.advance(180 * DAY).await;
        page.refresh_overview().await;
        assert_eq!(page.count("RED").await.as_deref(), Some("6"));
    })
    .await;
}

#[tokio::test]
async fn calendar_shows_renewals_and_opens_a_day() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    for (name, days) in [("one", 10), ("two", 10), ("late", 20)] {
        let mut token = plain(name);
        token["autoRenewal"] = json!({"everyDays": days});
        token["renewalMailRecipient"] = json!("ops@example.com");
        manager.created(&token).await;
    }
    let day = (stack.now().await + chrono::TimeDelta::days(10)).format("%-d %b").to_string();
    at_the_overview(&stack, async |page| {
        page.click(&format!("2 renewals on {day}")).await;
        page.wait("probe.rows().length === 2").await;
        page.see(&format!("Renewed on {day}.")).await;
        page.reload().await;
        page.wait("probe.rows().length === 2").await;
        stack.advance(10 * DAY + HOUR).await;
        page.click("Overview").await;
        page.see("2 by the schedule").await;
    })
    .await;
}

#[tokio::test]
async fn overview_of_a_part_says_so_and_goes_on() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let mut token = plain("short-lived");
    token["expiresAt"] = in_days(&stack, 20).await;
    manager.created(&token).await;
    stack.write_older(&manager, 2_000).await;
    at_the_overview(&stack, async |page| {
        assert_eq!(page.count("EXPIRING").await.as_deref(), Some("1 or more"));
        page.click("Look at more").await;
        page.wait("document.querySelector('.attention-EXPIRING .count').textContent === '1'").await;
        assert!(!page.has_button("Look at more").await);
    })
    .await;
}
