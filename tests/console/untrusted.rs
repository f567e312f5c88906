//! Whatever people and receivers write is shown as text, here and in mails; the policy of the page stands behind that.

use serde_json::json;

use crate::support::{DAY, MARKUP, Receiver, TestStack, in_browser, renewing};

/// The other tests rely on it: what the policy stops is found, also when nothing else goes wrong.
#[tokio::test]
#[should_panic(expected = "policy: style-src-attr inline")]
async fn what_the_policy_stops_fails_a_test() {
    let stack = TestStack::start().await;
    in_browser(&stack, async |page| {
        let style = "(() => { document.body.setAttribute('style', 'color: red'); return true; })()";
        let _: bool = page.value(style, json!([])).await;
    })
    .await;
}

#[tokio::test]
async fn markup_in_names_is_text_everywhere() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let mut token = renewing(MARKUP, &receiver);
    token["description"] = json!("<script>alert(2)</script><b>bold</b>");
    let first = stack.manager().created(&token).await;
    stack.advance(30 * DAY).await;
    in_browser(&stack, async |page| {
        assert!(page.rows().await.contains(&MARKUP.to_owned()));
        page.see("<script>alert(2)</script><b>bold</b>").await;
        for (action, title) in [("Edit", "Edit"), ("Renew", "Renew"), ("Deactivate", "Deactivate")] {
            page.press(&format!("{action}: {MARKUP}")).await;
            page.dialog(&format!("{title} {MARKUP}")).await;
            page.press("Cancel").await;
            page.no_dialog().await;
        }
        page.press(MARKUP).await;
        page.see("Activities").await;
        page.settle().await;
        for (action, title) in
            [("Rotate signing secret", "Rotate signing secret of"), ("Start renewal now", "Start renewal of")]
        {
            page.press(action).await;
            page.dialog(&format!("{title} {MARKUP}")).await;
            page.press("Cancel").await;
            page.no_dialog().await;
        }
        page.press("Send test callback").await;
        page.dialog(&format!("Test callback of {MARKUP}")).await;
        page.press("Close").await;
        let title: String = page.value("document.title", json!([])).await;
        assert!(title.starts_with(MARKUP), "{title}");
        let made: usize =
            page.value("document.querySelectorAll('#app img, #app b, #app script').length", json!([])).await;
        assert_eq!(made, 0);

        // The mail about the renewal, as a reader of mails would see it.
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
        let parsed: (usize, bool) = page.value(parsed, json!([html, MARKUP])).await;
        assert_eq!(parsed, (0, true), "{html}");
        let made: usize = page.value("document.querySelectorAll('img').length", json!([])).await;
        assert_eq!(made, 0);
    })
    .await;
}
