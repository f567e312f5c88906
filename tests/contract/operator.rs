//! An operator tries every way to the string of a token that exists, and to a management token.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    ApiClient, Browser, DAY, HOUR, Receiver, TestStack, With, assert_no_secrets, plain, renewal, renewing,
    token,
};

async fn operator(stack: &TestStack) -> ApiClient {
    let browser = Browser::new(stack);
    assert_eq!(browser.sign_in("local", "otto").await, "/console");
    browser.console()
}

/// Whoever has a request token but not the token's string gets nothing for it.
async fn assert_useless(stack: &TestStack, otto: &ApiClient, request_token: &str) {
    otto.redeem(request_token).await.assert_error(401, "UNAUTHENTICATED");
    otto.redeem_by_get(request_token).await.assert_error(401, "UNAUTHENTICATED");
    otto.pull().await.assert_error(401, "UNAUTHENTICATED");
    stack.anonymous().redeem(request_token).await.assert_error(401, "UNAUTHENTICATED");
    // Tokens of his own, which he may create: each redeems its own request tokens only.
    for mine in [plain(), token("READ_WRITE", "ORDERS")] {
        let mine = stack.client_of(&otto.created(&mine).await);
        assert_eq!(mine.redeem(request_token).await.status, 403);
    }
    // The request token is none of the strings that authenticate.
    assert!(!stack.client(request_token).is_authenticated().await);
}

#[tokio::test]
async fn callbacks_to_a_receiver_of_his_own_are_no_way_to_a_string() {
    let (stack, partner, his) = (TestStack::start().await, Receiver::start().await, Receiver::start().await);
    let (manager, otto) = (stack.manager(), operator(&stack).await);
    let created = manager.created(&renewing(&partner)).await;
    let moved = json!({"autoRenewal": {"callback": {"url": his.url()}}});
    otto.edit(&created.id(), &moved).await.expect(200);

    otto.test_callback(&created.id()).await.expect(200);
    assert_useless(&stack, &otto, &his.request_token()).await;
    otto.start_renewal(&created.id()).await.expect(200);
    stack.advance(0).await;
    assert_useless(&stack, &otto, &his.request_token()).await;
    let record = manager.token(&created.id()).await.body;
    assert_eq!(record["renewedBy"], Value::Null, "nothing was renewed");
    stack.client_of(&created).redeemed(&his.request_token()).await;
}

#[tokio::test]
async fn nothing_that_he_reads_holds_a_string() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let (manager, otto) = (stack.manager(), operator(&stack).await);
    let once = ("Idempotency-Key", "once");
    let create = async |client: &ApiClient| {
        client.with_header(Method::POST, "/apiAccessTokens", once, &renewing(&receiver)).await.expect(201)
    };
    let created = create(&manager).await;
    // The key is the caller's own: with the same key he creates another token.
    assert_ne!(create(&otto).await.id(), created.id());
    let (id, mail) = (created.id(), json!({"renewalMailRecipient": "otto@example.com"}));
    otto.edit(&id, &mail).await.expect(200);
    stack.advance(30 * DAY).await;
    stack.advance(2 * HOUR).await;
    let otto = operator(&stack).await;
    for path in [
        format!("/apiAccessTokens/{id}"),
        format!("/apiAccessTokens/{id}/activities"),
        "/apiAccessTokens?size=100".to_owned(),
        "/apiAccessTokens/overview".to_owned(),
        "/callbacks/logs".to_owned(),
    ] {
        let read = otto.get(&path).await.expect(200);
        assert_no_secrets(&path, &read.body.to_string());
    }
    let mails = stack.mails().await;
    assert!(!mails.is_empty());
    assert_no_secrets("a mail", &json!(mails).to_string());
    otto.copy(&id).await.assert_error(403, "ROLE_MISSING");
}

#[tokio::test]
async fn renewals_by_his_hand_make_no_management_token() {
    let stack = TestStack::start().await;
    let (manager, otto) = (stack.manager(), operator(&stack).await);
    let management = token("READ_WRITE", "API_ACCESS_TOKENS")
        .with("autoRenewal", json!({"everyDays": 30}))
        .with("renewalMailRecipient", "ops@example.com");
    let id = manager.created(&management).await.id();
    let mut ordinary = plain();
    ordinary["applications"] = json!(["ORDERS", "API_ACCESS_TOKENS"]);
    otto.create(&ordinary).await.assert_error(403, "ROLE_MISSING");
    otto.renew(&id, &renewal(stack.after(DAY).await)).await.assert_error(403, "ROLE_MISSING");
    // What he renews stays what it is: rights and applications are no fields of a renewal or an edit.
    let own = otto.created(&plain()).await.id();
    let wider =
        json!({"name": "x", "existingTokenExpiresAt": "2999-12-31", "applications": ["API_ACCESS_TOKENS"]});
    otto.renew(&own, &wider).await.assert_invalid(&["applications"]);
    otto.edit(&own, &json!({"applications": ["API_ACCESS_TOKENS"]})).await.assert_invalid(&["applications"]);
    // A mass renewal leaves management tokens out.
    otto.post("/apiAccessTokens/startRenewals", &json!({"filter": {"ids": [id]}})).await.expect(200);
    stack.advance(0).await;
    stack.advance(60).await;
    assert_eq!(manager.token(&id).await.body["renewedBy"], Value::Null);
}
