//! The largest requests that the contract allows, through each service with a limit: KMS seals 4,096 bytes, DynamoDB reads 100
//! keys at once, and events, mails and callbacks carry what a token holds.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Company, Created, TOKENS, catalogue};

/// What KMS seals at once.
const SEALABLE: usize = 4_096;

impl Company<'_> {
    pub(super) async fn sends_the_largest(&self) {
        let largest = self.largest();
        let token = self.repeated(TOKENS, &largest).await;
        self.answers_around_the_limit_of_kms().await;
        self.manages_the_largest(&token).await;
        self.renews_the_largest(&token).await;
        self.lists_the_largest(&largest).await;
    }

    /// Each field at the length that takes the most bytes: four for a character, twelve in a URL.
    fn largest(&self) -> Value {
        let url = format!("{:🔑<1000}", format!("{}/", self.callback_url));
        json!({
            "name": "🔑".repeat(100),
            "description": "🔑".repeat(1_000),
            "rights": "READ_WRITE",
            "applications": catalogue().split(',').collect::<Vec<_>>(),
            "autoRenewal": {"everyDays": 3_650, "callback": {"url": url}},
            "renewalMailRecipient": format!("{}@{}example.com", "r".repeat(64), "mail.".repeat(30)),
        })
    }

    /// Sends a request twice with the longest idempotency key; both give the same answer.
    async fn repeated(&self, path: &str, body: &Value) -> Created {
        let key = "k".repeat(255);
        let caller = self.plain("READ_WRITE", "API_ACCESS_TOKENS").await;
        let send = async || {
            let request = self.lambda.request(Method::POST, path).bearer_auth(&caller.string).json(body);
            self.lambda.send(request.header("idempotency-key", &key)).await
        };
        let (first, again) = (send().await, send().await);
        assert_eq!(first.body, again.body, "{path}");
        Created::of(&first)
    }

    /// Answers that KMS just seals as a whole, and those whose secrets are sealed apart.
    async fn answers_around_the_limit_of_kms(&self) {
        let with = |length: usize| {
            let mut body = self.largest();
            body["name"] = "around the limit".into();
            body["autoRenewal"] = Value::Null;
            // Two bytes a character: a thousand of one byte would not reach the limit.
            body["description"] = format!("{}{}", "é".repeat(length / 2), "d".repeat(length % 2)).into();
            body
        };
        let answer = self.call_as(&self.management_token, Method::POST, TOKENS, Some(with(0))).await;
        let rest = SEALABLE - answer.body.to_string().len();
        for distance in [-200_isize, -100, -50, 0, 50] {
            let length = rest.checked_add_signed(distance).unwrap();
            self.repeated(TOKENS, &with(length)).await;
        }
    }

    async fn manages_the_largest(&self, token: &Created) {
        let edit = json!({"description": "🗝".repeat(1_000)});
        for (method, tail, body) in [
            (Method::PATCH, "", Some(edit)),
            (Method::GET, "/token", None),
            (Method::POST, "/callback/test", None),
            (Method::GET, "/activities?size=100", None),
        ] {
            let answer = self.call(method, &token.path(tail), body).await;
            assert_eq!(answer.status, 200, "{tail}: {answer:?}");
        }
        let found = format!("{TOKENS}?search={}", "%F0%9F%94%91".repeat(100));
        let found = self.call(Method::GET, &found, None).await;
        assert_eq!(found.body["items"][0]["id"], token.id.as_str(), "{found:?}");
    }

    /// By callback, with the mail and the events, and by hand.
    async fn renews_the_largest(&self, token: &Created) {
        self.start_renewal(token).await;
        let summary = self.sweep().await;
        assert_eq!(summary["delivered"], 1, "{summary}");
        let (_, callback) = self.callbacks("apiAccessToken.renewalRequested").pop().unwrap();
        let renewed = self.redeem(&token.string, callback["data"]["requestToken"].as_str().unwrap()).await;
        assert_eq!(renewed.status, 200, "{}", renewed.body);
        let successor = self.own_record(renewed.body["token"].as_str().unwrap()).await;
        let order = json!({
            "existingTokenExpiresAt": "2999-12-31", "name": "🔑".repeat(100), "description": "🔑".repeat(1_000),
        });
        let path = format!("{TOKENS}/{}/renew", successor.body["id"].as_str().unwrap());
        self.repeated(&path, &order).await;
        let summary = self.sweep().await;
        assert_eq!(summary["mails"], 2, "of the redemption and of the renewal by hand: {summary}");
    }

    /// A page reads each token and its credential: more than DynamoDB returns keys, and bytes, at once.
    async fn lists_the_largest(&self, largest: &Value) {
        for _ in 0..51 {
            self.create_token(largest.clone()).await;
        }
        let page = self.call(Method::GET, &format!("{TOKENS}?size=100"), None).await;
        assert!(page.body["items"].as_array().is_some_and(|items| items.len() > 51), "{page:?}");
    }
}
