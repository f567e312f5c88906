//! The list: colours, search, filters, sorting and paging.

use serde_json::json;

use crate::support::{
    DAY, HOUR, Receiver, Reply, TestStack, first_token, in_days, plain, renewing, signed_in,
};

const BADGE: &str = "probe.row(arguments[0]).querySelector('.age')";
const ROW: &str = "probe.row(arguments[0])";

#[tokio::test]
async fn age_is_orange_after_six_months_and_red_after_a_year() {
    let stack = TestStack::start().await;
    stack.manager().created(&plain("ageing")).await;
    signed_in(&stack, async |page| {
        let background = async || page.background(BADGE, json!(["ageing"])).await;
        page.wait_until_idle().await;
        assert!(!background().await.is_orange() && !background().await.is_red());

        for (scheme, months) in [("light", 7), ("dark", 13)] {
            page.prefer(scheme).await;
            let days = months * 365 / 12;
            let passed = first_token(&stack.manager(), "search=ageing").await["ageInDays"].as_i64();
            stack.advance((days - passed.unwrap()) * DAY).await;
            page.click("Refresh the list").await;
            let shown = "probe.cell('ageing', 'age')?.startsWith(arguments[0])";
            page.wait_with(shown, json!([days.to_string()])).await;
            let age = page.cell("ageing", "age").await;
            for other in ["light", "dark"] {
                page.prefer(other).await;
                let colour = background().await;
                let (matches, text) = match months {
                    7 => (colour.is_orange(), "older than 6 months"),
                    _ => (colour.is_red(), "older than 1 year"),
                };
                assert!(matches, "{months} months, {other}: {colour:?}");
                assert!(age.contains(text), "{age}");
                let has_icon = format!("{BADGE}.querySelector('svg') !== null");
                assert!(page.eval_with::<bool>(&has_icon, json!(["ageing"])).await);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn expired_row_is_red_and_labelled() {
    let stack = TestStack::start().await;
    let mut token = plain("short-lived");
    token["expiresAt"] = in_days(&stack, 3).await;
    stack.manager().created(&token).await;
    signed_in(&stack, async |page| {
        page.wait_until_idle().await;
        assert!(!page.background(ROW, json!(["short-lived"])).await.is_red());
        stack.advance(3 * DAY).await;
        page.click("Refresh the list").await;
        page.wait("probe.cell('short-lived', 'status') === 'Expired'").await;
        for scheme in ["light", "dark"] {
            page.prefer(scheme).await;
            assert!(page.background(ROW, json!(["short-lived"])).await.is_red(), "{scheme}");
        }
        // On a phone the row is a card, also red.
        page.resize(360, 780).await;
        assert!(page.background(ROW, json!(["short-lived"])).await.is_red());
        assert_eq!(page.row_buttons("short-lived").await, ["Edit: short-lived"]);
    })
    .await;
}

#[tokio::test]
async fn pending_renewal_shows_its_deadline_and_a_failing_callback() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    receiver.always(Reply::Status(500));
    stack.manager().created(&renewing("partner", &receiver)).await;
    signed_in(&stack, async |page| {
        assert!(page.cell("partner", "renewal").await.ends_with("every 30 days"));
        stack.advance(30 * DAY).await;
        page.click("Refresh the list").await;
        page.see("Callback failing").await;
        let cell = page.cell("partner", "renewal").await;
        assert!(cell.starts_with("Pending, attempt 1\nredeem by "), "{cell}");
        let token = first_token(&stack.manager(), "search=partner").await;
        let deadline: String =
            page.eval("probe.row('partner').querySelector('.col-renewal time').dateTime").await;
        assert_eq!(token["pendingRenewal"]["redeemBy"], json!(deadline));

        stack.advance(2 * HOUR).await;
        page.click("Refresh the list").await;
        page.see("Attempt 1 not redeemed").await;
        assert!(page.cell("partner", "renewal").await.contains("next callback "));
    })
    .await;
}

#[tokio::test]
async fn list_can_be_searched_filtered_sorted_and_paged() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    for number in 1..=60 {
        let mut token = plain(&format!("token {number:02}"));
        if number % 10 == 0 {
            token["applications"] = json!(["REPORTS"]);
        }
        let created = manager.created(&token).await;
        if number % 20 == 0 {
            manager.deactivate(&created.id()).await;
        }
    }
    signed_in(&stack, async |page| {
        let names = |numbers: Vec<i32>| numbers.iter().map(|n| format!("token {n:02}")).collect::<Vec<_>>();
        assert_eq!(page.rows().await, names((36..=60).rev().collect()));
        assert!(!page.has_button("Previous").await);
        page.click("Next").await;
        page.see_rows(&names((11..=35).rev().collect())).await;
        page.click("Next").await;
        page.wait("probe.rows().length === 11").await;
        assert!(!page.has_button("Next").await);
        page.click("Previous").await;
        page.see_rows(&names((11..=35).rev().collect())).await;

        // Filters and page survive a visit to a token, and a reload.
        page.open_token("token 20").await;
        page.open_list().await;
        page.see_rows(&names((11..=35).rev().collect())).await;
        page.reload().await;
        page.see_rows(&names((11..=35).rev().collect())).await;

        page.fill("Search by name", "TOKEN 4").await;
        page.see_rows(&names((40..=49).rev().collect())).await;
        page.filter("status", "DEACTIVATED").await;
        page.see_rows(&names(vec![40])).await;
        page.fill("Search by name", "no such name").await;
        page.see("No token matches these filters.").await;
        page.click("Clear the filters").await;
        page.filter("application", "REPORTS").await;
        page.filter("sort", "ASC").await;
        page.see_rows(&names(vec![10, 20, 30, 40, 50, 60])).await;
    })
    .await;
}

/// A request reads 2,000 entries of the list at most.
#[tokio::test]
async fn a_search_that_has_read_its_part_of_the_list_continues_on_request() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    manager.created(&plain("needle")).await;
    stack.write_older(&manager, 2_000).await;
    signed_in(&stack, async |page| {
        page.filter("sort", "ASC").await;
        page.fill("Search by name", "needle").await;
        page.see("Nothing found so far").await;
        page.see("All tokens that were created until").await;
        page.click("Continue the search").await;
        page.see_rows(&["needle".to_owned()]).await;
        assert!(!page.has_button("Next").await);

        // And back, to the begin of the list.
        page.click("Previous").await;
        page.see("All tokens that were created since").await;
        page.click("Continue the search").await;
        page.see("No token matches these filters.").await;
    })
    .await;
}
