//! Creating a token: validation errors, secrets shown once, no duplicate submission.

use serde_json::json;

use crate::support::{DAY, Receiver, TestStack, first_token, signed_in};

/// The choice of pull, and its only option.
const PULL: &str = "Renewal by pull";
const FETCHES: &str = "The client fetches its successor";

#[tokio::test]
async fn creates_a_token_with_every_setting() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    signed_in(&stack, async |page| {
        page.open_dialog("Create token", "Create personal access token").await;
        page.fill("Name", "partner").await;
        page.fill("Description", "nightly export").await;
        page.select("Rights", "Read and write").await;
        page.select("Applications", "ORDERS").await;
        page.select("Applications", "REPORTS").await;
        let end = (stack.now().await + chrono::TimeDelta::days(200)).date_naive().to_string();
        page.pick("Expires on", &end).await;
        page.fill("Auto renewal every x days", "30").await;
        page.fill("Renewal mail recipient", "ops@example.com").await;
        page.fill("Callback URL", receiver.url()).await;
        page.open_dialog("Create", "Token created").await;
        let string = page.secret("token").await;
        assert!(stack.client(&string).is_authenticated().await);
        assert!(page.secret("signingSecret").await.starts_with("whsec_"));
        page.click("Copy: Token string").await;
        page.see_notice("Copied to the clipboard").await;
        assert_eq!(page.clipboard().await, string);
        page.click("Done").await;

        // The page of the new token, then the list.
        assert_eq!(page.fact("Callback URL").await, receiver.url());
        page.open_list().await;
        for (column, expected) in [
            ("status", "Active"),
            ("age", "0 days"),
            ("rights", "Read and write"),
            ("applications", "ORDERS\nREPORTS"),
        ] {
            assert_eq!(page.cell("partner", column).await, expected);
        }
        let token = first_token(&stack.manager(), "search=partner").await;
        assert_eq!(token["expiresAt"], json!(format!("{end}T23:59:59Z")));
        assert_eq!(token["autoRenewal"]["everyDays"], 30);
        assert_eq!(token["renewalMailRecipient"], "ops@example.com");
        assert_eq!(token["description"], "nightly export");
    })
    .await;
}

#[tokio::test]
async fn pull_is_chosen_shown_and_switched_off() {
    let stack = TestStack::start().await;
    signed_in(&stack, async |page| {
        page.open_dialog("Create token", "Create personal access token").await;
        page.fill("Name", "device").await;
        page.select("Applications", "ORDERS").await;
        page.select(PULL, FETCHES).await;
        // Pull works only together with auto renewal.
        page.click("Create").await;
        let days = "Auto renewal every x days";
        assert!(page.field_error(days).await.starts_with(days));
        page.fill(days, "30").await;
        page.open_dialog("Create", "Token created").await;
        page.click("Done").await;
        assert_eq!(page.fact(PULL).await, "yes");
        page.open_list().await;
        assert!(page.cell("device", "renewal").await.ends_with("every 30 days, by pull"));
        assert_eq!(first_token(&stack.manager(), "search=device").await["autoRenewal"]["pull"], true);

        // A client that has not fetched its successor in time stands out.
        stack.advance(30 * DAY).await;
        page.click("Refresh the list").await;
        page.see("Not fetched yet").await;

        page.open_dialog("Edit: device", "Edit device").await;
        page.select(PULL, FETCHES).await;
        page.click("Save").await;
        page.see("would reach nobody").await;
        page.fill("Renewal mail recipient", "ops@example.com").await;
        page.close("Save").await;
        page.wait("!probe.sees('by pull')").await;
        let token = first_token(&stack.manager(), "search=device").await;
        assert_eq!(
            (&token["autoRenewal"]["pull"], &token["autoRenewal"]["everyDays"]),
            (&json!(false), &json!(30))
        );
        page.open_token("device").await;
        assert_eq!(page.fact(PULL).await, "no");
    })
    .await;
}

#[tokio::test]
async fn shows_every_validation_error_at_its_field() {
    let stack = TestStack::start().await;
    signed_in(&stack, async |page| {
        page.click("Create token").await;
        page.pick("Expires on", "2020-01-31").await;
        page.fill("Renewal mail recipient", "nobody").await;
        page.fill("Callback URL", "ftp://example.com").await;
        page.click("Create").await;
        assert_eq!(page.field_error("Name").await, "Name is required.");
        assert_eq!(page.field_error("Applications").await, "Applications is required.");
        assert_eq!(page.field_error("Expires on").await, "Expires on must be in the future.");
        for field in ["Auto renewal every x days", "Renewal mail recipient", "Callback URL"] {
            assert!(page.field_error(field).await.starts_with(field));
        }
        let focused: bool = page.eval("document.activeElement === probe.field('Name')").await;
        assert!(focused, "the first invalid field has the focus");

        // Corrected, the same dialog creates the token.
        page.fill("Name", "partner").await;
        page.select("Applications", "ORDERS").await;
        page.pick("Expires on", "").await;
        page.fill("Renewal mail recipient", "").await;
        page.fill("Callback URL", "").await;
        page.open_dialog("Create", "Token created").await;
        page.click("Done").await;
        page.wait_until_idle().await;
    })
    .await;
    assert_eq!(stack.manager().get("/apiAccessTokens").await.body["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn double_click_and_retry_create_one_token() {
    let stack = TestStack::start().await;
    signed_in(&stack, async |page| {
        page.click("Create token").await;
        page.fill("Name", "once").await;
        page.select("Applications", "ORDERS").await;
        // The first response is lost, so the page cannot know whether the token was created.
        let lost = "async (send, ...request) => { await send(...request); throw new TypeError('lost'); }";
        page.run(&format!("probe.interceptFetch({lost});")).await;
        page.click("Create").await;
        page.see("could not be reached").await;
        page.run(
            "const form = document.querySelector('dialog form'); form.requestSubmit(); form.requestSubmit();",
        )
        .await;
        page.dialog("Token created").await;
        let string = page.secret("token").await;
        assert!(stack.client(&string).is_authenticated().await);
        page.click("Done").await;
        page.wait_until_idle().await;
    })
    .await;
    let found = stack.manager().get("/apiAccessTokens?search=once").await;
    assert_eq!(found.body["items"].as_array().unwrap().len(), 1);
}
