//! The largest request that the contract allows, through everything that has a limit in AWS: KMS, DynamoDB, EventBridge,
//! SES, and the answer of a Lambda function. The local stand-ins refuse what AWS would.

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{ApiResponse, DAY, Options, TestStack, With, renewal};

const TOKENS: &str = "/apiAccessTokens";

fn applications() -> Vec<String> {
    (0..50).map(|number| format!("{:A<28}{number:02}", "")).collect()
}

/// Each field at the length that takes the most bytes: four for a character, twelve in a URL.
fn largest() -> Value {
    let url = format!("{:🔑<1000}", "https://example.com/");
    json!({
        "name": "🔑".repeat(100),
        "description": "🔑".repeat(1_000),
        "rights": "READ_WRITE",
        "applications": applications(),
        "autoRenewal": {"everyDays": 3_650, "callback": {"url": url}},
        "renewalMailRecipient": format!("{}@{}example.com", "r".repeat(64), "mail.".repeat(30)),
    })
}

async fn stack() -> TestStack {
    let applications = applications().join(",");
    let parameters = [("KEYTURN_APPLICATIONS", applications.as_str())];
    TestStack::start_with(Options { parameters: &parameters, ..Options::default() }).await
}

#[tokio::test]
async fn the_largest_answers_are_given_and_repeated() {
    let stack = stack().await;
    let manager = stack.manager();
    let send = async |path: &str, body: &Value| -> ApiResponse {
        manager.with_header(Method::POST, path, ("Idempotency-Key", path), body).await.expect(201)
    };
    let created = send(TOKENS, &largest()).await;
    assert!(created.signing_secret().is_some());
    let renew = format!("{TOKENS}/{}/renew", created.id());
    let largest_renewal = renewal(stack.after(DAY).await)
        .with("name", "🔑".repeat(100))
        .with("description", "🔑".repeat(1_000));
    let renewed = send(&renew, &largest_renewal).await;
    for (path, body, first) in [(TOKENS, &largest(), &created), (&renew, &largest_renewal, &renewed)] {
        assert!(first.body.to_string().len() > 4_096, "KMS would seal it as a whole");
        let again = send(path, body).await;
        assert_eq!((&again.body, &again.headers["etag"]), (&first.body, &first.headers["etag"]));
        stack.assert_no_stored_secrets().await;
    }
    stack.sweep().await;
    assert_eq!(stack.event_types(&created.id()).await, ["Token Created", "Token Renewed"]);
    assert_eq!(stack.mails().await.len(), 1);
}

#[tokio::test]
async fn a_page_of_the_largest_tokens_is_answered() {
    let stack = stack().await;
    let (manager, body) = (stack.manager(), largest());
    join_all((0..100).map(|_| manager.created(&body))).await;
    let page = manager.get("/apiAccessTokens?size=100").await.expect(200);
    assert_eq!(page.items().len(), 100);
}

/// The bytes of request line and headers that API Gateway takes, and of the headers of an answer:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html>.
const API_GATEWAY: usize = 10_240;

#[tokio::test]
async fn no_headers_exceed_what_api_gateway_takes() {
    let stack = stack().await;
    let manager = stack.manager();
    let key = "k".repeat(255);
    let request = ("Idempotency-Key", key.as_str());
    let created = manager.with_header(Method::POST, TOKENS, request, &largest()).await.expect(201);
    let own = stack.client_of(&created).own_token().await.expect(200);
    manager.deactivate(&created.id()).await.expect(200);
    let ended = stack.client_of(&created).own_token().await.expect(401);
    let unknown = stack.anonymous().own_token().await.expect(401);
    for (answer, header) in [
        (&created, "location"),
        (&own, "token-renews-at"),
        (&ended, "www-authenticate"),
        (&unknown, "www-authenticate"),
    ] {
        assert!(!answer.header(header).is_empty(), "{header}: {answer}");
        let bytes: usize =
            answer.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        assert!(bytes < API_GATEWAY / 10, "{bytes} bytes: {answer}");
    }
    // The longest that a client of Keyturn sends: a token string in both headers, an idempotency key, and a request token in
    // the query.
    let longest = 2 * created.string().len()
        + key.len()
        + "/apiAccessTokens/requestRenewedToken?requestToken=".len()
        + 75;
    assert!(longest < API_GATEWAY / 10, "{longest} bytes");
}
