//! The records before every input: tokens in every state, their strings, valid and expired request tokens.

use serde_json::{Value, json};

use crate::{request::Request, stack::Stack};

#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) id: String,
    pub(crate) string: String,
}

pub(crate) struct Fixtures {
    /// The management token of the company `acme`, which owns all other tokens.
    pub(crate) manager: String,
    /// A management token that may only read.
    pub(crate) reader: String,
    /// The management token of another company.
    foreign_manager: String,
    tokens: Vec<(&'static str, Token)>,
    /// The request tokens of `pending`, `called`, `redeemed` and `lapsed`.
    request_tokens: [String; 4],
}

impl Fixtures {
    pub(crate) fn create(stack: &Stack) -> Self {
        let (manager, foreign_manager) = (stack.create_company("acme"), stack.create_company("other"));
        let create = |name: &str, settings: &Value| create(stack, &manager, name, settings);
        let reader = create("reader", &json!({"applications": ["API_ACCESS_TOKENS"]})).string;
        let end = (stack.now() + chrono::TimeDelta::days(100)).to_rfc3339();
        let soon = (stack.now() + chrono::TimeDelta::hours(1)).to_rfc3339();
        let mail = json!({"everyDays": 30});
        let callback = json!({"everyDays": 30, "callback": {"url": stack.receiver}});
        let renewed = json!({"autoRenewal": callback});
        let mailed =
            json!({"autoRenewal": mail, "renewalMailRecipient": "ops@example.com", "expiresAt": end});
        let tokens = [
            ("plain", json!({})),
            ("mailed", mailed),
            ("called", json!({"autoRenewal": callback, "expiresAt": end})),
            ("pending", renewed.clone()),
            ("lapsed", renewed.clone()),
            ("redeemed", renewed),
            ("expired", json!({"expiresAt": soon})),
            ("deactivated", json!({})),
        ]
        .map(|(name, settings)| (name, create(name, &settings)));
        let mut fixtures = Self {
            manager: manager.clone(),
            reader,
            foreign_manager,
            tokens: tokens.into(),
            request_tokens: Default::default(),
        };
        fixtures.request_tokens = fixtures.advance(stack);
        // Records a use of every token, so that the next one within the hour changes nothing.
        for string in fixtures.token_strings() {
            stack.call(&Request::new("GET", "/apiAccessTokens/self").bearer(string));
        }
        fixtures
    }

    /// Brings the tokens into the states of their names. Returns the request tokens.
    fn advance(&self, stack: &Stack) -> [String; 4] {
        let post = |name: &str, action: &str| {
            let path = format!("/apiAccessTokens/{{id}}/{action}");
            let request = Request::new("POST", &path).parameter(&self.token(name).id).bearer(&self.manager);
            assert!(stack.call(&request).is_success(), "{action}");
        };
        let issue = |name: &str| {
            post(name, "startRenewal");
            stack.sweep();
            stack.external.last_request_token()
        };
        let lapsed = issue("lapsed");
        stack.advance(3 * 3_600);
        stack.sweep();
        let pending = issue("pending");
        let redeemed = issue("redeemed");
        let redeem = Request::new("POST", "/apiAccessTokens/requestRenewedToken");
        let redeem = redeem.bearer(&self.token("redeemed").string);
        assert_eq!(stack.call(&redeem.body(json!({"requestToken": redeemed}).to_string())).status, 200);
        post("called", "callback/test");
        let test = stack.external.last_request_token();
        post("deactivated", "deactivate");
        stack.sweep();
        [pending, test, redeemed, lapsed]
    }

    /// The token of this name:
    ///
    /// | name | settings and state |
    /// | --- | --- |
    /// | `plain` | no auto renewal, no expiry |
    /// | `mailed` | renewed every 30 days by mail, expires after 100 days |
    /// | `called` | renewed every 30 days by callback, expires after 100 days, has a test's request token |
    /// | `pending` | renewed every 30 days by callback, has a valid request token |
    /// | `lapsed` | the same, but its request token has expired |
    /// | `redeemed` | renewed by redemption, in its overlap |
    /// | `expired`, `deactivated` | ended |
    pub(crate) fn token(&self, name: &str) -> &Token {
        self.tokens.iter().find(|(other, _)| *other == name).map(|(_, token)| token).expect("a token")
    }

    /// All tokens but the management tokens.
    pub(crate) fn tokens(&self) -> Vec<&Token> {
        self.tokens.iter().map(|(_, token)| token).collect()
    }

    pub(crate) fn token_strings(&self) -> Vec<&str> {
        let managers = [&self.manager, &self.reader, &self.foreign_manager].map(String::as_str);
        managers.into_iter().chain(self.tokens.iter().map(|(_, token)| token.string.as_str())).collect()
    }

    /// All request tokens, a valid one first.
    pub(crate) fn request_tokens(&self) -> Vec<&str> {
        self.request_tokens.iter().map(String::as_str).collect()
    }
}

fn create(stack: &Stack, manager: &str, name: &str, settings: &Value) -> Token {
    let mut body = json!({"name": name, "rights": "READ", "applications": ["ORDERS"]});
    for (field, value) in settings.as_object().into_iter().flatten() {
        body[field] = value.clone();
    }
    let response =
        stack.call(&Request::new("POST", "/apiAccessTokens").bearer(manager).body(body.to_string()));
    assert_eq!(response.status, 201, "{}", response.body);
    Token { id: response.field("id"), string: response.field("token") }
}
