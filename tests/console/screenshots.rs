//! Screenshots for the documentation, and the same views in every size and colour scheme for review. Taken on demand:
//! `cargo xtask screenshots`

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::people::{as_person, sign_in};
use crate::support::{ApiClient, Browser, DAY, Page, Receiver, Reply, TestStack, in_browser, in_days};

/// Creates the tokens of a company in its second year, in every state.
async fn create_tokens(stack: &TestStack, receiver: &Receiver) {
    let manager = stack.manager();
    let token = |name: &str, description: &str, rights: &str, applications: &[&str]| json!({"name": name, "description": description, "rights": rights, "applications": applications});
    let renewing = |mut token: Value, days: u32, callback: bool| {
        token["autoRenewal"] = json!({"everyDays": days});
        if callback {
            token["autoRenewal"]["callback"] = json!({"url": receiver.url()});
        }
        token["renewalMailRecipient"] = json!("ops@example.com");
        token
    };
    let expiring = async |mut token: Value, days: i64| {
        token["expiresAt"] = in_days(stack, days).await;
        token
    };
    let create = async |token: Value| manager.created(&token).await;

    let bridge =
        token("Legacy ERP bridge", "Nightly export to the old ERP", "READ_WRITE", &["ORDERS", "INVOICES"]);
    create(bridge).await;
    create(expiring(token("Trade fair demo", "", "READ", &["PRODUCTS"]), 300).await).await;
    stack.advance(190 * DAY).await;
    let newsletter = token("Newsletter provider", "Segments for the weekly mailing", "READ", &["CUSTOMERS"]);
    create(renewing(newsletter, 330, false)).await;
    let agency = create(token("Former agency", "", "READ", &["REPORTS"])).await;
    stack.advance(120 * DAY).await;
    manager.deactivate(&agency.id()).await;
    let partner =
        token("Partner shop", "Price and stock feed of the partner shop", "READ", &["PRODUCTS", "ORDERS"]);
    let mut string = create(renewing(partner, 30, true)).await.text("token");
    for late in [0, DAY] {
        stack.advance(30 * DAY).await;
        stack.advance(late).await;
        string = redeemed(&stack.client(&string), receiver).await;
    }
    let warehouse = token("Data warehouse", "Hourly sync of the reports", "READ", &["REPORTS", "ORDERS"]);
    create(renewing(warehouse, 90, true)).await;
    create(expiring(token("Payment gateway", "", "READ_WRITE", &["INVOICES"]), 10).await).await;
    let scanner = token("Warehouse scanner", "", "READ_WRITE", &["ORDERS"]);
    create(renewing(scanner, 12, true)).await;
    receiver.always(Reply::Status(500));
    stack.advance(12 * DAY).await;
    create(token("Mobile app backend", "", "READ_WRITE", &["CUSTOMERS", "ORDERS"])).await;
    stack.advance(60).await;
    receiver.always(Reply::Status(204));
}

async fn redeemed(client: &ApiClient, receiver: &Receiver) -> String {
    client.redeem(&receiver.last().request_token()).await.text("token")
}

const DOCUMENTATION: &str = "../infra/docs/images";

const ALL: &str = "../target/screenshots";

fn folder(path: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

async fn save(page: &Page, path: &str, name: &str) {
    page.wait_until_idle().await;
    // Move the mouse away: a hovered element looks different.
    page.devtools("Input.dispatchMouseEvent", json!({"type": "mouseMoved", "x": 0, "y": 0})).await;
    let (_, format) = name.rsplit_once('.').unwrap();
    std::fs::write(folder(path).join(name), page.screenshot(format).await).unwrap();
}

/// Has somebody sign in, and gives some tokens to them.
async fn give_to_people(stack: &TestStack) {
    as_person(stack, "Otto Operator", async |_| {}).await;
    let manager = stack.manager();
    let people = manager.get("/people").await.expect(200);
    let otto = people.items().iter().find(|person| person["name"] == "Otto Operator").unwrap();
    for name in ["Partner shop", "Data warehouse", "Newsletter provider"] {
        for token in manager.get(&format!("/apiAccessTokens?search={name}&status=ACTIVE")).await.items() {
            manager.edit(token["id"].as_str().unwrap(), &json!({"owner": otto["id"]})).await.expect(200);
        }
    }
}

/// Takes each of the six views, in light and dark.
async fn capture_views(page: &Page, window: &str) {
    for view in ["people", "overview", "list", "token", "renew", "create"] {
        match view {
            "people" => page.click("People").await,
            "overview" => page.click("Overview").await,
            "list" => page.open_tokens().await,
            "token" => page.click("Partner shop").await,
            "renew" => page.click("Renew").await,
            _ => {
                page.click("Cancel").await;
                page.open_list().await;
                page.open_dialog("Create token", "Create personal access token").await;
            }
        }
        for scheme in ["light", "dark"] {
            page.prefer(scheme).await;
            save(page, ALL, &format!("{window}-{view}-{scheme}.png")).await;
        }
    }
    page.click("Cancel").await;
}

#[tokio::test]
#[ignore = "writes into the documentation"]
async fn screenshots_for_the_documentation() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    // She has not signed in since.
    as_person(&stack, "Vera Viewer", async |_| {}).await;
    create_tokens(&stack, &receiver).await;
    give_to_people(&stack).await;
    let browser = Browser { size: (1320, 1000), ..Browser::default() };
    in_browser(&stack, browser, async |page| {
        sign_in(page, "Ada Admin").await;
        page.see("Sign out").await;
        save(page, DOCUMENTATION, "console-overview.webp").await;
        page.open_tokens().await;
        save(page, DOCUMENTATION, "console-list.webp").await;
        page.resize(1320, 1120).await;
        page.open_token("Partner shop").await;
        page.prefer("dark").await;
        save(page, DOCUMENTATION, "console-token.webp").await;
        page.open_list().await;
        for (window, width, height) in [("wide", 1320, 1000), ("phone", 360, 780), ("tall", 360, 3600)] {
            page.resize(width, height).await;
            capture_views(page, window).await;
        }
    })
    .await;
}
