//! Two companies, and the catalogue that they share.

use serde_json::json;
use tempfile::TempDir;

use super::{fill, named, tokens};
use crate::support::{List, Options, TestStack, ids};

#[tokio::test]
async fn a_company_sees_its_own_tokens_only() {
    let folder = TempDir::new().unwrap();
    let stack = TestStack::start_with(Options { data_dir: Some(folder.path()), ..Options::default() }).await;
    let (ours, theirs) = (stack.manager(), stack.found(folder.path(), "other").await);
    // In turn, so that their ids stand between ours.
    let mut all = [fill(&ours, 0).await, fill(&theirs, 0).await];
    for number in 0..24 {
        for (company, caller) in [&ours, &theirs].into_iter().enumerate() {
            all[company].insert(0, caller.created(&named(&format!("shared name {number}"))).await.id());
        }
    }
    for (company, caller) in [&ours, &theirs].into_iter().enumerate() {
        tokens(caller).assert_pages(&all[company]).await;
        tokens(caller).only("search", "shared").assert_pages(&all[company][..24]).await;
        tokens(caller)
            .only("status", "ACTIVE")
            .only("application", "ORDERS")
            .assert_pages(&all[company][..24])
            .await;
    }
    let after_theirs = ids(&tokens(&ours).items(&[("startingAfter", &all[1][3]), ("size", "3")]).await);
    assert_eq!(after_theirs, all[0][3..6], "a foreign id is a place like any other");
}

#[tokio::test]
async fn the_catalogue_is_the_deployment_s() {
    let stack = TestStack::start().await;
    let applications = stack.manager().get("/applications").await;
    assert_eq!(applications.status, 200);
    let expected = ["API_ACCESS_TOKENS", "CUSTOMERS", "ORDERS", "PRODUCTS", "INVOICES", "REPORTS"];
    assert_eq!(applications.body, json!({"items": expected}));
    List::new(&stack.manager(), "/applications").assert_refused("colour", &["red"]).await;

    let parameters = [("KEYTURN_APPLICATIONS", "BOOKS, MAPS")];
    let stack = TestStack::start_with(Options { parameters: &parameters, ..Options::default() }).await;
    let manager = stack.manager();
    let applications = manager.get("/applications").await.body["items"].clone();
    assert_eq!(applications, json!(["API_ACCESS_TOKENS", "BOOKS", "MAPS"]));
    let token = json!({"name": "n", "rights": "READ", "applications": applications});
    let reader = stack.caller(&manager.created(&token).await.text("token"));
    assert_eq!(reader.get("/applications").await.body["items"], applications, "reading is enough");
}
