//! People sign in with the identity provider of the local stack, and see what their role allows.

use crate::support::{Browser, Page, TestStack, in_browser, plain};

async fn sign_in(page: &Page, person: &str) {
    page.click("Sign in with the local identity provider").await;
    page.click(&format!("Sign in as {person}")).await;
}

/// Runs a test as somebody who has signed in.
async fn as_person(stack: &TestStack, person: &str, test: impl AsyncFnOnce(&Page)) {
    in_browser(stack, Browser::default(), async |page| {
        sign_in(page, person).await;
        page.see("Sign out").await;
        page.see(person).await;
        page.wait_until_idle().await;
        test(page).await;
    })
    .await;
}

#[tokio::test]
async fn a_viewer_sees_everything_and_changes_nothing() {
    let stack = TestStack::start().await;
    stack.manager().created(&plain("partner")).await;
    as_person(&stack, "Vera Viewer", async |page| {
        page.open_tokens().await;
        assert_eq!(page.rows().await, ["partner", "management"]);
        assert_eq!(page.buttons().await, ["Refresh the list", "Save what is shown as CSV"]);
        page.open_token("partner").await;
        assert_eq!(page.buttons().await, ["Refresh"]);
        assert!(!page.has_button("Sessions").await);
    })
    .await;
}

#[tokio::test]
async fn an_operator_creates_and_edits_but_copies_nothing_and_leaves_management_tokens_alone() {
    let stack = TestStack::start().await;
    stack.manager().created(&plain("partner")).await;
    as_person(&stack, "Otto Operator", async |page| {
        page.open_tokens().await;
        assert!(page.row_buttons("management").await.is_empty());
        assert!(!page.row_buttons("partner").await.contains(&"Copy: partner".to_owned()));
        page.open_dialog("Create token", "Create personal access token").await;
        page.fill("Name", "made by Otto").await;
        page.select("Applications", "ORDERS").await;
        page.open_dialog("Create", "Token created").await;
        page.click("Done").await;
        page.see("made by Otto").await;
        page.see("Copying needs the role Administrator.").await;
        page.see("Otto Operator").await;
    })
    .await;
}

#[tokio::test]
async fn an_administrator_copies_after_a_recent_sign_in_and_ends_sessions() {
    let stack = TestStack::start().await;
    stack.manager().created(&plain("partner")).await;
    as_person(&stack, "Vera Viewer", async |_| {}).await;
    as_person(&stack, "Ada Admin", async |page| {
        page.click("Sessions").await;
        page.see("Vera Viewer").await;
        page.see("This is your own session.").await;
        page.click("End the session of Vera Viewer").await;
        page.see_notice("Session ended").await;
        page.wait("!probe.sees('Vera Viewer')").await;

        stack.jump(301).await;
        page.open("/console#/tokens").await;
        page.wait_until_idle().await;
        page.click("Copy: partner").await;
        page.dialog("Sign in again").await;
        page.click("Sign in again").await;
        page.click("Sign in as Ada Admin").await;
        page.see("Sign out").await;
        page.wait_until_idle().await;
        page.click("Copy: partner").await;
        page.see_notice("Copied to the clipboard").await;

        page.click("Sign out").await;
        page.see("Sign in to Keyturn").await;
        page.reload().await;
        page.see("Sign in to Keyturn").await;
    })
    .await;
}

#[tokio::test]
async fn somebody_without_a_role_is_told() {
    let stack = TestStack::start().await;
    in_browser(&stack, Browser::default(), async |page| {
        sign_in(page, "Nora Norole").await;
        page.see("You have no role here.").await;
        let address: String = page.eval("location.href").await;
        assert_eq!(address, format!("{}/console", stack.address()));
    })
    .await;
    in_browser(&stack, Browser { language: "de-DE", ..Browser::default() }, async |page| {
        page.click("Anmelden mit the local identity provider").await;
        page.click("Sign in as Nora Norole").await;
        page.see("Sie haben hier keine Rolle.").await;
    })
    .await;
}
