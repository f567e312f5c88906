//! Requests that try to get further than their token: each is refused, in every format of API Gateway.

use keyturn_domain::ids::TokenId;
use keyturn_domain::secret::{Kind, SecretString};
use serde_json::{Value, json};
use uuid::Uuid;

use super::tests::{bearer, credential, http_event, rest_request_event, store, string, with_paths};
use super::{NoDecision, Responses};

/// Applications by path: the token of the tests has `ORDERS` and `REPORTS`, not `PRODUCTS`.
const PATHS: &str = "/products=PRODUCTS,/reports/secret=PRODUCTS,/=REPORTS,other/products=REPORTS";

/// The reason why a request is denied; `None` if it is allowed.
async fn refusal(paths: &str, event: Value) -> Option<String> {
    let authorizer = with_paths(store(Some(credential())), Responses::Simple, paths);
    let answer = match authorizer.answer(&serde_json::from_value(event).unwrap()).await {
        Ok(answer) => serde_json::to_value(answer).unwrap(),
        Err(NoDecision::Unauthorized) => return Some("UNAUTHENTICATED".to_owned()),
        Err(other) => panic!("{other}"),
    };
    let allowed =
        answer["isAuthorized"] == true || answer["policyDocument"]["Statement"][0]["Effect"] == "Allow";
    (!allowed).then(|| answer["context"]["reason"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn paths_that_an_integration_may_serve_as_another() {
    const ATTACKS: [(&str, &str); 28] = [
        ("/products", "APPLICATION_MISSING"),
        ("/products/", "APPLICATION_MISSING"),
        // Case-insensitive routers.
        ("/PRODUCTS", "AMBIGUOUS_PATH"),
        ("/Products/1", "AMBIGUOUS_PATH"),
        ("/reports/Secret", "AMBIGUOUS_PATH"),
        ("/product\u{17f}", "AMBIGUOUS_PATH"),
        // Trimming routers and file systems.
        ("/products.", "AMBIGUOUS_PATH"),
        ("/products../1", "AMBIGUOUS_PATH"),
        ("/products ", "AMBIGUOUS_PATH"),
        ("/products%20", "AMBIGUOUS_PATH"),
        ("/ products", "AMBIGUOUS_PATH"),
        ("/products%09/1", "AMBIGUOUS_PATH"),
        // Content negotiation by extension.
        ("/products.json", "AMBIGUOUS_PATH"),
        ("/products.xml/1", "AMBIGUOUS_PATH"),
        ("/reports/secret.json", "AMBIGUOUS_PATH"),
        // Decoding routers.
        ("/%70roducts", "AMBIGUOUS_PATH"),
        ("/%50roducts", "AMBIGUOUS_PATH"),
        ("/products%2F1", "AMBIGUOUS_PATH"),
        ("/products%00", "AMBIGUOUS_PATH"),
        ("/products%c2%a0", "AMBIGUOUS_PATH"),
        ("/\u{ff50}roducts", "AMBIGUOUS_PATH"),
        ("/pro\u{200b}ducts", "AMBIGUOUS_PATH"),
        // Routers that resolve, split or truncate.
        ("/reports/../products", "AMBIGUOUS_PATH"),
        ("//products", "AMBIGUOUS_PATH"),
        ("/products;v=1", "AMBIGUOUS_PATH"),
        ("/products:batch", "AMBIGUOUS_PATH"),
        ("/products(1)", "AMBIGUOUS_PATH"),
        ("/reports\\..\\products", "AMBIGUOUS_PATH"),
    ];
    for (path, reason) in ATTACKS {
        for event in [http_event, rest_request_event] {
            let refusal = refusal(PATHS, event("GET", path, &bearer())).await;
            assert_eq!(refusal.as_deref(), Some(reason), "{path:?}");
        }
    }
    for path in ["/", "/reports", "/reports/public", "/products-archive", "/productsX/1", "/b%C3%BCcher"] {
        assert_eq!(refusal(PATHS, http_event("GET", path, &bearer())).await, None, "{path}");
    }
}

#[tokio::test]
async fn near_misses_are_not_left_to_the_stage() {
    let mut event = http_event("GET", "/PRODUCTS", &bearer());
    event["stageVariables"] = json!({"keyturnApplication": "REPORTS"});
    assert_eq!(refusal("/products=PRODUCTS", event).await.unwrap(), "AMBIGUOUS_PATH");
}

#[tokio::test]
async fn a_stage_does_not_overrule_the_path() {
    for event in [http_event, rest_request_event] {
        let mut event = event("GET", "/products", &bearer());
        event["stageVariables"] = json!({"keyturnApplication": "REPORTS"});
        assert_eq!(refusal(PATHS, event).await.unwrap(), "CONTRADICTORY_APPLICATIONS");
    }
}

#[tokio::test]
async fn entries_of_another_api_do_not_count() {
    for event in [http_event, rest_request_event] {
        let request = |api: &str| {
            let text = event("GET", "/products", &bearer()).to_string().replace("abcdef123", api);
            serde_json::from_str::<Value>(&text).unwrap()
        };
        assert_eq!(refusal(PATHS, request("abcdef123")).await.unwrap(), "APPLICATION_MISSING");
        assert_eq!(refusal(PATHS, request("other")).await, None);
    }
}

#[tokio::test]
async fn headers_that_a_cache_would_take_for_the_token() {
    let token = string().expose().to_owned();
    let other = SecretString::new(Kind::Token, TokenId::new(Uuid::from_u128(8)), &[9; 32]);
    for headers in [
        json!({"authorization": "Basic YTpi", "x-plenigo-token": token}),
        json!({"authorization": "", "x-plenigo-token": token}),
        json!({"authorization": token, "x-plenigo-token": token}),
        json!({"authorization": bearer(), "x-plenigo-token": "x"}),
        json!({"authorization": format!("Bearer {}", other.expose()), "x-plenigo-token": token}),
        json!({"authorization": bearer(), "Authorization": "Bearer x"}),
        json!({"authorization": format!("{},{}", bearer(), bearer())}),
    ] {
        for event in [http_event, rest_request_event] {
            let mut event = event("GET", "/reports", "");
            event["headers"] = headers.clone();
            assert_eq!(refusal(PATHS, event).await.unwrap(), "UNAUTHENTICATED", "{headers}");
        }
    }
    let mut event = rest_request_event("GET", "/reports", &bearer());
    event["multiValueHeaders"] = json!({"AUTHORIZATION": ["Bearer x", bearer()]});
    assert_eq!(refusal(PATHS, event.clone()).await.unwrap(), "UNAUTHENTICATED");
    event["multiValueHeaders"] = json!({"AUTHORIZATION": [bearer()], "Accept": ["a", "b"]});
    assert_eq!(refusal(PATHS, event).await, None);
    let mut event = http_event("GET", "/reports", &bearer());
    event["headers"]["x-plenigo-token"] = json!(token);
    assert_eq!(refusal(PATHS, event).await, None, "both headers with the same token");
}
