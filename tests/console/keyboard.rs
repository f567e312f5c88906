//! Everything without a mouse.

use serde_json::json;
use thirtyfour::Key;

use crate::support::{Browser, Page, Receiver, TestStack, in_browser_with, plain, renewing};

/// What has the focus, by the name that a listener hears: that of its labels, or its own.
const FOCUSED: &str = "(() => {
    const at = document.activeElement;
    if (at === document.body) return 'nothing';
    const labels = at.getAttribute('aria-labelledby')?.split(' ').map((id) => document.getElementById(id));
    const named = (labels ?? [...at.labels ?? []]).map((label) => label.textContent.replace(/ \\*$/, '')).join(' ');
    return named || (at.getAttribute('aria-label') ?? at.textContent).trim();
})()";

impl Page {
    async fn focused(&self) -> String {
        self.value(FOCUSED, json!([])).await
    }

    /// Presses Tab until something with this name has the focus, which must be visible.
    async fn tab_to(&self, name: &str) {
        let mut passed = Vec::new();
        loop {
            let focused = self.focused().await;
            if focused == name {
                break;
            }
            passed.push(focused);
            assert!(passed.len() < 80, "{name} can't be reached by Tab: {passed:?}");
            self.key(Key::Tab).await;
        }
        let outline = "getComputedStyle(document.activeElement).outlineStyle !== 'none'";
        assert!(self.value::<bool>(outline, json!([])).await, "the focus on {name} is not to be seen");
    }
}

#[tokio::test]
async fn a_token_is_created_and_deactivated_by_keyboard_alone() {
    let stack = TestStack::start().await;
    stack.manager().created(&plain("partner")).await;
    in_browser_with(&stack, Browser::default(), async |page| {
        // The field has the focus from the start.
        page.type_text(stack.management_token()).await;
        page.key(Key::Enter).await;
        page.see("Sign out").await;
        page.settle().await;

        page.tab_to("Create token").await;
        page.key(Key::Enter).await;
        page.dialog("Create personal access token").await;
        page.key(Key::Escape).await;
        page.no_dialog().await;
        assert_eq!(page.focused().await, "Create token", "the focus comes back");
        page.key(Key::Enter).await;

        page.dialog("Create personal access token").await;
        assert_eq!(page.focused().await, "Name", "the first field has the focus from the start");
        page.type_text("by keyboard").await;
        page.tab_to("Read").await;
        page.key(Key::Right).await;
        page.tab_to("Applications Choose …").await;
        page.key(Key::Enter).await;
        page.key(Key::Down).await;
        page.key(Key::Down).await;
        page.key(Key::Space).await;
        page.key(Key::Escape).await;
        assert_eq!(
            page.focused().await,
            "Applications CUSTOMERS",
            "Escape closes the drop-down, not the dialog"
        );
        page.tab_to("Create").await;
        page.key(Key::Enter).await;
        page.dialog("Token created").await;
        // What can't be shown again is not lost to a key pressed by habit.
        page.key(Key::Escape).await;
        assert!(page.sees("Token string").await);
        page.tab_to("Done").await;
        page.key(Key::Enter).await;
        page.see("Activities").await;
        page.settle().await;
        assert_eq!(page.fact("Rights").await, "Read and write");

        page.tab_to("Deactivate").await;
        page.key(Key::Enter).await;
        page.see("This cannot be undone").await;
        assert_eq!(page.focused().await, "Type the name to confirm: by keyboard");
        let described = "document.getElementById(document.querySelector('dialog').getAttribute('aria-describedby')).innerText";
        assert!(page.value::<String>(described, json!([])).await.starts_with("This cannot be undone"));
        page.type_text("by keyboard").await;
        page.key(Key::Enter).await;
        page.no_dialog().await;
        page.wait("document.querySelector('.signs .status').textContent === 'Deactivated'", json!([])).await;
        assert_eq!(page.focused().await, "by keyboard", "the button is gone, the heading is not");
    })
    .await;
}

#[tokio::test]
async fn the_focus_stays_inside_a_dialog_and_comes_back_to_its_row() {
    let stack = TestStack::start().await;
    stack.manager().created(&plain("partner")).await;
    in_browser_with(&stack, Browser::default(), async |page| {
        page.sign_in(stack.management_token()).await;
        page.tab_to("Edit: partner").await;
        page.key(Key::Enter).await;
        page.dialog("Edit partner").await;
        for _ in 0..15 {
            page.key(Key::Tab).await;
            let inside = "(() => { const at = document.activeElement;
                return at === document.body || document.querySelector('dialog').contains(at); })()";
            assert!(page.value::<bool>(inside, json!([])).await, "{}", page.focused().await);
        }
        page.fill("Description", "edited").await;
        page.press("Save").await;
        page.no_dialog().await;
        page.see("edited").await;
        assert_eq!(page.focused().await, "Edit: partner");
    })
    .await;
}

#[tokio::test]
async fn the_focus_comes_back_to_a_page_that_was_drawn_anew_behind_a_dialog() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    stack.manager().created(&renewing("partner", &receiver)).await;
    in_browser_with(&stack, Browser::default(), async |page| {
        page.sign_in(stack.management_token()).await;
        page.press("partner").await;
        page.see("Activities").await;
        page.settle().await;
        page.value::<bool>("(probe.button('Send test callback').first = true)", json!([])).await;
        page.tab_to("Send test callback").await;
        page.key(Key::Enter).await;
        page.dialog("Test callback of partner").await;
        let drawn = "document.querySelector('.act-test').first !== true";
        page.wait(drawn, json!([])).await;
        page.key(Key::Escape).await;
        page.no_dialog().await;
        assert_eq!(page.focused().await, "Send test callback");
    })
    .await;
}
