//! Nothing there, nothing found, no connection, no answer.

use serde_json::json;

use crate::support::{Page, TestStack, in_browser, plain};

async fn offline(page: &Page, is_offline: bool) {
    let conditions =
        json!({"offline": is_offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1});
    page.tell("Network.enable", json!({})).await;
    page.tell("Network.emulateNetworkConditions", conditions).await;
}

#[tokio::test]
async fn without_a_connection_the_page_says_so_and_goes_on_later() {
    let stack = TestStack::start().await;
    stack.manager().created(&plain("partner")).await;
    in_browser(&stack, async |page| {
        offline(page, true).await;
        page.press("Refresh the list").await;
        page.see("No connection").await;
        page.press("Try again").await;
        page.see("No connection").await;
        offline(page, false).await;
        page.press("Try again").await;
        page.see("partner").await;

        page.press("partner").await;
        page.see("Activities").await;
        page.settle().await;
        offline(page, true).await;
        page.press("Refresh").await;
        page.see("No connection").await;
        offline(page, false).await;
        page.press("Try again").await;
        page.see("Activities").await;
    })
    .await;
}

#[tokio::test]
async fn what_is_waited_for_says_so() {
    let stack = TestStack::start().await;
    stack.manager().created(&plain("partner")).await;
    in_browser(&stack, async |page| {
        let hold = "(() => {
            const send = window.fetch;
            const released = new Promise((release) => { window.release = release; });
            window.fetch = async (...request) => { await released; return send(...request); };
            return true;
        })()";
        let _: bool = page.value(hold, json!([])).await;
        page.press("partner").await;
        page.wait("document.querySelector('.loading [role=status]')?.textContent === 'Loading …'", json!([]))
            .await;
        assert!(!page.sees("Activities").await);
        let _: bool = page.value("(window.release(), true)", json!([])).await;
        page.see("Activities").await;
        page.settle().await;
    })
    .await;
}

#[tokio::test]
async fn a_failing_answer_is_shown_and_can_be_tried_again() {
    let stack = TestStack::start().await;
    in_browser(&stack, async |page| {
        let fail = "(() => {
            const send = window.fetch;
            window.fetch = async () => { window.fetch = send; return new Response('{}', {status: 503}); };
            return true;
        })()";
        let _: bool = page.value(fail, json!([])).await;
        page.press("Refresh the list").await;
        page.see("That did not work").await;
        page.press("Try again").await;
        page.see("management").await;
    })
    .await;
}

#[tokio::test]
async fn an_address_that_names_no_token_says_so() {
    let stack = TestStack::start().await;
    in_browser(&stack, async |page| {
        page.open("/console#/tokens/01990000-0000-7000-8000-000000000000").await;
        page.see("No such token").await;
        page.press("Personal access tokens").await;
        page.see("management").await;
    })
    .await;
}
