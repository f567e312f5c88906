//! Each company has a share of the API, which nobody else can use up.

use keyturn_domain::ids::TokenId;
use keyturn_domain::secret::{Kind, SecretString};
use reqwest::Method;
use serde_json::json;
use tempfile::TempDir;

use crate::support::{DAY, Options, TestStack, UNKNOWN_ID, pulling, token};

const BURST: usize = 4;

/// Two requests a second, and four at once.
const SHARE: [(&str, &str); 2] =
    [("KEYTURN_COMPANY_REQUESTS_PER_SECOND", "2"), ("KEYTURN_COMPANY_REQUEST_BURST", "4")];

async fn stack() -> TestStack {
    TestStack::start_with(Options { parameters: &SHARE, ..Options::default() }).await
}

#[tokio::test]
async fn a_company_gets_its_share_and_leaves_that_of_others() {
    let folder = TempDir::new().unwrap();
    let options = Options { data_dir: Some(folder.path()), parameters: &SHARE, ..Options::default() };
    let stack = TestStack::start_with(options).await;
    let (manager, other) = (stack.manager(), stack.add_company("other").await);
    let second = stack.client_of(&manager.created(&token("READ", "API_ACCESS_TOKENS")).await);
    for request in 0..BURST {
        let client = if request % 2 == 0 { &manager } else { &second };
        client.get("/applications").await.expect(200);
    }
    for client in [&manager, &second] {
        let refused = client.get("/applications").await;
        refused.assert_error(429, "SHARE_USED_UP");
        assert_eq!(refused.header("content-type"), "application/problem+json");
        assert_eq!(refused.header("retry-after"), "1");
    }
    other.get("/applications").await.expect(200);
    stack.jump(1).await;
    for status in [200, 200, 429] {
        manager.get("/applications").await.expect(status);
    }
}

#[tokio::test]
async fn only_authenticated_requests_use_it_up() {
    let stack = stack().await;
    let manager = stack.manager();
    let id = manager.own_token().await.id();
    let forged = SecretString::new(Kind::Token, TokenId::new(id.parse().unwrap()), &[7; 32]);
    let mut mistyped = stack.management_token().to_owned();
    mistyped.replace_range(30..31, if &mistyped[30..31] == "a" { "b" } else { "a" });
    for string in [forged.expose(), &mistyped, "kat_"] {
        for _ in 0..2 * BURST {
            stack.client(string).get("/applications").await.expect(401);
        }
    }
    for _ in 0..BURST {
        manager.get("/applications").await.expect(200);
    }
    manager.get("/applications").await.expect(429);
}

#[tokio::test]
async fn what_clients_need_to_stay_connected_has_no_limit() {
    let stack = stack().await;
    let manager = stack.manager();
    let created = manager.created(&pulling()).await;
    stack.jump(30 * DAY).await;
    let client = stack.client_of(&created);
    for _ in 0..3 * BURST {
        client.pulled().await;
        client.redeem("krt_").await.expect(404);
        let form = ("application/x-www-form-urlencoded", format!("token={}", created.string()));
        let answer = manager.call(Method::POST, "/introspect", Some(form)).await.expect(200);
        assert_eq!(answer.body["active"], json!(true));
    }
    let description = stack.anonymous().get("/openapi.json").await.body;
    for (path, methods) in description["paths"].as_object().unwrap() {
        let path = path.replace("{id}", UNKNOWN_ID);
        for (method, operation) in methods.as_object().unwrap() {
            let method: Method = method.to_uppercase().parse().unwrap();
            let mut limited = false;
            for _ in 0..2 * BURST {
                let answer = manager.call(method.clone(), &path, None).await;
                limited |= answer.body["errorCode"] == "SHARE_USED_UP";
            }
            let described = &operation["responses"]["429"]["$ref"];
            assert_eq!(limited, *described == "#/components/responses/SHARE_USED_UP", "{method} {path}");
        }
    }
}
