//! People sign in with the identity provider of the local stack, and see what their role allows.

use serde_json::json;
use thirtyfour::Key;

use crate::size::{WIDTHS, assert_fits};
use crate::support::{Browser, DAY, Page, TestStack, in_browser, plain};

pub(crate) async fn sign_in(page: &Page, person: &str) {
    page.click("Sign in with the local identity provider").await;
    page.click(&format!("Sign in as {person}")).await;
}

/// Runs a test as somebody who has signed in.
pub(crate) async fn as_person(stack: &TestStack, person: &str, test: impl AsyncFnOnce(&Page)) {
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
        assert!(!page.has_button("People").await);
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
        page.click("People").await;
        page.see("Vera Viewer").await;
        page.see("This is your own session.").await;
        assert!(!page.has_button("End session: Ada Admin").await);
        page.click("End session: Vera Viewer").await;
        page.see_notice("Session ended").await;
        page.wait("!probe.button('End session: Vera Viewer')").await;

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

/// What the page of people says of somebody.
const PERSON: &str = "[...document.querySelectorAll('.people > li')]
    .find((person) => person.querySelector('h2').textContent === arguments[0])?.innerText";

impl Page {
    async fn see_people(&self, names: &[&str]) {
        let shown =
            "[...document.querySelectorAll('.people h2')].map((name) => name.textContent).sort().join()";
        self.wait_with(&format!("{shown} === arguments[0]"), json!([names.join(",")])).await;
    }

    async fn see_of(&self, name: &str, text: &str) {
        self.wait_with(&format!("({PERSON})?.includes(arguments[1])"), json!([name, text])).await;
    }

    async fn address(&self) -> String {
        self.eval("location.hash").await
    }
}

#[tokio::test]
async fn an_administrator_sees_who_stays_away_and_bars_people() {
    let stack = TestStack::start().await;
    as_person(&stack, "Otto Operator", async |_| {}).await;
    stack.jump(90 * DAY).await;
    as_person(&stack, "Ada Admin", async |page| {
        page.click("People").await;
        page.see_people(&["Ada Admin", "Otto Operator"]).await;
        page.see_of("Otto Operator", "Not signed in for 90 days").await;
        assert!(!page.has_button("Bar: Ada Admin").await, "nobody bars themselves");

        page.filter("notSignedInForDays", "90").await;
        page.see_people(&["Otto Operator"]).await;
        page.reload().await;
        page.see_people(&["Otto Operator"]).await;
        assert_eq!(page.address().await, "#/people?notSignedInForDays=90");

        // By keyboard, which stays where it is.
        page.tab_to("Bar: Otto Operator").await;
        page.key(Key::Enter).await;
        page.see_notice("Barred").await;
        page.see_of("Otto Operator", "Barred").await;
        page.wait("probe.button('Readmit: Otto Operator')").await;
        assert_eq!(page.focused().await, "Readmit: Otto Operator");
        page.assert_accessible("people, one of them barred").await;
        page.key(Key::Enter).await;
        page.see_notice("Readmitted").await;
        page.wait("probe.button('Bar: Otto Operator')").await;

        page.filter("notSignedInForDays", "").await;
        page.see_people(&["Ada Admin", "Otto Operator"]).await;
        page.click("Tokens: Otto Operator").await;
        page.see("Nothing found").await;
    })
    .await;
}

#[tokio::test]
async fn the_page_of_people_fits_every_screen_in_german_too() {
    let stack = TestStack::start().await;
    as_person(&stack, "Vera Viewer", async |_| {}).await;
    let german = Browser { language: "de-DE", ..Browser::default() };
    in_browser(&stack, german, async |page| {
        page.click("Anmelden mit the local identity provider").await;
        page.click("Sign in as Ada Admin").await;
        page.click("Personen").await;
        page.see_of("Vera Viewer", "Zuletzt angemeldet").await;
        page.see_of("Ada Admin", "Das ist Ihre eigene Sitzung.").await;
        for width in WIDTHS {
            page.resize(width, 900).await;
            assert_fits(page, &format!("people at {width}")).await;
        }
        page.resize(360, 780).await;
        page.assert_accessible("people on a phone").await;
        page.click("Sitzung beenden: Vera Viewer").await;
        page.see_notice("Sitzung beendet").await;
    })
    .await;
}

#[tokio::test]
async fn a_token_shows_its_owner_who_can_be_changed_and_filtered_by() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    manager.created(&plain("of a program")).await;
    as_person(&stack, "Otto Operator", async |page| {
        let otto = manager.get("/people").await.expect(200).items()[0]["id"].as_str().unwrap().to_owned();
        page.open_tokens().await;
        page.open_dialog("Edit: of a program", "Edit of a program").await;
        page.pick("Owner", &otto).await;
        page.assert_accessible("edit, with an owner").await;
        page.click("Save").await;
        page.see_notice("Saved").await;
        page.wait("probe.cell('of a program', 'name').includes('Owner: Otto Operator')").await;
        page.open_token("of a program").await;
        page.see("Owner: none → Otto Operator").await;
        assert_eq!(page.fact("Owner").await, "Otto Operator");

        page.click("Otto Operator").await;
        page.see_rows(&["of a program".to_owned()]).await;
        page.see("Owned by Otto Operator.").await;
        page.reload().await;
        page.see_rows(&["of a program".to_owned()]).await;
        assert_eq!(page.address().await, format!("#/tokens?owner={otto}"));
    })
    .await;
    let path = format!("/people/{}/bar", manager.get("/people").await.items()[0]["id"].as_str().unwrap());
    manager.post(&path, &json!({})).await.expect(200);
    as_person(&stack, "Vera Viewer", async |page| {
        page.open_tokens().await;
        page.filter("attention", "ownerCannotSignIn").await;
        page.see_rows(&["of a program".to_owned()]).await;
        page.reload().await;
        page.see_rows(&["of a program".to_owned()]).await;
        assert_eq!(page.address().await, "#/tokens?ownerCannotSignIn=true");
        page.filter("attention", "UNUSED").await;
        page.see("No token matches these filters.").await;
    })
    .await;
}
