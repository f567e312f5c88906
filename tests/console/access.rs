//! Signing in, and what a read-only management token offers.

use serde_json::json;

use crate::support::{Browser, Receiver, TestStack, in_browser, in_days, plain, renewing};

#[tokio::test]
async fn read_only_token_shows_everything_and_offers_no_writing_action() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    stack.manager().created(&renewing("partner", &receiver)).await;
    let mut reader = plain("reader");
    reader["applications"] = json!(["API_ACCESS_TOKENS"]);
    let reader = stack.manager().created(&reader).await.text("token");
    in_browser(&stack, Browser::default(), async |page| {
        page.sign_in(&reader).await;
        page.see("Read only").await;
        assert_eq!(page.rows().await, ["reader", "partner", "management"]);
        assert_eq!(page.buttons().await, ["Refresh the list", "Save what is shown as CSV"]);
        page.click("partner").await;
        page.see("Callback log").await;
        page.wait_until_idle().await;
        assert_eq!(page.fact("Renewal mail recipient").await, "ops@example.com");
        assert_eq!(page.buttons().await, ["Refresh"]);
    })
    .await;
}

#[tokio::test]
async fn sign_in_requires_a_management_token_and_never_puts_it_into_a_url() {
    let stack = TestStack::start().await;
    let partner = stack.manager().created(&plain("partner")).await.text("token");
    let short = json!({"name": "short", "rights": "READ", "applications": ["API_ACCESS_TOKENS"],
        "expiresAt": in_days(&stack, 1).await});
    let short = stack.manager().created(&short).await.text("token");
    let unknown = format!("{}{}", &partner[..40], &short[40..]);
    in_browser(&stack, Browser::default(), async |page| {
        for (token, error) in [
            ("not a token", "This is not a token string"),
            (unknown.as_str(), "This token is not known."),
            (partner.as_str(), "This token is not for the application API_ACCESS_TOKENS."),
        ] {
            page.fill("Management token", token).await;
            page.click("Sign in").await;
            page.see(error).await;
        }
        page.sign_in(&short).await;
        page.reload().await;
        assert_eq!(page.rows().await, ["short", "partner", "management"]);
        page.fill("Search by name", &partner).await;
        page.see_notice("That is a secret, not a name").await;
        let urls = "[location.href, ...performance.getEntries().map((entry) => entry.name)].join()";
        let urls: String = page.eval(urls).await;
        assert!(urls.contains("/apiAccessTokens") && !urls.contains("kat_"), "{urls}");
        let kept: (usize, usize) = page.eval("[sessionStorage.length, localStorage.length]").await;
        assert_eq!((kept, page.eval::<String>("document.cookie").await.as_str()), ((1, 0), ""));

        // The session ends with the token.
        stack.advance(86_400).await;
        page.click("Refresh the list").await;
        page.see("This token is no longer valid.").await;
        let kept: usize = page.eval("sessionStorage.length").await;
        assert_eq!(kept, 0);
        page.sign_in(stack.management_token()).await;
        page.click("Sign out").await;
        page.see("Sign in to Keyturn").await;
    })
    .await;
}
