//! Who and what there is before every case: tokens in every state, the strings that open them, request tokens alive and
//! dead.

use serde_json::{Value, json};

use crate::request::Request;
use crate::stack::Stack;

/// A token with its string.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) id: String,
    pub(crate) string: String,
}

/// Tokens, each in a state of its own.
pub(crate) struct Known {
    /// Manages the company `acme`, which all but the last of these belong to.
    pub(crate) manager: String,
    /// Manages too, but only reads.
    pub(crate) reader: String,
    /// Does not renew itself and ends never.
    pub(crate) plain: Token,
    /// Renews itself every 30 days, tells so by mail, and ends after 100 days.
    pub(crate) mailed: Token,
    /// Renews itself every 30 days through a callback and ends after 100 days; a test callback has been sent.
    pub(crate) called: Token,
    /// The same without an end, and its request token can be redeemed.
    pub(crate) pending: Token,
    /// Its request token can't be redeemed any more.
    pub(crate) lapsed: Token,
    /// Has been renewed through its request token, and is valid for another day.
    pub(crate) redeemed: Token,
    /// Nothing of these is valid any more: expired, deactivated.
    pub(crate) ended: [Token; 2],
    /// Manages another company.
    pub(crate) stranger: String,
    /// Request tokens by the token they belong to.
    pub(crate) keys: Keys,
}

/// Request tokens.
pub(crate) struct Keys {
    pub(crate) tested: String,
    pub(crate) live: String,
    pub(crate) lapsed: String,
    pub(crate) redeemed: String,
}

const TOKENS: &str = "/apiAccessTokens";
const ONE: &str = "/apiAccessTokens/{id}";

impl Known {
    /// Makes all of it through the functions themselves.
    pub(crate) fn make(stack: &Stack) -> Self {
        let (manager, stranger) = (stack.found("acme"), stack.found("other"));
        let create = |settings: &Value| create(stack, &manager, settings);
        let end = (stack.now() + chrono::TimeDelta::days(100)).to_rfc3339();
        let soon = (stack.now() + chrono::TimeDelta::hours(1)).to_rfc3339();
        let by_mail = json!({"everyDays": 30});
        let by_callback = json!({"everyDays": 30, "callback": {"url": stack.receiver}});
        let renewing = |name: &str| settings(name, &json!({"autoRenewal": by_callback}));

        let reader = create(&settings("reader", &json!({"applications": ["API_ACCESS_TOKENS"]})));
        let plain = create(&settings("plain", &json!({})));
        let mail =
            json!({"autoRenewal": by_mail, "renewalMailRecipient": "ops@example.com", "expiresAt": end});
        let mailed = create(&settings("mailed", &mail));
        let called = create(&settings("called", &json!({"autoRenewal": by_callback, "expiresAt": end})));
        let pending = create(&renewing("pending"));
        let lapsed = create(&renewing("lapsed"));
        let redeemed = create(&renewing("redeemed"));
        let expired = create(&settings("expired", &json!({"expiresAt": soon})));
        let deactivated = create(&settings("deactivated", &json!({})));

        let do_to = |token: &Token, what: &str| {
            let request = Request::new("POST", &format!("{ONE}/{what}")).about(&token.id).by(&manager);
            assert!(stack.call(&request).is_success(), "{what}");
        };
        let issue = |token: &Token| {
            do_to(token, "startRenewal");
            stack.sweep();
            stack.outside.request_token()
        };
        let lapsed_key = issue(&lapsed);
        stack.wait(3 * 3_600);
        stack.sweep();
        let live_key = issue(&pending);
        let redeemed_key = issue(&redeemed);
        let redeem = Request::new("POST", "/apiAccessTokens/requestRenewedToken").by(&redeemed.string);
        let redeem = redeem.saying(json!({"requestToken": redeemed_key}).to_string());
        assert_eq!(stack.call(&redeem).status, 200);
        do_to(&called, "callback/test");
        let tested_key = stack.outside.request_token();
        do_to(&deactivated, "deactivate");
        stack.sweep();

        let known = Self {
            manager,
            reader: reader.string,
            plain,
            mailed,
            called,
            pending,
            lapsed,
            redeemed,
            ended: [expired, deactivated],
            stranger,
            keys: Keys { tested: tested_key, live: live_key, lapsed: lapsed_key, redeemed: redeemed_key },
        };
        known.use_each(stack);
        known
    }

    /// Notes a use of every token, since the next one within the hour then changes nothing.
    fn use_each(&self, stack: &Stack) {
        for string in self.strings() {
            stack.call(&Request::new("GET", "/apiAccessTokens/self").by(string));
        }
    }

    /// Every token, those that have ended too.
    pub(crate) fn tokens(&self) -> [&Token; 8] {
        let [expired, deactivated] = &self.ended;
        [
            &self.plain,
            &self.mailed,
            &self.called,
            &self.pending,
            &self.lapsed,
            &self.redeemed,
            expired,
            deactivated,
        ]
    }

    /// Every token string.
    pub(crate) fn strings(&self) -> Vec<&str> {
        let managers = [&self.manager, &self.reader, &self.stranger].map(String::as_str);
        managers.into_iter().chain(self.tokens().map(|token| token.string.as_str())).collect()
    }

    /// Every request token.
    pub(crate) fn keys(&self) -> [&str; 4] {
        [&self.keys.live, &self.keys.tested, &self.keys.redeemed, &self.keys.lapsed].map(String::as_str)
    }
}

fn settings(name: &str, more: &Value) -> Value {
    let mut settings = json!({"name": name, "rights": "READ", "applications": ["ORDERS"]});
    for (field, value) in more.as_object().into_iter().flatten() {
        settings[field] = value.clone();
    }
    settings
}

fn create(stack: &Stack, manager: &str, settings: &Value) -> Token {
    let answer = stack.call(&Request::new("POST", TOKENS).by(manager).saying(settings.to_string()));
    assert_eq!(answer.status, 201, "{}", answer.text);
    Token { id: answer.member("id"), string: answer.member("token") }
}
