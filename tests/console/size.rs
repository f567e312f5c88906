//! Page cost: requests and bytes. Layout: nothing overflows at any width.

use futures::StreamExt as _;
use serde_json::json;

use crate::support::{
    ApiClient, Browser, DAY, Page, Receiver, Reply, TestStack, in_browser, plain, renewing, signed_in,
};

/// Reloads the page; returns the requests to the API and the size of their responses.
async fn cost(page: &Page) -> (Vec<String>, u64) {
    page.reload().await;
    let entries =
        "performance.getEntriesByType('resource').filter((entry) => !entry.name.includes('/console'))";
    let names = page.eval(&format!("{entries}.map((entry) => new URL(entry.name).pathname).sort()")).await;
    let bytes = page.eval(&format!("{entries}.reduce((sum, entry) => sum + entry.encodedBodySize, 0)")).await;
    (names, bytes)
}

async fn create(manager: &ApiClient, numbers: std::ops::Range<u32>) {
    let created = futures::stream::iter(numbers).map(|number| {
        let manager = manager.clone();
        async move { manager.created(&plain(&format!("token {number:05}"))).await }
    });
    created.buffer_unordered(32).for_each(async |_| {}).await;
}

/// Bytes. Ages and the last use, which adds 20 bytes, may differ between the two measurements.
const TOLERANCE: u64 = 64;

#[tokio::test]
async fn assets_are_small_and_come_from_our_own_origin() {
    let stack = TestStack::start().await;
    signed_in(&stack, async |page| {
        let loaded = "['navigation', 'resource'].flatMap((type) => performance.getEntriesByType(type))
            .filter((entry) => entry.name.includes('/console'))
            .map((entry) => [new URL(entry.name).origin, entry.decodedBodySize])";
        let loaded: Vec<(String, u64)> = page.eval(loaded).await;
        assert!(loaded.len() > 20, "{loaded:?}");
        assert!(loaded.iter().all(|(origin, _)| origin == stack.address()), "{loaded:?}");
        let total: u64 = loaded.iter().map(|(_, bytes)| bytes).sum();
        assert!((50_000..130_000).contains(&total), "{total} bytes");
    })
    .await;
}

/// Breakpoints of the layout, and common window widths.
pub(crate) const WIDTHS: [u32; 9] = [320, 360, 560, 768, 1024, 1250, 1251, 1440, 1920];

#[tokio::test]
async fn nothing_overflows_at_any_width() {
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
    // German words are longer.
    let german = Browser { language: "de-DE", ..Browser::default() };
    in_browser(&stack, german, async |page| {
        page.fill("Verwaltungstoken", stack.management_token()).await;
        page.click("Anmelden").await;
        page.see("Callbacks scheitern").await;
        for view in ["overview", "list", "token"] {
            for width in WIDTHS {
                page.resize(width, 900).await;
                assert_fits(page, &format!("{view} at {width}")).await;
            }
            if view == "overview" {
                page.click("Token").await;
                page.see("Callback schlägt fehl").await;
            } else if view == "list" {
                page.click(long).await;
                page.see("Aktivitäten").await;
                page.wait_until_idle().await;
            }
        }
        page.resize(360, 780).await;
        for action in ["Bearbeiten", "Erneuern", "Deaktivieren"] {
            page.click(action).await;
            assert_fits(page, action).await;
            page.close("Abbrechen").await;
        }
    })
    .await;
}

/// Neither the page nor a dialog scrolls horizontally. A failure names the elements that are too wide.
pub(crate) async fn assert_fits(page: &Page, what: &str) {
    let overflowing = "(() => {
        const frames = [document.documentElement, ...document.querySelectorAll('dialog, dialog .body')];
        const scrolls = frames.find((frame) => frame.scrollWidth > frame.clientWidth);
        const out = [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > innerWidth);
        return scrolls ? out.map((e) => `${e.tagName}.${e.getAttribute('class')}`).concat(`${scrolls.tagName} by ${scrolls.scrollWidth - scrolls.clientWidth}`) : [];
    })()";
    assert_eq!(page.eval::<Vec<String>>(overflowing).await, [""; 0], "{what}");
}

mod slow {
    use super::*;

    #[tokio::test]
    async fn list_of_ten_thousand_costs_the_same_as_one_of_a_hundred() {
        let stack = TestStack::start().await;
        let manager = stack.manager();
        create(&manager, 0..100).await;
        signed_in(&stack, async |page| {
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
}
