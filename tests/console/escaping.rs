//! Untrusted text is never interpreted as markup, in the console and in mails. The content security policy backs this up.

use serde_json::json;

use crate::support::{DAY, MARKUP, Receiver, TestStack, renewing, signed_in};

/// All tests rely on this: a policy violation alone fails a test.
#[tokio::test]
#[should_panic(expected = "policy: style-src-attr inline")]
async fn policy_violation_fails_a_test() {
    let stack = TestStack::start().await;
    signed_in(&stack, async |page| {
        page.run("document.body.setAttribute('style', 'color: red');").await;
    })
    .await;
}

#[tokio::test]
async fn markup_in_names_is_shown_as_text() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let mut token = renewing(MARKUP, &receiver);
    token["description"] = json!("<script>alert(2)</script><b>bold</b>");
    let first = stack.manager().created(&token).await;
    stack.advance(30 * DAY).await;
    signed_in(&stack, async |page| {
        assert!(page.rows().await.contains(&MARKUP.to_owned()));
        page.see("<script>alert(2)</script><b>bold</b>").await;
        for action in ["Edit", "Renew", "Deactivate"] {
            page.cancel_action(&format!("{action}: {MARKUP}"), &format!("{action} {MARKUP}")).await;
        }
        page.open_token(MARKUP).await;
        for (action, title) in
            [("Rotate signing secret", "Rotate signing secret of"), ("Start renewal now", "Start renewal of")]
        {
            page.cancel_action(action, &format!("{title} {MARKUP}")).await;
        }
        page.open_dialog("Send test callback", &format!("Test callback of {MARKUP}")).await;
        page.click("Close").await;
        let title: String = page.eval("document.title").await;
        assert!(title.starts_with(MARKUP), "{title}");
        let elements: usize =
            page.eval("document.querySelectorAll('#app img, #app b, #app script').length").await;
        assert_eq!(elements, 0);

        // The renewal mail, parsed as a mail client would.
        let request_token =
            receiver.received().iter().find(|sent| sent.attempt() == 1).unwrap().request_token();
        assert_eq!(stack.client(&first.text("token")).redeem(&request_token).await.status, 200);
        stack.sweep().await;
        let mails = stack.mails().await;
        let html = mails.last().unwrap()["html"].as_str().unwrap();
        assert!(html.contains("&lt;img") || html.contains("&#60;img"), "{html}");
        page.open("/_local/mails").await;
        let parsed = "(() => {
            const mail = new DOMParser().parseFromString(arguments[0], 'text/html');
            return [mail.querySelectorAll('img, script, b').length, mail.body.textContent.includes(arguments[1])];
        })()";
        let parsed: (usize, bool) = page.eval_with(parsed, json!([html, MARKUP])).await;
        assert_eq!(parsed, (0, true), "{html}");
        let elements: usize = page.eval("document.querySelectorAll('img').length").await;
        assert_eq!(elements, 0);
    })
    .await;
}
