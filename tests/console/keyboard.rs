//! The console works by keyboard alone.

use thirtyfour::Key;

use crate::support::{Browser, Page, Receiver, TestStack, in_browser, plain, renewing};

impl Page {
    pub(crate) async fn focused(&self) -> String {
        self.eval("probe.focused()").await
    }

    /// Presses Tab until the element with this name has the focus, which must be visible.
    pub(crate) async fn tab_to(&self, name: &str) {
        let mut passed = Vec::new();
        loop {
            let focused = self.focused().await;
            if focused == name {
                break;
            }
            passed.push(focused);
            assert!(passed.len() < 80, "{name} cannot be reached by Tab: {passed:?}");
            self.key(Key::Tab).await;
        }
        let outline = "getComputedStyle(document.activeElement).outlineStyle !== 'none'";
        assert!(self.eval::<bool>(outline).await, "the focus on {name} is invisible");
    }
}

#[tokio::test]
async fn token_can_be_created_and_deactivated_by_keyboard() {
    let stack = TestStack::start().await;
    stack.manager().created(&plain("partner")).await;
    in_browser(&stack, Browser::default(), async |page| {
        page.see("Sign in to Keyturn").await;
        // The first way to sign in has the focus initially.
        assert_eq!(page.focused().await, "Sign in with the local identity provider");
        page.tab_to("Management token").await;
        page.type_text(stack.management_token()).await;
        page.key(Key::Enter).await;
        page.see("Sign out").await;
        page.wait_until_idle().await;
        page.tab_to("Tokens").await;
        page.key(Key::Enter).await;
        page.see("Every status").await;
        page.wait_until_idle().await;

        page.tab_to("Create token").await;
        page.key(Key::Enter).await;
        page.dialog("Create personal access token").await;
        page.key(Key::Escape).await;
        page.no_dialog().await;
        assert_eq!(page.focused().await, "Create token", "the focus returns");
        page.key(Key::Enter).await;

        page.dialog("Create personal access token").await;
        assert_eq!(page.focused().await, "Name", "the first field has the focus initially");
        page.type_text("by keyboard").await;
        page.tab_to("Read").await;
        page.key(Key::Right).await;
        page.tab_to("Applications Choose …").await;
        page.key(Key::Enter).await;
        page.key(Key::Down).await;
        page.key(Key::Down).await;
        page.key(Key::Space).await;
        page.key(Key::Escape).await;
        // Escape closes the drop-down, not the dialog.
        assert_eq!(page.focused().await, "Applications CUSTOMERS");
        page.tab_to("Create").await;
        page.key(Key::Enter).await;
        page.dialog("Token created").await;
        // Escape does not close a dialog that shows a secret only once.
        page.key(Key::Escape).await;
        assert!(page.sees("Token string").await);
        page.tab_to("Done").await;
        page.key(Key::Enter).await;
        page.see("Activities").await;
        page.wait_until_idle().await;
        assert_eq!(page.fact("Rights").await, "Read and write");

        page.tab_to("Deactivate").await;
        page.key(Key::Enter).await;
        page.see("This cannot be undone").await;
        assert_eq!(page.focused().await, "Type the name to confirm: by keyboard");
        let described = "document.getElementById(document.querySelector('dialog').getAttribute('aria-describedby')).innerText";
        assert!(page.eval::<String>(described).await.starts_with("This cannot be undone"));
        page.type_text("by keyboard").await;
        page.key(Key::Enter).await;
        page.no_dialog().await;
        page.wait("document.querySelector('.summary .status').textContent === 'Deactivated'").await;
        assert_eq!(page.focused().await, "by keyboard", "without the button, the heading has the focus");
    })
    .await;
}

#[tokio::test]
async fn focus_stays_inside_a_dialog_and_returns_to_its_row() {
    let stack = TestStack::start().await;
    stack.manager().created(&plain("partner")).await;
    in_browser(&stack, Browser::default(), async |page| {
        page.sign_in(stack.management_token()).await;
        page.tab_to("Edit: partner").await;
        page.key(Key::Enter).await;
        page.dialog("Edit partner").await;
        for _ in 0..15 {
            page.key(Key::Tab).await;
            let inside = "(() => { const at = document.activeElement;
                return at === document.body || document.querySelector('dialog').contains(at); })()";
            assert!(page.eval::<bool>(inside).await, "{}", page.focused().await);
        }
        page.fill("Description", "edited").await;
        page.close("Save").await;
        page.see("edited").await;
        assert_eq!(page.focused().await, "Edit: partner");
    })
    .await;
}

#[tokio::test]
async fn focus_returns_to_a_page_that_was_redrawn_behind_a_dialog() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    stack.manager().created(&renewing("partner", &receiver)).await;
    in_browser(&stack, Browser::default(), async |page| {
        page.sign_in(stack.management_token()).await;
        page.open_token("partner").await;
        page.run("probe.button('Send test callback').beforeRedraw = true;").await;
        page.tab_to("Send test callback").await;
        page.key(Key::Enter).await;
        page.dialog("Test callback of partner").await;
        page.wait("!document.querySelector('.action-test').beforeRedraw").await;
        page.key(Key::Escape).await;
        page.no_dialog().await;
        assert_eq!(page.focused().await, "Send test callback");
    })
    .await;
}
