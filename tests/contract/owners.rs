//! Owners: the person who created a token, or who was named since; and tokens whose owner is gone.

use serde_json::{Value, json};

use crate::support::{
    ApiClient, Browser, DAY, List, TestProvider, TestStack, UNKNOWN_ID, ids, plain, renewal, token,
};

/// Somebody of a stack's own provider, signed in a moment ago: the console's requests, and the owner that they are.
async fn signed_in(stack: &TestStack, provider: &str, subject: &str) -> (ApiClient, Value) {
    let browser = Browser::new(stack);
    assert_eq!(browser.sign_in(provider, subject).await, "/console");
    let console = browser.console();
    let session = console.post("/console/refresh", &json!({})).await.expect(200).body;
    let person = &session["person"];
    (console, json!({"id": person["id"], "name": person["name"]}))
}

fn tokens(client: &ApiClient) -> List {
    List::new(client, "/apiAccessTokens")
}

#[tokio::test]
async fn who_creates_a_token_owns_it_and_its_successors() {
    let stack = TestStack::start().await;
    let (manager, (otto, owner)) = (stack.manager(), signed_in(&stack, "local", "otto").await);
    let created = otto.created(&plain()).await;
    assert_eq!(created.body["owner"], owner);
    assert_eq!(manager.token(&created.id()).await.body["owner"], owner);
    let listed = manager.get("/apiAccessTokens?size=1").await.expect(200);
    assert_eq!(listed.items()[0]["owner"], owner);

    let end = stack.after(DAY).await;
    let successor = manager.renew(&created.id(), &renewal(end)).await.expect(201);
    assert_eq!(successor.body["owner"], owner, "whoever renews it");
    assert_eq!(manager.created(&plain()).await.body["owner"], Value::Null, "a program is no owner");
}

#[tokio::test]
async fn an_operator_changes_the_owner_and_the_history_names_both() {
    let stack = TestStack::start().await;
    let (manager, (otto, me)) = (stack.manager(), signed_in(&stack, "local", "otto").await);
    let ada = signed_in(&stack, "local", "ada").await.1;
    let id = manager.created(&plain()).await.id();
    let (mut before, mut version) = (Value::Null, 1);
    for after in [&me, &ada, &Value::Null] {
        let edited = otto.edit(&id, &json!({"owner": after["id"]})).await.expect(200);
        version += 1;
        assert_eq!((&edited.body["owner"], &edited.body["version"]), (after, &json!(version)));
        let activities = manager.activities(&id).await.expect(200);
        let activity = &activities.items()[0];
        assert_eq!((&activity["action"], &activity["fields"]), (&json!("UPDATED"), &json!(["owner"])));
        assert_eq!((&activity["previousOwner"], &activity["newOwner"]), (&before, after));
        assert_eq!(activity["actor"]["person"]["id"], me["id"]);
        before = after.clone();
    }
    otto.edit(&id, &json!({"owner": null})).await.expect(200);
    let both = json!({"owner": me["id"], "description": "mine"});
    otto.edit(&id, &both).await.expect(200);
    let same = otto.edit(&id, &both).await.expect(200);
    assert_eq!(same.body["version"], version + 1, "the same owner again changes nothing");

    stack.sweep().await;
    let events = stack.events_of(&id, "Token Updated").await;
    let owners: Vec<_> =
        events.iter().map(|event| (&event["previousOwnerId"], &event["newOwnerId"])).collect();
    for change in [(&Value::Null, &me["id"]), (&me["id"], &ada["id"]), (&ada["id"], &Value::Null)] {
        assert!(owners.contains(&change), "{change:?}: {owners:?}");
    }
    assert!(!json!(events).to_string().contains("Otto"), "names are personal data");
}

#[tokio::test]
async fn only_people_of_the_company_own_its_tokens_and_only_who_may_edit_names_them() {
    let stack = TestStack::on_disk().await;
    let (manager, (otto, me)) = (stack.manager(), signed_in(&stack, "local", "otto").await);
    let vera = signed_in(&stack, "local", "vera").await.0;
    let (ordinary, management) = (
        manager.created(&plain()).await.id(),
        manager.created(&token("READ", "API_ACCESS_TOKENS")).await.id(),
    );
    let mine = json!({"owner": me["id"]});
    vera.edit(&ordinary, &mine).await.assert_error(403, "ROLE_MISSING");
    otto.edit(&management, &mine).await.assert_error(403, "ROLE_MISSING");
    for owner in
        [json!(UNKNOWN_ID), json!(""), json!("Otto Operator"), json!("otto@example.com"), json!(7), json!({})]
    {
        otto.edit(&ordinary, &json!({"owner": owner, "name": "x"})).await.assert_invalid(&["name", "owner"]);
    }
    let elsewhere = stack.add_company("elsewhere").await;
    let theirs = elsewhere.created(&plain()).await.id();
    elsewhere.edit(&theirs, &mine).await.assert_invalid(&["owner"]);
    otto.edit(&theirs, &mine).await.assert_error(404, "NOT_FOUND");
    assert_eq!(manager.token(&ordinary).await.body["version"], 1);
    manager.edit(&management, &mine).await.expect(200);
    // Owning a token gives no rights.
    otto.edit(&management, &json!({"description": "x"})).await.assert_error(403, "ROLE_MISSING");
}

#[tokio::test]
async fn the_list_finds_the_tokens_of_an_owner() {
    let stack = TestStack::start().await;
    let (manager, (otto, owner)) = (stack.manager(), signed_in(&stack, "local", "otto").await);
    let ada = signed_in(&stack, "local", "ada").await.0;
    let mut expected = Vec::new();
    for number in 0..9 {
        let own = otto.created(&plain()).await.id();
        ada.created(&plain()).await;
        manager.created(&plain()).await;
        if number % 3 == 0 {
            manager.deactivate(&own).await.expect(200);
        }
        expected.insert(0, own);
    }
    let list = tokens(&manager).only("owner", owner["id"].as_str().unwrap());
    list.assert_pages(&expected).await;
    assert_eq!(list.only("status", "DEACTIVATED").ids().await.len(), 3);
    assert_eq!(list.only("status", "ACTIVE").ids().await.len(), 6);
    assert!(tokens(&manager).only("owner", UNKNOWN_ID).ids().await.is_empty());
    tokens(&manager).assert_refused("owner", &["", "otto", "Otto Operator"]).await;
    tokens(&manager).assert_refused("ownerCannotSignIn", &["", "yes", "TRUE"]).await;
}

#[tokio::test]
async fn the_list_finds_tokens_whose_owner_is_gone() {
    let stack = TestStack::on_disk().await;
    let provider = TestProvider::start(&stack, "corp").await;
    let manager = stack.manager();
    let (otto, otto_id) = signed_in(&stack, "corp", "otto").await;
    let (ada, ada_id) = signed_in(&stack, "corp", "ada").await;
    let [of_otto, of_ada] = [otto.created(&plain()).await.id(), ada.created(&plain()).await.id()];
    manager.created(&plain()).await;
    let orphaned = async || {
        let found = tokens(&manager).only("ownerCannotSignIn", "true");
        let overview = manager.get("/apiAccessTokens?ownerCannotSignIn=false&size=100").await.expect(200);
        assert_eq!(overview.items().len(), 4, "no filter");
        found.ids().await
    };
    let act = async |id: &Value, action: &str| {
        let path = format!("/people/{}/{action}", id["id"].as_str().unwrap());
        manager.post(&path, &json!({})).await.expect(200);
    };
    otto.post("/console/sign-out", &json!({})).await.expect(204);
    assert!(orphaned().await.is_empty(), "signing out is not leaving");

    provider.provider.set_roles("otto", &[]);
    let browser = Browser::new(&stack);
    assert_eq!(browser.sign_in("corp", "otto").await, "/console?signIn=NO_ROLE");
    assert_eq!(orphaned().await, [of_otto.as_str()]);
    act(&ada_id, "bar").await;
    assert_eq!(orphaned().await, [of_ada.as_str(), &of_otto]);
    let of_one = format!("/apiAccessTokens?ownerCannotSignIn=true&owner={}", ada_id["id"].as_str().unwrap());
    assert_eq!(ids(manager.get(&of_one).await.expect(200).items()), [of_ada.as_str()]);
    act(&ada_id, "readmit").await;
    assert_eq!(orphaned().await, [of_otto.as_str()]);

    provider.provider.set_roles("otto", &["keyturn-viewer"]);
    assert_eq!(browser.sign_in("corp", "otto").await, "/console");
    assert!(orphaned().await.is_empty(), "somebody gave him a role again");
    act(&otto_id, "bar").await;
    manager.edit(&of_otto, &json!({"owner": ada_id["id"]})).await.expect(200);
    assert!(orphaned().await.is_empty(), "somebody else answers for it");
}
