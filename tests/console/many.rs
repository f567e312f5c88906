//! Several tokens at once: selection, mass renewal, and the file of what is shown.

use serde_json::json;

use crate::support::{HOUR, Receiver, TestStack, plain, renewing, signed_in};

#[tokio::test]
async fn selected_tokens_are_deactivated_with_a_confirmation() {
    let stack = TestStack::start().await;
    for number in 1..=5 {
        stack.manager().created(&plain(&format!("token {number}"))).await;
    }
    signed_in(&stack, async |page| {
        for number in [1, 2, 4] {
            page.check(&format!("Select token {number}")).await;
        }
        page.see("3 selected").await;
        page.open_dialog("Deactivate", "Deactivate").await;
        page.see("3 tokens are deactivated. This cannot be undone.").await;
        assert!(page.eval::<bool>("probe.button('Deactivate').disabled").await);
        page.fill("Type the number of tokens to confirm: 3", "3").await;
        page.close("Deactivate").await;
        page.see_notice("Done: 3").await;
        page.wait_until_idle().await;
        page.filter("status", "DEACTIVATED").await;
        page.see_rows(&["token 4", "token 2", "token 1"].map(str::to_owned)).await;
        assert!(!page.sees("selected").await);
    })
    .await;
}

#[tokio::test]
async fn selected_renewals_are_started_where_that_is_possible() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    stack.manager().created(&plain("lasting")).await;
    for number in 1..=2 {
        stack.manager().created(&renewing(&format!("partner {number}"), &receiver)).await;
    }
    signed_in(&stack, async |page| {
        page.check("Select all on this page").await;
        page.see("4 selected").await;
        page.open_dialog("Start renewal now", "Start renewal now").await;
        page.see("The renewal of 2 tokens becomes due now.").await;
        page.see("For 2 of the selected tokens this is not possible.").await;
        page.close("Start renewal now").await;
        page.see_notice("Done: 2").await;
    })
    .await;
    stack.sweep().await;
    assert_eq!(receiver.received().len(), 2);
}

#[tokio::test]
async fn mass_renewal_shows_its_progress_and_who_has_not_redeemed() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let manager = stack.manager();
    for number in 1..=4 {
        manager.created(&renewing(&format!("partner {number}"), &receiver)).await;
    }
    manager.created(&plain("partner without renewal")).await;
    signed_in(&stack, async |page| {
        page.click("Overview").await;
        page.open_dialog("Renew many …", "Renew many tokens").await;
        page.fill("Name contains", "partner").await;
        page.fill("Spread over x hours", "900").await;
        page.click("Check").await;
        assert_eq!(page.field_error("Spread over x hours").await, "Spread over x hours must be 1 to 168.");
        page.fill("Spread over x hours", "1").await;
        page.click("Check").await;
        page.see("4 renewals are started within 1 h.").await;
        page.see("partner without renewal").await;
        page.click("Start").await;
        page.see("0 of 0 started").await;
        stack.advance(60).await;
        page.see("1 of 4 started").await;
        page.see("partner 1").await;
        page.click("Pause").await;
        page.see("Paused.").await;
        page.click("Resume").await;
        page.see("The renewals are being started.").await;
        stack.advance(HOUR).await;
        page.see("4 of 4 started").await;
        page.see("All renewals are started.").await;
        for callback in receiver.received() {
            manager.redeem(&callback.request_token()).await;
        }
        page.wait("!probe.sees('partner 1')").await;
        let value =
            "document.querySelector('progress').value === 4 && document.querySelector('progress').max === 4";
        assert!(page.eval::<bool>(value).await);
        // The address keeps it.
        page.reload().await;
        page.see("4 of 4 started").await;
        page.close("Close").await;
    })
    .await;
}

#[tokio::test]
async fn what_is_shown_is_saved_as_csv_without_formulas() {
    let stack = TestStack::start().await;
    let mut token = plain("=1+1, \"quoted\"");
    token["description"] = json!("two\nlines");
    stack.manager().created(&token).await;
    signed_in(&stack, async |page| {
        page.run(
            "const create = URL.createObjectURL;
            URL.createObjectURL = (blob) => { window.saved = blob.text(); return create.call(URL, blob); };",
        )
        .await;
        page.click("Save what is shown as CSV").await;
        let text = page.run_async("const done = arguments[0]; window.saved.then(done);").await;
        let text = text.as_str().unwrap();
        let lines: Vec<_> = text.trim_start_matches('\u{feff}').split("\r\n").collect();
        assert!(lines[0].starts_with("id,name,description,status,"), "{text}");
        assert!(lines[1].contains(",\"'=1+1, \"\"quoted\"\"\",\"two\nlines\",ACTIVE,"), "{text}");
        assert_eq!((lines.len(), lines[3]), (4, ""), "{text}");
    })
    .await;
}

#[tokio::test]
async fn filter_by_attention_stands_in_the_address() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    manager.created(&plain("old")).await;
    stack.advance(100 * 24 * HOUR).await;
    manager.created(&plain("new")).await;
    signed_in(&stack, async |page| {
        page.filter("attention", "UNUSED").await;
        page.see_rows(&["old".to_owned()]).await;
        assert!(page.eval::<String>("location.hash").await.contains("attention=UNUSED"));
        page.reload().await;
        page.see_rows(&["old".to_owned()]).await;
        page.filter("attention", "EXPIRING").await;
        page.see("No token matches these filters.").await;
    })
    .await;
}
