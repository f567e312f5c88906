//! What the page costs, and that it fits every window.

use futures::StreamExt as _;
use serde_json::json;

use crate::support::{
    ApiClient, Browser, DAY, Page, Receiver, Reply, TestStack, in_browser, in_browser_with, plain, renewing,
};

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

async fn create(manager: &ApiClient, numbers: std::ops::Range<u32>) {
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
        assert!((5_000..20_000).contains(&bytes), "{bytes}");
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

/// The widths at which the layout changes, and those of usual windows.
const WIDTHS: [u32; 9] = [320, 360, 560, 768, 1024, 1250, 1251, 1440, 1920];

#[tokio::test]
async fn nothing_sticks_out_of_any_window() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let long = "a-name-without-any-place-to-break-it-that-is-as-long-as-a-name-may-be-".repeat(2);
    let long = &long[..100];
    let mut token = renewing(long, &receiver);
    token["rights"] = json!("READ_WRITE");
    token["applications"] = json!(["API_ACCESS_TOKENS", "CUSTOMERS", "ORDERS"]);
    receiver.always(Reply::Status(500));
    stack.manager().created(&token).await;
    let ended = stack.manager().created(&plain("deactivated")).await;
    stack.manager().deactivate(&ended.id()).await;
    stack.advance(30 * DAY).await;
    // Words are longer in German.
    let german = Browser { language: "de-DE", ..Browser::default() };
    in_browser_with(&stack, german, async |page| {
        page.fill("Verwaltungstoken", stack.management_token()).await;
        page.press("Anmelden").await;
        page.see("Callback schlägt fehl").await;
        for place in ["list", "token"] {
            for width in WIDTHS {
                page.resize(width, 900).await;
                assert_fits(page, &format!("{place} at {width}")).await;
            }
            if place == "list" {
                page.press(long).await;
                page.see("Aktivitäten").await;
                page.settle().await;
            }
        }
        page.resize(360, 780).await;
        for action in ["Bearbeiten", "Erneuern", "Deaktivieren"] {
            page.press(action).await;
            assert_fits(page, action).await;
            page.press("Abbrechen").await;
            page.no_dialog().await;
        }
    })
    .await;
}

/// Neither the page nor a dialog scrolls sideways; names what is too wide.
async fn assert_fits(page: &Page, what: &str) {
    let wide = "(() => {
        const frames = [document.documentElement, ...document.querySelectorAll('dialog, dialog .body')];
        const scrolls = frames.find((frame) => frame.scrollWidth > frame.clientWidth);
        const out = [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > innerWidth);
        return scrolls ? out.map((e) => `${e.tagName}.${e.getAttribute('class')}`).concat(`${scrolls.tagName} by ${scrolls.scrollWidth - scrolls.clientWidth}`) : [];
    })()";
    assert_eq!(page.value::<Vec<String>>(wide, json!([])).await, [""; 0], "{what}");
}
