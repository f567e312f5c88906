//! `POST /introspect` (RFC 7662): whether a token is good now, and nothing about one that isn't.

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Answer, Caller, DAY, HOUR, Options, Receiver, TestStack, renewing};

const FORM: &str = "application/x-www-form-urlencoded";

async fn post(caller: &Caller, content_type: &str, body: &str) -> Answer {
    caller.ask(Method::POST, "/introspect", Some((content_type, body.to_owned()))).await
}

async fn introspect(caller: &Caller, token: &str) -> Value {
    let answer = post(caller, FORM, &format!("token={token}&token_type_hint=access_token")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("cache-control"), "no-store");
    answer.body
}

fn inactive() -> Value {
    json!({"active": false})
}

#[tokio::test]
async fn an_active_token_is_described_in_the_words_of_the_rfc() {
    let stack = TestStack::start().await;
    let token = json!({"name": "n", "rights": "READ", "applications": ["ORDERS", "PRODUCTS"], "expiresAt": "2999-12-31"});
    let created = stack.manager().created(&token).await;
    let answer = introspect(&stack.manager(), &created.text("token")).await;
    let issuer = answer["iss"].as_str().unwrap().to_owned();
    assert!(issuer.starts_with("http://127.0.0.1:"), "{issuer}");
    assert_eq!(
        answer,
        json!({
            "active": true,
            "scope": "READ ORDERS PRODUCTS",
            "client_id": created.text("seriesId"),
            "sub": created.text("companyId"),
            "iss": issuer,
            "jti": created.id(),
            "token_type": "Bearer",
            "iat": created.time("createdDate").timestamp(),
            "exp": created.time("expiresAt").timestamp(),
        })
    );
    let endless = json!({"name": "n", "rights": "READ_WRITE", "applications": ["ORDERS"]});
    let created = stack.manager().created(&endless).await;
    let answer = introspect(&stack.manager(), &created.text("token")).await;
    assert!(answer["active"] == true && answer.get("exp").is_none(), "{answer}");
    assert_eq!(
        stack.manager().token(&created.id()).await.time("lastUsedAt"),
        stack.now().await,
        "a use is a use"
    );
}

#[tokio::test]
async fn whatever_is_not_active_is_answered_with_that_and_nothing_else() {
    let folder = TempDir::new().unwrap();
    let stack = TestStack::start_with(Options { data_dir: Some(folder.path()), ..Options::default() }).await;
    let (manager, others) = (stack.manager(), stack.found(folder.path(), "others").await);
    let soon = stack.now().await + chrono::TimeDelta::hours(1);
    let token =
        json!({"name": "n", "rights": "READ", "applications": ["ORDERS"], "expiresAt": soon.to_rfc3339()});
    let expiring = manager.created(&token).await.text("token");
    let deactivated = manager.created(&token).await;
    manager.deactivate(&deactivated.id()).await;

    assert_eq!(introspect(&others, &expiring).await, inactive(), "of another company");
    assert_eq!(introspect(&manager, &expiring).await["active"], true);
    assert_eq!(introspect(&manager, &deactivated.text("token")).await, inactive());
    let mistyped = &expiring[..74];
    let unknown = expiring.replace("kat_", "krt_");
    for string in ["x", mistyped, &unknown, "%F0%9F%94%91", "kat_+", &"a".repeat(10_000)] {
        assert_eq!(introspect(&manager, string).await, inactive(), "{string}");
    }
    stack.advance(HOUR).await;
    assert_eq!(introspect(&manager, &expiring).await, inactive(), "expired");
}

#[tokio::test]
async fn both_tokens_are_active_during_an_overlap() {
    let (stack, receiver) = (TestStack::start().await, Receiver::start().await);
    let old = stack.manager().created(&renewing(&receiver)).await.text("token");
    stack.advance(30 * DAY).await;
    let new = stack.caller(&old).redeem(&receiver.last().request_token()).await.text("token");
    let (of_old, of_new) =
        (introspect(&stack.manager(), &old).await, introspect(&stack.manager(), &new).await);
    assert_eq!((&of_old["active"], &of_new["active"]), (&json!(true), &json!(true)));
    assert_eq!(of_old["client_id"], of_new["client_id"]);
    assert_ne!(of_old["jti"], of_new["jti"]);
    stack.advance(DAY).await;
    assert_eq!(introspect(&stack.manager(), &old).await, inactive());
    assert_eq!(introspect(&stack.manager(), &new).await, of_new);
}

#[tokio::test]
async fn a_form_that_is_wrong_is_a_400_that_names_the_field() {
    let stack = TestStack::start().await;
    let manager = stack.manager();
    for (content_type, body, field) in [
        (FORM, "", "token"),
        (FORM, "token=", "token"),
        (FORM, "Token=x", "token"),
        (FORM, "token=a&token=b", "token"),
        (FORM, "token=%ff", "token"),
        ("application/json", r#"{"token": "x"}"#, "body"),
        ("text/plain", "token=x", "body"),
    ] {
        let answer = post(&manager, content_type, body).await;
        assert_eq!(
            (answer.status, answer.faulty_fields()),
            (400, vec![field.to_owned()]),
            "{content_type} {body}"
        );
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    let with_charset =
        post(&manager, "Application/X-WWW-Form-URLencoded; charset=utf-8", "token=x&other=y").await;
    assert_eq!((with_charset.status, with_charset.body), (200, inactive()));
    let bare = manager.ask(Method::POST, "/introspect", None).await;
    assert_eq!(bare.status, 400);
}

#[tokio::test]
async fn a_faulty_form_never_comes_back_in_the_answer() {
    let stack = TestStack::start().await;
    let token = json!({"name": "n", "rights": "READ", "applications": ["ORDERS"]});
    let string = stack.manager().created(&token).await.text("token");
    for body in [format!("token={string}&token={string}"), format!("{string}=token"), string.clone()] {
        let answer = post(&stack.manager(), FORM, &body).await;
        assert_eq!(answer.status, 400);
        assert!(!answer.body.to_string().contains(&string), "{}", answer.body);
    }
}

#[tokio::test]
async fn only_a_management_token_may_ask_and_reading_is_enough() {
    let stack = TestStack::start().await;
    let create = async |application: &str| {
        let token = json!({"name": "n", "rights": "READ", "applications": [application]});
        stack.manager().created(&token).await.text("token")
    };
    let (reader, stranger) = (create("API_ACCESS_TOKENS").await, create("ORDERS").await);
    assert_eq!(introspect(&stack.caller(&reader), &stranger).await["active"], true);
    let answer = post(&stack.caller(&stranger), FORM, &format!("token={stranger}")).await;
    assert_eq!((answer.status, answer.text("errorCode")), (403, "APPLICATION_MISSING".to_owned()));
    assert_eq!(post(&stack.anybody(), FORM, "token=x").await.status, 401);
}
