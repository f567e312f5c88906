//! How long a session lasts, and what its role is on the way.

use reqwest::Method;
use serde_json::json;

use crate::support::{Browser, MINUTE, SESSION, TestProvider, TestStack, plain};

async fn signed_in(subject: &str) -> (TestStack, TestProvider, Browser) {
    let stack = TestStack::on_disk().await;
    let provider = TestProvider::start(&stack, "corp").await;
    let browser = Browser::new(&stack);
    assert_eq!(browser.sign_in("corp", subject).await, "/console");
    (stack, provider, browser)
}

async fn role(browser: &Browser) -> String {
    let session = browser.console().post("/console/refresh", &json!({})).await.expect(200).body;
    session["role"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn ends_after_half_an_hour_without_use() {
    let (stack, provider, browser) = signed_in("vera").await;
    for _ in 0..3 {
        provider.advance(&stack, 29 * MINUTE).await;
        browser.console().get("/apiAccessTokens").await.expect(200);
    }
    provider.advance(&stack, 30 * MINUTE).await;
    assert_eq!(browser.console().get("/apiAccessTokens").await.status, 401);
}

#[tokio::test]
async fn ends_after_eight_hours_however_much_it_is_used() {
    let (stack, provider, browser) = signed_in("vera").await;
    for _ in 0..23 {
        provider.advance(&stack, 20 * MINUTE).await;
        browser.console().get("/apiAccessTokens").await.expect(200);
    }
    provider.advance(&stack, 20 * MINUTE).await;
    assert_eq!(browser.console().get("/apiAccessTokens").await.status, 401);
}

#[tokio::test]
async fn ends_with_the_providers_session() {
    let stack = TestStack::on_disk().await;
    let provider = TestProvider::start(&stack, "corp").await;
    let end = stack.now().await.timestamp() + 10 * MINUTE;
    provider.claim("session_expiry", json!(end));
    let browser = Browser::new(&stack);
    browser.sign_in("corp", "vera").await;
    provider.advance(&stack, 9 * MINUTE).await;
    browser.console().get("/apiAccessTokens").await.expect(200);
    provider.advance(&stack, MINUTE).await;
    assert_eq!(browser.console().get("/apiAccessTokens").await.status, 401);
}

#[tokio::test]
async fn a_role_is_refreshed_on_the_way() {
    let (stack, provider, browser) = signed_in("otto").await;
    for _ in 0..4 {
        provider.advance(&stack, 14 * MINUTE).await;
        assert_eq!(role(&browser).await, "OPERATOR");
        browser.console().created(&plain()).await;
    }
}

#[tokio::test]
async fn a_role_that_was_taken_away_is_gone_with_the_next_refresh() {
    let (stack, provider, browser) = signed_in("ada").await;
    provider.provider.set_roles("ada", &["keyturn-viewer"]);
    assert_eq!(role(&browser).await, "ADMIN", "it holds for a while");
    provider.advance(&stack, 11 * MINUTE).await;
    assert_eq!(role(&browser).await, "VIEWER");
    assert_eq!(browser.console().create(&plain()).await.status, 403);

    provider.provider.set_roles("ada", &[]);
    provider.advance(&stack, 11 * MINUTE).await;
    assert_eq!(browser.console().post("/console/refresh", &json!({})).await.status, 401);
    assert_eq!(browser.console().get("/apiAccessTokens").await.status, 401);
}

#[tokio::test]
async fn without_a_refresh_a_session_only_reads_after_a_quarter_of_an_hour() {
    let (stack, provider, browser) = signed_in("ada").await;
    provider.provider.set_out_of_order(true);
    provider.advance(&stack, 14 * MINUTE).await;
    assert_eq!(role(&browser).await, "ADMIN");
    browser.console().created(&plain()).await;
    provider.advance(&stack, MINUTE).await;
    assert_eq!(role(&browser).await, "VIEWER");
    browser.console().get("/apiAccessTokens").await.expect(200);
    let refused = browser.console().create(&plain()).await;
    assert_eq!((refused.status, &refused.body["errorCode"]), (403, &json!("ROLE_MISSING")));
    provider.provider.set_out_of_order(false);
    provider.advance(&stack, MINUTE).await;
    assert_eq!(role(&browser).await, "ADMIN", "it comes back with the provider");
}

#[tokio::test]
async fn two_tabs_share_a_session_and_its_end() {
    let (stack, provider, browser) = signed_in("otto").await;
    // Two sign-ins that are under way at once don't disturb each other.
    let (one, two) = (browser.begin("provider=corp").await, browser.begin("provider=corp").await);
    let (one, two) = (browser.answer(&one, "otto").await, browser.answer(&two, "otto").await);
    assert_eq!(browser.open(&one).await.location.as_deref(), Some("/console"));
    assert_eq!(browser.open(&two).await.location.as_deref(), Some("/console"));
    // Two refreshes at once use one refresh token once.
    provider.advance(&stack, 11 * MINUTE).await;
    let (first, second) = (browser.console(), browser.console());
    let body = json!({});
    let (first, second) =
        tokio::join!(first.post("/console/refresh", &body), second.post("/console/refresh", &body));
    assert_eq!((first.status, second.status), (200, 200));
    provider.advance(&stack, 11 * MINUTE).await;
    assert_eq!(role(&browser).await, "OPERATOR");

    let tab = browser.console();
    tab.get("/apiAccessTokens").await.expect(200);
    let out = browser.console().post("/console/sign-out", &json!({})).await.expect(204);
    assert!(out.headers["set-cookie"].to_str().unwrap().starts_with(&format!("{SESSION}=;")));
    assert_eq!(tab.get("/apiAccessTokens").await.status, 401);
}

#[tokio::test]
async fn a_provider_ends_sessions_through_the_back_channel() {
    let (stack, provider, browser) = signed_in("otto").await;
    let other = Browser::new(&stack);
    other.sign_in("corp", "ada").await;
    let send = async |token: String| {
        let body = ("application/x-www-form-urlencoded", format!("logout_token={token}"));
        stack.anonymous().call(Method::POST, "/console/back-channel-logout", Some(body)).await.status
    };
    let idp = &provider.provider;
    let claims = || idp.logout_claims("otto", None);
    let with = |name: &str, value: serde_json::Value| {
        let mut claims = claims();
        claims.insert(name.to_owned(), value);
        claims
    };
    let now = stack.now().await.timestamp();
    let stranger = keyturn_local::identity::Signer::new();
    for forged in [
        "nonsense".to_owned(),
        String::new(),
        stranger.sign("logout+jwt", &claims()),
        crate::support::signed_with(&crate::support::unsigned(), &claims(), b""),
        idp.sign("logout+jwt", &with("iss", json!("https://idp.example"))),
        idp.sign("logout+jwt", &with("aud", json!("somebody-else"))),
        idp.sign("logout+jwt", &with("exp", json!(now - 600))),
        idp.sign("logout+jwt", &with("iat", json!(now + 3_600))),
        idp.sign("logout+jwt", &with("nonce", json!("an ID token has one"))),
        idp.sign("logout+jwt", &with("events", json!({}))),
    ] {
        assert_eq!(send(forged).await, 400);
    }
    browser.console().get("/apiAccessTokens").await.expect(200);

    assert_eq!(send(idp.sign("logout+jwt", &claims())).await, 200);
    assert_eq!(browser.console().get("/apiAccessTokens").await.status, 401);
    other.console().get("/apiAccessTokens").await.expect(200);
}

#[tokio::test]
async fn a_dump_of_the_table_signs_nobody_in() {
    let (stack, _provider, browser) = signed_in("ada").await;
    stack.assert_no_stored_secrets().await;
    let cookie = browser.cookie(SESSION).unwrap();
    let dump = serde_json::Value::Array(stack.stored().await).to_string();
    assert!(dump.contains("SESSION#") && !dump.contains(&cookie));
    // What the table holds of the cookie is its hash and the public id.
    browser.set_cookie(SESSION, &format!("kss_{}", "0".repeat(71)));
    assert_eq!(browser.console().get("/apiAccessTokens").await.status, 401);
    browser.set_cookie(SESSION, stack.management_token());
    assert_eq!(browser.console().get("/apiAccessTokens").await.status, 401);
}
