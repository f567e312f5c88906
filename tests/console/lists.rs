//! The list: what its colours mean, how it is searched and paged.

use serde_json::json;

use crate::support::{DAY, HOUR, Page, Receiver, Reply, TestStack, in_browser, plain, renewing};

const BADGE: &str = "probe.row(arguments[0]).querySelector('.age')";
const ROW: &str = "probe.row(arguments[0])";

#[tokio::test]
async fn tokens_turn_orange_after_six_months_and_red_after_a_year() {
    let stack = TestStack::start().await;
    stack.manager().created(&plain("ageing")).await;
    in_browser(&stack, async |page| {
        let ground = async || page.ground(BADGE, json!(["ageing"])).await;
        page.settle().await;
        assert!(!ground().await.is_orange() && !ground().await.is_red());

        for (scheme, months) in [("light", 7), ("dark", 13)] {
            page.prefer(scheme).await;
            let days = months * 365 / 12;
            let passed =
                stack.manager().get("/apiAccessTokens?search=ageing").await.body["items"][0]["ageInDays"]
                    .as_i64();
            stack.advance((days - passed.unwrap()) * DAY).await;
            page.press("Refresh the list").await;
            page.wait("probe.cell('ageing', 'age')?.startsWith(arguments[0])", json!([days.to_string()]))
                .await;
            let age = page.cell("ageing", "age").await;
            for other in ["light", "dark"] {
                page.prefer(other).await;
                let colour = ground().await;
                let (is_right, words) = match months {
                    7 => (colour.is_orange(), "older than 6 months"),
                    _ => (colour.is_red(), "older than 1 year"),
                };
                assert!(is_right, "{months} months, {other}: {colour:?}");
                assert!(age.contains(words), "{age}");
                assert!(
                    page.value::<bool>(&format!("{BADGE}.querySelector('svg') !== null"), json!(["ageing"]))
                        .await
                );
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_expired_row_is_red_and_says_so() {
    let stack = TestStack::start().await;
    let mut token = plain("short-lived");
    token["expiresAt"] = json!((stack.now().await + chrono::TimeDelta::days(3)).to_rfc3339());
    stack.manager().created(&token).await;
    in_browser(&stack, async |page| {
        page.settle().await;
        assert!(!page.ground(ROW, json!(["short-lived"])).await.is_red());
        stack.advance(3 * DAY).await;
        page.press("Refresh the list").await;
        page.wait("probe.cell('short-lived', 'status') === 'Expired'", json!([])).await;
        for scheme in ["light", "dark"] {
            page.prefer(scheme).await;
            assert!(page.ground(ROW, json!(["short-lived"])).await.is_red(), "{scheme}");
        }
        // On a phone the row is a card, and red too.
        page.resize(360, 780).await;
        assert!(page.ground(ROW, json!(["short-lived"])).await.is_red());
        assert_eq!(page.buttons_of("short-lived").await, ["Edit: short-lived"]);
    })
    .await;
}

#[tokio::test]
async fn a_pending_renewal_shows_its_deadline_and_a_failing_callback() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    receiver.always(Reply::Status(500));
    stack.manager().created(&renewing("partner", &receiver)).await;
    in_browser(&stack, async |page| {
        assert!(page.cell("partner", "renewal").await.ends_with("every 30 days"));
        stack.advance(30 * DAY).await;
        page.press("Refresh the list").await;
        page.see("Callback failing").await;
        let cell = page.cell("partner", "renewal").await;
        assert!(cell.starts_with("Pending, attempt 1\nredeem by "), "{cell}");
        let token = stack.manager().get("/apiAccessTokens?search=partner").await.body["items"][0].clone();
        let deadline: String =
            page.value("probe.row('partner').querySelector('.col-renewal time').dateTime", json!([])).await;
        assert_eq!(token["pendingRenewal"]["redeemBy"], json!(deadline));

        stack.advance(2 * HOUR).await;
        page.press("Refresh the list").await;
        page.see("Attempt 1 not redeemed").await;
        assert!(page.cell("partner", "renewal").await.contains("next callback "));
    })
    .await;
}

#[tokio::test]
async fn the_list_is_searched_filtered_sorted_and_paged() {
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
    in_browser(&stack, async |page| {
        let names = |numbers: Vec<i32>| numbers.iter().map(|n| format!("token {n:02}")).collect::<Vec<_>>();
        assert_eq!(page.rows().await, names((36..=60).rev().collect()));
        assert!(!page.has_button("Previous").await);
        page.press("Next").await;
        shows(page, &names((11..=35).rev().collect())).await;
        page.press("Next").await;
        page.wait("probe.rows().length === 11", json!([])).await;
        assert!(!page.has_button("Next").await);
        page.press("Previous").await;
        shows(page, &names((11..=35).rev().collect())).await;

        // The way to a token and back leads to the same place; so does a reload.
        page.press("token 20").await;
        page.see("Activities").await;
        page.press("Personal access tokens").await;
        shows(page, &names((11..=35).rev().collect())).await;
        page.reload().await;
        shows(page, &names((11..=35).rev().collect())).await;

        page.fill("Search by name", "TOKEN 4").await;
        shows(page, &names((40..=49).rev().collect())).await;
        page.choose("status", "DEACTIVATED").await;
        shows(page, &names(vec![40])).await;
        page.fill("Search by name", "no such name").await;
        page.see("No token matches these filters.").await;
        page.press("Clear the filters").await;
        page.choose("application", "REPORTS").await;
        page.choose("sort", "ASC").await;
        shows(page, &names(vec![10, 20, 30, 40, 50, 60])).await;
    })
    .await;
}

async fn shows(page: &Page, names: &[String]) {
    page.wait("JSON.stringify(probe.rows()) === JSON.stringify(arguments[0])", json!([names])).await;
}
