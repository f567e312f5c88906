//! Isolation between companies, and the catalogue of applications that they share.

use serde_json::json;

use super::{fill, named, tokens};
use crate::support::{List, Options, TestStack, With, ids, plain};

#[tokio::test]
async fn hides_the_tokens_of_another_company() {
    let stack = TestStack::on_disk().await;
    let (ours, theirs) = (stack.manager(), stack.add_company("other").await);
    // Alternately, so that their ids are between ours.
    let mut all = [fill(&ours, 0).await, fill(&theirs, 0).await];
    for number in 0..24 {
        for (company, client) in [&ours, &theirs].into_iter().enumerate() {
            all[company].insert(0, client.created(&named(&format!("shared name {number}"))).await.id());
        }
    }
    for (company, client) in [&ours, &theirs].into_iter().enumerate() {
        tokens(client).assert_pages(&all[company]).await;
        tokens(client).only("search", "shared").assert_pages(&all[company][..24]).await;
        let active = tokens(client).only("status", "ACTIVE").only("application", "ORDERS");
        active.assert_pages(&all[company][..24]).await;
    }
    let after_theirs = ids(&tokens(&ours).items(&[("startingAfter", &all[1][3]), ("size", "3")]).await);
    assert_eq!(after_theirs, all[0][3..6], "an id of theirs is a valid cursor");
}

#[tokio::test]
async fn returns_the_catalogue_of_the_deployment() {
    let stack = TestStack::start().await;
    let applications = stack.manager().get("/applications").await.expect(200);
    let expected = ["API_ACCESS_TOKENS", "CUSTOMERS", "ORDERS", "PRODUCTS", "INVOICES", "REPORTS"];
    assert_eq!(applications.body, json!({"items": expected}));
    List::new(&stack.manager(), "/applications").assert_refused("colour", &["red"]).await;

    let parameters = [("KEYTURN_APPLICATIONS", "BOOKS, MAPS")];
    let stack = TestStack::start_with(Options { parameters: &parameters, ..Options::default() }).await;
    let manager = stack.manager();
    let applications = manager.get("/applications").await.body["items"].clone();
    assert_eq!(applications, json!(["API_ACCESS_TOKENS", "BOOKS", "MAPS"]));
    let reader = stack.client_of(&manager.created(&plain().with("applications", &applications)).await);
    assert_eq!(reader.get("/applications").await.body["items"], applications, "READ is enough");
}
