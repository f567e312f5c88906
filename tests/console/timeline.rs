//! The renewal series as a timeline.

use serde_json::json;

use crate::support::{DAY, HOUR, Page, Receiver, TestStack, renewing, signed_in};

/// Whether a token's lane is the current one.
const CURRENT: &str = "document.querySelector('.lane.current')?.dataset.id === arguments[0]";

/// Left and right edges of an element in a token's lane.
async fn edges(page: &Page, id: &str, part: &str) -> (f64, f64) {
    let expression = "(() => {
        const box = document.querySelector(`.lane[data-id='${arguments[0]}'] ${arguments[1]}`).getBoundingClientRect();
        return [box.left, box.right];
    })()";
    page.eval_with(expression, json!([id, part])).await
}

async fn count(page: &Page, id: &str, part: &str) -> usize {
    let count = "document.querySelectorAll(`.lane[data-id='${arguments[0]}'] ${arguments[1]}`).length";
    page.eval_with(count, json!([id, part])).await
}

#[tokio::test]
async fn timeline_shows_request_tokens_overlap_and_successor() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let first = stack.manager().created(&renewing("partner", &receiver)).await;
    let first_id = first.id();
    signed_in(&stack, async |page| {
        page.click("partner").await;
        page.see("without end").await;
        assert_eq!(count(page, &first_id, ".redemption-window").await, 0);

        // The first request token lapses; the second is redeemed.
        stack.advance(30 * DAY).await;
        page.click("Refresh").await;
        page.see("Pending, attempt 1").await;
        stack.advance(DAY).await;
        let request_token = receiver.last().request_token();
        let redeemed = stack.client(&first.text("token")).redeem(&request_token).await;
        assert_eq!(redeemed.status, 200, "{}", redeemed.body);
        page.click("Refresh").await;
        page.see("Successor").await;
        page.wait("document.querySelectorAll('.lane').length === 2").await;

        let successor = stack.manager().token(&first_id).await.text("renewedBy");
        assert_eq!(count(page, &first_id, ".redemption-window").await, 2);
        assert_eq!(count(page, &first_id, ".overlap").await, 1);
        let (old, new) = (edges(page, &first_id, ".bar").await, edges(page, &successor, ".bar").await);
        assert!(old.0 < new.0 && new.0 < old.1, "both are valid at the same time: {old:?} {new:?}");
        let overlap = edges(page, &first_id, ".overlap").await;
        assert!((overlap.0 - new.0).abs() < 2.0, "{overlap:?} {new:?}");
        let now = edges(page, &first_id, ".now").await;
        assert!(overlap.0 <= now.1 && now.0 <= overlap.1, "{now:?} {overlap:?}");
        page.see("Renewed by redemption").await;
        page.see("Request token not redeemed").await;

        stack.advance(DAY + HOUR).await;
        page.click("Successor").await;
        page.wait_with(CURRENT, json!([successor])).await;
        page.wait_until_idle().await;
        let lanes: Vec<String> =
            page.eval("[...document.querySelectorAll('.lane .status')].map((e) => e.textContent)").await;
        assert_eq!(lanes, ["Expired", "Active"]);
        let others = "[...document.querySelectorAll('.activities .what a')].map((link) => link.textContent)";
        assert_eq!(page.eval::<Vec<String>>(others).await, ["Predecessor"]);
        page.click("Predecessor").await;
        page.wait_with(CURRENT, json!([first_id])).await;
    })
    .await;
}

#[tokio::test]
async fn long_series_is_loaded_in_steps() {
    let stack = TestStack::start().await;
    let renewing = json!({"name": "daily", "rights": "READ", "applications": ["ORDERS"],
        "autoRenewal": {"everyDays": 2}, "renewalMailRecipient": "ops@example.com"});
    stack.manager().created(&renewing).await;
    stack.advance(20 * DAY).await;
    signed_in(&stack, async |page| {
        page.click("daily").await;
        page.wait("document.querySelectorAll('.lane').length === 5").await;
        page.click("Earlier tokens").await;
        page.wait("document.querySelectorAll('.lane').length === 9").await;
        page.click("Earlier tokens").await;
        page.wait("document.querySelectorAll('.lane').length === 11").await;
        assert!(!page.has_button("Earlier tokens").await);
    })
    .await;
}
