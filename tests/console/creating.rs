//! Creating a token: faults at their fields, the strings once, and never two tokens for one wish.

use serde_json::json;

use crate::support::{Receiver, TestStack, in_browser};

#[tokio::test]
async fn a_token_with_everything_is_created_and_stands_in_the_list() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    in_browser(&stack, async |page| {
        page.press("Create token").await;
        page.dialog("Create personal access token").await;
        page.fill("Name", "partner").await;
        page.fill("Description", "nightly export").await;
        page.press_choice("Rights", "Read and write").await;
        page.press_choice("Applications", "ORDERS").await;
        page.press_choice("Applications", "REPORTS").await;
        let end = (stack.now().await + chrono::TimeDelta::days(200)).date_naive().to_string();
        page.pick("Expires on", &end).await;
        page.fill("Auto renewal every x days", "30").await;
        page.fill("Renewal mail recipient", "ops@example.com").await;
        page.fill("Callback URL", receiver.url()).await;
        page.press("Create").await;

        page.dialog("Token created").await;
        let string = page.field_of("token").await;
        assert!(stack.client(&string).is_authenticated().await);
        assert!(page.field_of("signingSecret").await.starts_with("whsec_"));
        page.press("Copy: Token string").await;
        page.see_notice("Copied to the clipboard").await;
        assert_eq!(page.clipboard().await, string);
        page.press("Done").await;

        // The page of the new token, and from there the list.
        assert_eq!(page.fact("Callback URL").await, receiver.url());
        page.press("Personal access tokens").await;
        let cells = ["status", "age", "rights", "applications"];
        let mut shown = Vec::new();
        for column in cells {
            shown.push(page.cell("partner", column).await);
        }
        assert_eq!(shown, ["Active", "0 days", "Read and write", "ORDERS\nREPORTS"]);
        let token = stack.manager().get("/apiAccessTokens?search=partner").await.body["items"][0].clone();
        assert_eq!(token["expiresAt"], json!(format!("{end}T23:59:59Z")));
        assert_eq!(token["autoRenewal"]["everyDays"], 30);
        assert_eq!(token["renewalMailRecipient"], "ops@example.com");
        assert_eq!(token["description"], "nightly export");
    })
    .await;
}

#[tokio::test]
async fn faults_stand_at_their_fields() {
    let stack = TestStack::start().await;
    in_browser(&stack, async |page| {
        page.press("Create token").await;
        page.pick("Expires on", "2020-01-31").await;
        page.fill("Renewal mail recipient", "nobody").await;
        page.fill("Callback URL", "ftp://example.com").await;
        page.press("Create").await;
        assert_eq!(page.fault("Name").await, "Name is required.");
        assert_eq!(page.fault("Applications").await, "Applications is required.");
        assert_eq!(page.fault("Expires on").await, "Expires on must be in the future.");
        for field in ["Auto renewal every x days", "Renewal mail recipient", "Callback URL"] {
            assert!(page.fault(field).await.starts_with(field));
        }
        let focused: bool = page.value("document.activeElement === probe.field('Name')", json!([])).await;
        assert!(focused, "the first faulty field has the focus");

        // Put right, the same dialog creates the token.
        page.fill("Name", "partner").await;
        page.press_choice("Applications", "ORDERS").await;
        page.pick("Expires on", "").await;
        page.fill("Renewal mail recipient", "").await;
        page.fill("Callback URL", "").await;
        page.press("Create").await;
        page.dialog("Token created").await;
        page.press("Done").await;
        page.settle().await;
    })
    .await;
    assert_eq!(stack.manager().get("/apiAccessTokens").await.body["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn pressed_twice_and_sent_twice_creates_one_token() {
    let stack = TestStack::start().await;
    in_browser(&stack, async |page| {
        page.press("Create token").await;
        page.fill("Name", "once").await;
        page.press_choice("Applications", "ORDERS").await;
        // The first answer is lost on its way: the page can't know whether the token was created.
        let lose = "(() => {
            const send = window.fetch;
            window.fetch = async (...request) => { await send(...request); window.fetch = send; throw new TypeError('lost'); };
            return true;
        })()";
        let _: bool = page.value(lose, json!([])).await;
        page.press("Create").await;
        page.see("could not be reached").await;
        let twice = "(() => { const form = document.querySelector('dialog form');
            form.requestSubmit(); form.requestSubmit(); return true; })()";
        let _: bool = page.value(twice, json!([])).await;
        page.dialog("Token created").await;
        let string = page.field_of("token").await;
        assert!(stack.client(&string).is_authenticated().await);
        page.press("Done").await;
        page.settle().await;
    })
    .await;
    let found = stack.manager().get("/apiAccessTokens?search=once").await;
    assert_eq!(found.body["items"].as_array().unwrap().len(), 1);
}
