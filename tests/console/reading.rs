//! Who may what: a token that only reads sees everything and is offered nothing that writes.

use serde_json::json;

use crate::support::{Browser, Receiver, TestStack, in_browser_with, plain, renewing};

#[tokio::test]
async fn a_read_token_sees_everything_and_is_offered_no_writing_action() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    stack.manager().created(&renewing("partner", &receiver)).await;
    let mut reader = plain("reader");
    reader["applications"] = json!(["API_ACCESS_TOKENS"]);
    let reader = stack.manager().created(&reader).await.text("token");
    in_browser_with(&stack, Browser::default(), async |page| {
        page.sign_in(&reader).await;
        page.see("Read only").await;
        assert_eq!(page.rows().await, ["reader", "partner", "management"]);
        assert_eq!(page.buttons().await, ["Refresh the list"]);
        page.press("partner").await;
        page.see("Callback log").await;
        page.settle().await;
        assert_eq!(page.fact("Renewal mail recipient").await, "ops@example.com");
        assert_eq!(page.buttons().await, ["Refresh"]);
    })
    .await;
}

#[tokio::test]
async fn signing_in_needs_a_management_token_and_keeps_it_out_of_every_address() {
    let stack = TestStack::start().await;
    let partner = stack.manager().created(&plain("partner")).await.text("token");
    let short = json!({"name": "short", "rights": "READ", "applications": ["API_ACCESS_TOKENS"],
        "expiresAt": (stack.now().await + chrono::TimeDelta::days(1)).to_rfc3339()});
    let short = stack.manager().created(&short).await.text("token");
    let unknown = format!("{}{}", &partner[..40], &short[40..]);
    in_browser_with(&stack, Browser::default(), async |page| {
        for (token, refusal) in [
            ("not a token", "This is not a token string"),
            (unknown.as_str(), "This token is not known."),
            (partner.as_str(), "This token is not for the application API_ACCESS_TOKENS."),
        ] {
            page.fill("Management token", token).await;
            page.press("Sign in").await;
            page.see(refusal).await;
        }
        page.sign_in(&short).await;
        page.reload().await;
        assert_eq!(page.rows().await, ["short", "partner", "management"]);
        page.fill("Search by name", &partner).await;
        page.see_notice("That is a secret, not a name").await;
        let addresses = "[location.href, ...performance.getEntries().map((entry) => entry.name)].join()";
        let addresses: String = page.value(addresses, json!([])).await;
        assert!(addresses.contains("/apiAccessTokens") && !addresses.contains("kat_"), "{addresses}");
        let kept: (usize, usize) =
            page.value("[sessionStorage.length, localStorage.length]", json!([])).await;
        assert_eq!((kept, page.value::<String>("document.cookie", json!([])).await.as_str()), ((1, 0), ""));

        // When the token ends, so does the session.
        stack.advance(86_400).await;
        page.press("Refresh the list").await;
        page.see("This token is no longer valid.").await;
        let kept: usize = page.value("sessionStorage.length", json!([])).await;
        assert_eq!(kept, 0);
        page.sign_in(stack.management_token()).await;
        page.press("Sign out").await;
        page.see("Sign in to Keyturn").await;
    })
    .await;
}
