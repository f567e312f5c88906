//! The renewal series as a timeline.

use serde_json::json;

use crate::support::{DAY, HOUR, Page, Receiver, TestStack, in_browser, renewing};

/// Left and right edge of an element of a token's lane.
async fn edges(page: &Page, id: &str, part: &str) -> (f64, f64) {
    let expression = "(() => {
        const box = document.querySelector(`.lane[data-id='${arguments[0]}'] ${arguments[1]}`).getBoundingClientRect();
        return [box.left, box.right];
    })()";
    page.value(expression, json!([id, part])).await
}

async fn count(page: &Page, id: &str, part: &str) -> usize {
    page.value(
        "document.querySelectorAll(`.lane[data-id='${arguments[0]}'] ${arguments[1]}`).length",
        json!([id, part]),
    )
    .await
}

#[tokio::test]
async fn an_automatic_renewal_can_be_followed() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let first = stack.manager().created(&renewing("partner", &receiver)).await;
    let first_id = first.id();
    in_browser(&stack, async |page| {
        page.press("partner").await;
        page.see("without end").await;
        assert_eq!(count(page, &first_id, ".window").await, 0);

        // The first request token lapses, the second is redeemed.
        stack.advance(30 * DAY).await;
        page.press("Refresh").await;
        page.see("Pending, attempt 1").await;
        stack.advance(DAY).await;
        let request_token = receiver.last().request_token();
        let redeemed = stack.client(&first.text("token")).redeem(&request_token).await;
        assert_eq!(redeemed.status, 200, "{}", redeemed.body);
        page.press("Refresh").await;
        page.see("Successor").await;
        page.wait("document.querySelectorAll('.lane').length === 2", json!([])).await;

        let successor = stack.manager().token(&first_id).await.text("renewedBy");
        assert_eq!(count(page, &first_id, ".window").await, 2);
        assert_eq!(count(page, &first_id, ".overlap").await, 1);
        let (old, new) = (edges(page, &first_id, ".bar").await, edges(page, &successor, ".bar").await);
        assert!(old.0 < new.0 && new.0 < old.1, "they are valid at the same time: {old:?} {new:?}");
        let overlap = edges(page, &first_id, ".overlap").await;
        assert!((overlap.0 - new.0).abs() < 2.0, "{overlap:?} {new:?}");
        let now = edges(page, &first_id, ".now").await;
        assert!(overlap.0 <= now.1 && now.0 <= overlap.1, "{now:?} {overlap:?}");
        page.see("Renewed by redemption").await;
        page.see("Request token not redeemed").await;

        stack.advance(DAY + HOUR).await;
        page.press("Successor").await;
        page.wait("document.querySelector('.lane.current')?.dataset.id === arguments[0]", json!([successor]))
            .await;
        page.settle().await;
        let lanes: Vec<String> = page
            .value("[...document.querySelectorAll('.lane .status')].map((e) => e.textContent)", json!([]))
            .await;
        assert_eq!(lanes, ["Expired", "Active"]);
        let others = "[...document.querySelectorAll('.activities .what a')].map((link) => link.textContent)";
        assert_eq!(page.value::<Vec<String>>(others, json!([])).await, ["Predecessor"]);
        page.press("Predecessor").await;
        page.wait("document.querySelector('.lane.current')?.dataset.id === arguments[0]", json!([first_id]))
            .await;
    })
    .await;
}

#[tokio::test]
async fn a_long_series_is_shown_piece_by_piece() {
    let stack = TestStack::start().await;
    let renewing = json!({"name": "daily", "rights": "READ", "applications": ["ORDERS"],
        "autoRenewal": {"everyDays": 2}, "renewalMailRecipient": "ops@example.com"});
    stack.manager().created(&renewing).await;
    stack.advance(20 * DAY).await;
    in_browser(&stack, async |page| {
        page.press("daily").await;
        page.wait("document.querySelectorAll('.lane').length === 5", json!([])).await;
        page.press("Earlier tokens").await;
        page.wait("document.querySelectorAll('.lane').length === 9", json!([])).await;
        page.press("Earlier tokens").await;
        page.wait("document.querySelectorAll('.lane').length === 11", json!([])).await;
        assert!(!page.has_button("Earlier tokens").await);
    })
    .await;
}
