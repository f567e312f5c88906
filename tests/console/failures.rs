//! Offline, slow and failing API, and URLs without a token.

use serde_json::json;

use crate::support::{Page, TestStack, plain, signed_in};

async fn set_offline(page: &Page, is_offline: bool) {
    let conditions =
        json!({"offline": is_offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1});
    page.devtools("Network.enable", json!({})).await;
    page.devtools("Network.emulateNetworkConditions", conditions).await;
}

#[tokio::test]
async fn recovers_after_the_connection_was_lost() {
    let stack = TestStack::start().await;
    stack.manager().created(&plain("partner")).await;
    signed_in(&stack, async |page| {
        set_offline(page, true).await;
        page.click("Refresh the list").await;
        page.see("No connection").await;
        page.click("Try again").await;
        page.see("No connection").await;
        set_offline(page, false).await;
        page.click("Try again").await;
        page.see("partner").await;

        page.open_token("partner").await;
        set_offline(page, true).await;
        page.click("Refresh").await;
        page.see("No connection").await;
        set_offline(page, false).await;
        page.click("Try again").await;
        page.see("Activities").await;
    })
    .await;
}

#[tokio::test]
async fn shows_a_placeholder_while_loading() {
    let stack = TestStack::start().await;
    stack.manager().created(&plain("partner")).await;
    signed_in(&stack, async |page| {
        let delayed = "const released = new Promise((release) => { window.release = release; });
            probe.interceptFetch(async (send, ...request) => { await released; return send(...request); });";
        page.run(delayed).await;
        page.click("partner").await;
        page.wait("document.querySelector('.loading [role=status]')?.textContent === 'Loading …'").await;
        assert!(!page.sees("Activities").await);
        page.run("window.release();").await;
        page.see("Activities").await;
        page.wait_until_idle().await;
    })
    .await;
}

#[tokio::test]
async fn failed_request_can_be_retried() {
    let stack = TestStack::start().await;
    signed_in(&stack, async |page| {
        page.run("probe.interceptFetch(async () => new Response('{}', {status: 503}));").await;
        page.click("Refresh the list").await;
        page.see("That did not work").await;
        page.click("Try again").await;
        page.see("management").await;
    })
    .await;
}

#[tokio::test]
async fn unknown_token_id_shows_no_such_token() {
    let stack = TestStack::start().await;
    signed_in(&stack, async |page| {
        page.open("/console#/tokens/01990000-0000-7000-8000-000000000000").await;
        page.see("No such token").await;
        page.open_list().await;
        page.see("management").await;
    })
    .await;
}
