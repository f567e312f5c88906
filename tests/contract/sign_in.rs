//! People sign in through an identity provider, and their role says what they may do.

use keyturn_local::identity::UserInfo;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    ApiClient, ApiResponse, Browser, MINUTE, Options, SESSION, TestStack, id, plain, renewing_by_mail, token,
};

/// Somebody of the local stack's provider, signed in a moment ago.
async fn signed_in(stack: &TestStack, subject: &str) -> Browser {
    let browser = Browser::new(stack);
    assert_eq!(browser.sign_in("local", subject).await, "/console");
    browser
}

fn code(response: &ApiResponse) -> (u16, &str) {
    (response.status, response.body["errorCode"].as_str().unwrap_or_default())
}

#[tokio::test]
async fn one_click_signs_somebody_in() {
    let stack = TestStack::start().await;
    let ways = stack.anonymous().get("/console/sign-in").await.expect(200).body;
    assert_eq!(ways["providers"][0]["id"], "local");
    let browser = signed_in(&stack, "ada").await;
    assert_eq!(browser.cookies().len(), 1, "the attempt's cookie is gone: {:?}", browser.cookies());

    let session = browser.console().post("/console/refresh", &json!({})).await.expect(200).body;
    assert_eq!((&session["role"], &session["companyId"]), (&json!("ADMIN"), &json!("local")));
    let person = &session["person"];
    assert_eq!((&person["name"], &person["mail"]), (&json!("Ada Admin"), &json!("ada@example.com")));

    let created = browser.console().created(&plain()).await;
    let activities = stack.manager().activities(&created.id()).await.expect(200);
    let actor = &activities.items()[0]["actor"];
    assert_eq!((&actor["type"], &actor["person"]["name"]), (&json!("PERSON"), &json!("Ada Admin")));
    let events = stack_events(&stack).await;
    let signed_in: Vec<_> = events.iter().filter(|event| event["detailType"] == "Signed In").collect();
    let detail = &signed_in[0]["detail"];
    assert_eq!((&detail["role"], &detail["actor"]["type"]), (&json!("ADMIN"), &json!("person")));
    assert!(!signed_in[0].to_string().contains("Ada"), "names are personal data: {detail}");
    let log = stack.log();
    assert!(log.contains(person["id"].as_str().unwrap()), "the log names the person by id");
}

async fn stack_events(stack: &TestStack) -> Vec<Value> {
    stack.sweep().await;
    stack.events().await
}

#[tokio::test]
async fn each_role_may_do_what_it_says() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    let ordinary = manager.created(&renewing_by_mail(30)).await.id();
    let management = manager.created(&token("READ", "API_ACCESS_TOKENS")).await.id();
    let (vera, otto, ada) =
        (signed_in(&stack, "vera").await, signed_in(&stack, "otto").await, signed_in(&stack, "ada").await);
    let [vera, otto, ada] = [vera, otto, ada].map(|browser| browser.console());
    let (needs_operator, needs_admin) = ((403, "ROLE_MISSING"), (403, "ROLE_MISSING"));

    for reader in [&vera, &otto, &ada] {
        reader.token(&management).await.expect(200);
        reader.activities(&management).await.expect(200);
        reader.get("/callbacks/logs").await.expect(200);
    }
    assert_eq!(code(&vera.create(&plain()).await), needs_operator);
    assert_eq!(code(&vera.edit(&ordinary, &json!({"description": "x"})).await), needs_operator);
    assert_eq!(code(&vera.copy(&ordinary).await), needs_operator);
    assert_eq!(code(&vera.get("/sessions").await), needs_admin);

    otto.created(&plain()).await;
    otto.edit(&ordinary, &json!({"description": "x"})).await.expect(200);
    otto.start_renewal(&ordinary).await.expect(200);
    assert_eq!(code(&otto.copy(&ordinary).await), needs_admin);
    assert_eq!(code(&otto.get("/sessions").await), needs_admin);

    ada.copy(&ordinary).await.expect(200);
    ada.edit(&management, &json!({"description": "x"})).await.expect(200);
    ada.created(&token("READ", "API_ACCESS_TOKENS")).await;
    assert_eq!(ada.get("/sessions").await.expect(200).items().len(), 3);
}

#[tokio::test]
async fn an_operator_gets_hold_of_no_management_token() {
    let stack = TestStack::start().await;
    let (manager, otto) = (stack.manager(), signed_in(&stack, "otto").await.console());
    let mut wanted = renewing_by_mail(30);
    wanted["applications"] = json!(["API_ACCESS_TOKENS"]);
    let management = manager.created(&wanted).await.id();
    let renewal = json!({"name": "mine", "existingTokenExpiresAt": "2999-12-31"});
    for response in [
        otto.create(&token("READ_WRITE", "API_ACCESS_TOKENS")).await,
        otto.renew(&management, &renewal).await,
        otto.start_renewal(&management).await,
        otto.edit(&management, &json!({"renewalMailRecipient": "otto@example.com"})).await,
        otto.edit(&management, &json!({"autoRenewal": {"everyDays": 1, "pull": true}})).await,
        otto.test_callback(&management).await,
        otto.rotate_secret(&management).await,
        otto.copy(&management).await,
        otto.deactivate(&management).await,
    ] {
        assert_eq!(code(&response), (403, "ROLE_MISSING"), "{response:?}");
    }
    assert_eq!(manager.token(&management).await.body["version"], 1, "nothing has changed");
}

#[tokio::test]
async fn a_session_neither_redeems_nor_pulls() {
    let stack = TestStack::start().await;
    let ada = signed_in(&stack, "ada").await.console();
    for response in [
        ada.redeem("krt_whatever").await,
        ada.get("/apiAccessTokens/requestRenewedToken?requestToken=krt_whatever").await,
        ada.pull().await,
        ada.own_token().await,
        ada.get("/apiAccessTokens/self/renewalInfo").await,
    ] {
        assert_eq!(code(&response), (401, "UNAUTHENTICATED"), "{response:?}");
    }
}

#[tokio::test]
async fn the_most_powerful_acts_need_a_recent_sign_in() {
    let stack = TestStack::on_disk().await;
    let provider = crate::support::TestProvider::start(&stack, "corp").await;
    let browser = Browser::new(&stack);
    browser.sign_in("corp", "ada").await;
    let ordinary = stack.manager().created(&plain()).await.id();
    provider.advance(&stack, 301).await;
    let ada = browser.console();
    let management = token("READ", "API_ACCESS_TOKENS");
    for response in
        [ada.copy(&ordinary).await, ada.deactivate(&ordinary).await, ada.create(&management).await]
    {
        assert_eq!(code(&response), (403, "SIGN_IN_TOO_OLD"), "{response:?}");
    }
    ada.edit(&ordinary, &json!({"description": "needs none"})).await.expect(200);

    let location = browser.begin("provider=corp&fresh=true&returnTo=/console%3Fx%3D1").await;
    assert!(location.contains("max_age=") && location.contains("prompt=login"), "{location}");
    let back = browser.answer(&location, "ada").await;
    assert_eq!(browser.open(&back).await.location.as_deref(), Some("/console?x=1"));
    browser.console().copy(&ordinary).await.expect(200);
    browser.console().deactivate(&ordinary).await.expect(200);
}

#[tokio::test]
async fn claims_may_be_in_the_user_info_only() {
    let stack = TestStack::on_disk().await;
    let provider = crate::support::TestProvider::start(&stack, "corp").await;
    provider.provider.set_user_info(UserInfo::Own);
    let browser = Browser::new(&stack);
    assert_eq!(browser.sign_in("corp", "otto").await, "/console");
    let session = async || browser.console().post("/console/refresh", &json!({})).await.expect(200).body;
    let first = session().await;
    let person = &first["person"];
    assert_eq!((&first["role"], &person["name"]), (&json!("OPERATOR"), &json!("Otto Operator")));
    assert_eq!(person["mail"], "otto@example.com");

    provider.provider.set_roles("otto", &["keyturn-viewer"]);
    provider.advance(&stack, 11 * MINUTE).await;
    assert_eq!(session().await["role"], "VIEWER", "a refresh asks for them, too");
    assert_eq!(browser.sign_in("corp", "nora").await, "/console?signIn=NO_ROLE");
}

#[tokio::test]
async fn somebody_without_a_role_is_told_and_noted() {
    let stack = TestStack::start().await;
    let browser = Browser::new(&stack);
    assert_eq!(browser.sign_in("local", "nora").await, "/console?signIn=NO_ROLE");
    assert_eq!(browser.cookie(SESSION), None);
    let events = stack_events(&stack).await;
    let refused = events.iter().find(|event| event["detailType"] == "Sign-in Refused").unwrap();
    assert_eq!(refused["detail"]["reason"], "NO_ROLE");
}

#[tokio::test]
async fn an_administrator_sees_sessions_and_ends_them() {
    let stack = TestStack::start().await;
    let (vera, ada) = (signed_in(&stack, "vera").await, signed_in(&stack, "ada").await);
    let sessions = ada.console().get("/sessions").await.expect(200);
    let named = |name: &str| {
        let mut all = sessions.items().iter();
        all.find(|session| session["person"]["name"] == name).unwrap()
    };
    assert_eq!((&named("Ada Admin")["own"], &named("Vera Viewer")["own"]), (&json!(true), &json!(false)));
    let path = format!("/sessions/{}/end", id(named("Vera Viewer")));
    ada.console().post(&path, &json!({})).await.expect(200);
    assert_eq!(vera.console().get("/apiAccessTokens").await.status, 401);
    ada.console().get("/apiAccessTokens").await.expect(200);
    ada.console().post(&path, &json!({})).await.expect(404);
    let other = "/sessions/0199a3c4-5b6d-7e8f-9012-3456789abcde/end";
    ada.console().post(other, &json!({})).await.expect(404);
}

#[tokio::test]
async fn an_administrator_bars_people_and_readmits_them() {
    let stack = TestStack::start().await;
    let (otto, ada) = (signed_in(&stack, "otto").await, signed_in(&stack, "ada").await.console());
    let people = ada.get("/people").await.expect(200);
    let known = people.items().iter().find(|known| known["name"] == "Otto Operator").unwrap();
    assert_eq!((&known["role"], &known["canSignIn"]), (&json!("OPERATOR"), &json!(true)));
    let act = async |action: &str| {
        ada.post(&format!("/people/{}/{action}", id(known)), &json!({})).await.expect(200).body
    };
    assert_eq!(act("bar").await["canSignIn"], false);
    assert_eq!(otto.console().get("/apiAccessTokens").await.status, 401, "the session is over");
    assert_eq!(otto.sign_in("local", "otto").await, "/console?signIn=BARRED");
    assert_eq!(act("readmit").await["canSignIn"], true);
    assert_eq!(otto.sign_in("local", "otto").await, "/console");

    stack.jump(90 * 24 * 3_600).await;
    signed_in(&stack, "ada").await;
    let absent = stack.manager().get("/people?notSignedInForDays=90").await.expect(200);
    assert_eq!(absent.items().len(), 1, "{absent:?}");
    assert_eq!(absent.items()[0]["name"], "Otto Operator");
    stack.manager().get("/people?notSignedInForDays=-1").await.expect(400);
}

#[tokio::test]
async fn an_idempotent_request_of_a_person_is_answered_the_same_way_again() {
    let stack = TestStack::start().await;
    let ada = signed_in(&stack, "ada").await.console();
    let header = ("Idempotency-Key", "once");
    let create = async |client: &ApiClient| {
        client.with_header(Method::POST, "/apiAccessTokens", header, &plain()).await.expect(201)
    };
    let first = create(&ada).await;
    let again = signed_in(&stack, "ada").await.console();
    assert_eq!(create(&again).await.string(), first.string());
}

#[tokio::test]
async fn without_a_provider_everything_is_as_before() {
    let stack = TestStack::start_with(Options { no_identity_provider: true, ..Options::default() }).await;
    let ways = stack.anonymous().get("/console/sign-in").await.expect(200).body;
    assert_eq!(ways, json!({"providers": [], "token": true, "session": false}));
    let page = Browser::new(&stack).open("/console/sign-in?provider=local").await;
    assert_eq!(page.location.as_deref(), Some("/console?signIn=UNKNOWN_PROVIDER"));
    stack.manager().created(&plain()).await;
}
