//! What the page costs, and that it fits every window.

use futures::StreamExt as _;
use serde_json::json;

use crate::support::{Caller, Page, TestStack, in_browser, plain};

/// Requests to the API and bytes of their answers since the page was opened.
async fn cost(page: &Page) -> (Vec<String>, u64) {
    page.reload().await;
    let entries =
        "performance.getEntriesByType('resource').filter((entry) => !entry.name.includes('/console'))";
    let names = page
        .value(&format!("{entries}.map((entry) => new URL(entry.name).pathname).sort()"), json!([]))
        .await;
    let bytes = page
        .value(&format!("{entries}.reduce((sum, entry) => sum + entry.encodedBodySize, 0)"), json!([]))
        .await;
    (names, bytes)
}

async fn create(manager: &Caller, numbers: std::ops::Range<u32>) {
    let created = futures::stream::iter(numbers).map(|number| {
        let manager = manager.clone();
        async move { manager.created(&plain(&format!("token {number:05}"))).await }
    });
    created.buffer_unordered(32).for_each(async |_| {}).await;
}

/// The clock stands still in neither case, and a use that is noted in between is 20 bytes more.
const TOLERANCE: u64 = 64;

#[tokio::test]
async fn a_list_of_ten_thousand_costs_what_a_list_of_a_hundred_does() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    create(&manager, 0..100).await;
    in_browser(&stack, async |page| {
        let (requests, bytes) = cost(page).await;
        assert_eq!(requests, ["/apiAccessTokens", "/apiAccessTokens/self", "/applications"]);
        assert!(bytes > 5_000, "{bytes}");
        create(&manager, 100..10_000).await;
        let many = cost(page).await;
        assert_eq!(many.0, requests);
        assert!(many.1.abs_diff(bytes) <= TOLERANCE, "{bytes} and {} bytes", many.1);
        assert_eq!(page.rows().await.len(), 25);
    })
    .await;
}

#[tokio::test]
async fn everything_the_browser_loads_is_small_and_ours() {
    let stack = TestStack::start().await;
    in_browser(&stack, async |page| {
        let loaded = "performance.getEntries().filter((entry) => entry.name.includes('/console'))
            .map((entry) => [new URL(entry.name).origin, entry.decodedBodySize])";
        let loaded: Vec<(String, u64)> = page.value(loaded, json!([])).await;
        assert!(loaded.len() > 20, "{loaded:?}");
        assert!(loaded.iter().all(|(origin, _)| origin == stack.address()), "{loaded:?}");
        let total: u64 = loaded.iter().map(|(_, bytes)| bytes).sum();
        assert!((50_000..100_000).contains(&total), "{total} bytes");
    })
    .await;
}

#[tokio::test]
async fn nothing_sticks_out_of_any_window() {
    let stack = TestStack::start().await;
    let long = "a-name-without-any-place-to-break-it-that-is-as-long-as-a-name-may-be-".repeat(2);
    stack.manager().created(&plain(&long[..100])).await;
    in_browser(&stack, async |page| {
        let fits = "document.documentElement.scrollWidth <= innerWidth";
        for place in ["list", "token"] {
            for width in [360, 768, 1024, 1280, 1920] {
                page.resize(width, 900).await;
                assert!(page.value::<bool>(fits, json!([])).await, "{place} at {width}");
            }
            page.resize(1280, 900).await;
            if place == "list" {
                page.press(&long[..100]).await;
                page.see("Activities").await;
                page.settle().await;
            }
        }
        page.resize(360, 780).await;
        page.press("Renew").await;
        let inside = "document.querySelector('dialog').getBoundingClientRect().right <= innerWidth";
        assert!(page.value::<bool>(inside, json!([])).await);
    })
    .await;
}
