//! What a company does with Keyturn from its creation on: every function at least once, each of them called with a token
//! that was not used before, through an emulator of Lambda, on whatever services the functions are given.

use std::cell::Cell;
use std::sync::{Arc, Mutex};

use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use keyturn_domain::secret::{Kind, SecretString};
use keyturn_harness::http::{Answer, receive_callbacks};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::lambda::Lambda;
use crate::support::read;

/// Hours of the overlap of tokens that the schedule renews without a callback; a parameter of these deployments.
pub(crate) const OVERLAP_HOURS: i64 = 1;

/// A company.
pub(crate) struct Company<'a> {
    lambda: &'a Lambda,
    callback_url: String,
    callbacks: Arc<Mutex<Vec<(HeaderMap, Value)>>>,
    management_token: String,
    names: Cell<u32>,
}

/// A token that was just created.
#[derive(Clone, Debug)]
struct Created {
    id: String,
    string: String,
}

impl Created {
    fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 201, "{}", answer.body);
        let text = |name: &str| answer.body[name].as_str().unwrap().to_owned();
        Self { id: text("id"), string: text("token") }
    }
}

/// A call of the API: the function that must answer, method and path, a body.
type Call<'a> = (&'a str, Method, String, Option<Value>);

impl<'a> Company<'a> {
    /// Creates a company as the operator does.
    pub(crate) async fn create(lambda: &'a Lambda, name: &str) -> Self {
        let created = lambda.invoke("bootstrap", &json!({"companyId": name}).to_string()).await;
        let token = created.body["token"].as_str().unwrap_or_else(|| panic!("{created:?}"));
        let callbacks = Arc::<Mutex<Vec<_>>>::default();
        let received = callbacks.clone();
        let callback_url = receive_callbacks(move |headers, body| {
            received.lock().unwrap().push((headers, body));
            true
        });
        Self {
            lambda,
            callback_url: callback_url.await.unwrap(),
            callbacks,
            management_token: token.to_owned(),
            names: Cell::new(0),
        }
    }

    /// All callbacks of a type so far.
    fn callbacks(&self, kind: &str) -> Vec<(HeaderMap, Value)> {
        let all = self.callbacks.lock().unwrap();
        all.iter().filter(|(_, body)| body["type"] == kind).cloned().collect()
    }

    async fn call_as(
        &self,
        token: &str,
        (function, method, path, body): Call<'_>,
        more: &[(&str, &str)],
    ) -> Answer {
        let bearer = format!("Bearer {token}");
        let mut headers = vec![("authorization", bearer.as_str()), ("content-type", "application/json")];
        headers.extend(more);
        let body = body.map(|body| body.to_string());
        self.lambda.request(function, (method, &path), &headers, body).await
    }

    /// A call with a new management token, so that its first use is recorded.
    async fn call(&self, call: Call<'_>) -> Answer {
        let caller = self.plain("READ_WRITE", "API_ACCESS_TOKENS").await;
        self.call_as(&caller.string, call, &[]).await
    }

    async fn create_token(&self, token: Value) -> Answer {
        let call = ("create-token", Method::POST, "/apiAccessTokens".to_owned(), Some(token));
        self.call_as(&self.management_token, call, &[]).await
    }

    /// Creates a token that doesn't renew itself.
    async fn plain(&self, rights: &str, application: &str) -> Created {
        self.names.set(self.names.get() + 1);
        let name = format!("plain {}", self.names.get());
        Created::of(
            &self.create_token(json!({"name": name, "rights": rights, "applications": [application]})).await,
        )
    }

    async fn renewing(&self) -> Created {
        let token = json!({
            "name": "partner", "rights": "READ", "applications": ["ORDERS"], "renewalMailRecipient": "ops@example.com",
            "autoRenewal": {"everyDays": 30, "callback": {"url": self.callback_url}},
        });
        Created::of(&self.create_token(token).await)
    }

    async fn start_renewal(&self, token: &Created) {
        let path = format!("/apiAccessTokens/{}/startRenewal", token.id);
        let due = self.call(("start-renewal", Method::POST, path, None)).await;
        assert_eq!(due.status, 200, "{}", due.body);
    }

    /// Invokes the scheduled function once.
    async fn sweep(&self) -> Value {
        let summary = self.lambda.invoke("sweep", &read("infra/events/schedule.json")).await;
        assert_eq!((summary.status, &summary.body["failed"]), (200, &json!(0)), "{}", summary.body);
        assert_eq!(
            summary.body["left"], 0,
            "the sweep mistakes its deadline for a past one: {}",
            summary.body
        );
        summary.body
    }

    async fn redeem(&self, token: &str, request_token: &str) -> Answer {
        let path = "/apiAccessTokens/requestRenewedToken".to_owned();
        let body = json!({"requestToken": request_token});
        self.call_as(token, ("request-renewed-token", Method::POST, path, Some(body)), &[]).await
    }

    async fn own(&self, token: &str) -> Answer {
        self.call_as(token, ("get-own-token", Method::GET, "/apiAccessTokens/self".to_owned(), None), &[])
            .await
    }

    /// Due, callback, redemption, overlap.
    pub(crate) async fn renews_by_callback(&self) {
        let old = self.renewing().await;
        self.start_renewal(&old).await;
        let summary = self.sweep().await;
        assert_eq!((&summary["requested"], &summary["delivered"]), (&json!(1), &json!(1)), "{summary}");

        let (headers, callback) = self.callbacks("apiAccessToken.renewalRequested").pop().unwrap();
        assert!(headers.contains_key("webhook-signature"));
        assert_eq!(callback["data"]["tokenId"], old.id.as_str());
        let request_token = callback["data"]["requestToken"].as_str().unwrap();
        let renewed = self.redeem(&old.string, request_token).await;
        assert_eq!(renewed.status, 200, "{}", renewed.body);
        let new = renewed.body["token"].as_str().unwrap();
        assert_ne!(new, old.string);

        let path = format!("/apiAccessTokens/requestRenewedToken?requestToken={request_token}");
        let repeat = ("request-renewed-token", Method::GET, path, None);
        assert_eq!(
            self.call_as(&old.string, repeat, &[]).await.body["token"],
            new,
            "a repeat gets the same answer"
        );
        let never_issued = SecretString::new(Kind::Request, old.id.parse().unwrap(), &[7; 32]);
        assert_eq!(self.redeem(&old.string, never_issued.expose()).await.status, 404);

        let (during, after) = (self.own(&old.string).await, self.own(new).await);
        assert_eq!((during.status, after.status), (200, 200));
        let ends: DateTime<Utc> = during.headers["token-expires-at"].to_str().unwrap().parse().unwrap();
        let began: DateTime<Utc> = after.body["createdDate"].as_str().unwrap().parse().unwrap();
        assert_eq!((ends - began).num_hours(), 24, "the overlap");
        assert_eq!(after.body["renewedFrom"], old.id.as_str());
    }

    /// Without a callback the schedule renews, and a mail is sent.
    pub(crate) async fn renews_by_mail(&self) {
        self.sweep().await;
        let token = json!({
            "name": "report", "rights": "READ", "applications": ["REPORTS"], "renewalMailRecipient": "ops@example.com",
            "autoRenewal": {"everyDays": 30},
        });
        let old = Created::of(&self.create_token(token).await);
        self.start_renewal(&old).await;
        let summary = self.sweep().await;
        assert_eq!((&summary["renewed"], &summary["mails"]), (&json!(1), &json!(1)), "{summary}");
        let seen = self.call(("get-token", Method::GET, format!("/apiAccessTokens/{}", old.id), None)).await;
        let text = |name: &str| seen.body[name].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
        assert_eq!((text("expiresAt") - text("changedDate")).num_hours(), OVERLAP_HOURS, "{}", seen.body);
    }

    /// The other functions of the API.
    pub(crate) async fn manages(&self) {
        let token = self.renewing().await;
        let path = |rest: &str| format!("/apiAccessTokens/{}{rest}", token.id);
        for (function, method, path, body, field) in [
            (
                "list-tokens",
                Method::GET,
                "/apiAccessTokens?search=PART&size=5".to_owned(),
                None,
                "/items/0/id",
            ),
            ("get-token", Method::GET, path(""), None, "/seriesId"),
            ("copy-token", Method::GET, path("/token"), None, "/token"),
            ("test-callback", Method::POST, path("/callback/test"), None, "/success"),
            ("rotate-signing-secret", Method::POST, path("/callback/rotateSecret"), None, "/signingSecret"),
            ("update-token", Method::PATCH, path(""), Some(json!({"description": "edited"})), "/description"),
            ("list-activities", Method::GET, path("/activities"), None, "/items/0/id"),
            (
                "callback-logs",
                Method::GET,
                format!("/callbacks/logs?tokenId={}", token.id),
                None,
                "/items/0/id",
            ),
            ("list-applications", Method::GET, "/applications".to_owned(), None, "/items/0"),
        ] {
            let answer = self.call((function, method, path, body)).await;
            let value = answer.body.pointer(field);
            assert!(
                answer.status == 200 && value.is_some_and(|value| !value.is_null()),
                "{function}: {answer:?}"
            );
        }
        assert_eq!(self.callbacks("apiAccessToken.test").len(), 1);

        let logs = self.call(("callback-logs", Method::GET, "/callbacks/logs".to_owned(), None)).await;
        let entry = format!("/callbacks/logs/{}", logs.body["items"][0]["id"].as_str().unwrap());
        assert_eq!(self.call(("callback-logs", Method::GET, entry, None)).await.status, 200);
        self.replaces_callback(&token).await;
        self.repeats_requests(&token).await;
        let ended = self.call(("deactivate-token", Method::POST, path("/deactivate"), None)).await;
        assert_eq!(ended.body["status"], "DEACTIVATED", "{}", ended.body);
    }

    /// A callback that an edit adds gets a new signing secret.
    async fn replaces_callback(&self, token: &Created) {
        for callback in [Value::Null, json!({"url": self.callback_url})] {
            let path = format!("/apiAccessTokens/{}", token.id);
            let body = json!({"autoRenewal": {"callback": callback}});
            let answer = self.call(("update-token", Method::PATCH, path, Some(body))).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
        }
    }

    /// A repeated request with an idempotency key gets the same answer.
    async fn repeats_requests(&self, token: &Created) {
        let renewal = json!({"name": "by hand", "existingTokenExpiresAt": "2999-12-31"});
        let create = json!({"name": "once", "rights": "READ", "applications": ["ORDERS"]});
        for (function, path, body) in [
            ("create-token", "/apiAccessTokens".to_owned(), create),
            ("renew-token", format!("/apiAccessTokens/{}/renew", token.id), renewal),
        ] {
            let caller = self.plain("READ_WRITE", "API_ACCESS_TOKENS").await;
            let key = [("idempotency-key", "the-same")];
            let call = || (function, Method::POST, path.clone(), Some(body.clone()));
            let first = Created::of(&self.call_as(&caller.string, call(), &key).await);
            let second = Created::of(&self.call_as(&caller.string, call(), &key).await);
            assert_eq!(first.string, second.string, "{function}");
        }
    }

    /// The authorizer and introspection answer the company's own APIs.
    pub(crate) async fn protects_its_apis(&self) {
        for (event, allowed) in
            [("http-api", "/isAuthorized"), ("rest-api", "/policyDocument/Statement/0/Effect")]
        {
            let token = self.plain("READ", "ORDERS").await;
            let event = read(&format!("infra/events/authorizer-{event}.json"));
            let decision = self.lambda.invoke("authorizer", &event.replace("TOKEN", &token.string)).await;
            let allowed = decision.body.pointer(allowed).unwrap_or_else(|| panic!("{decision:?}"));
            assert!(allowed == &json!(true) || allowed == &json!("Allow"), "{decision:?}");
            assert_eq!(decision.body["context"]["tokenId"], token.id.as_str());
        }
        let unknown = read("infra/events/authorizer-http-api.json");
        let decision = self.lambda.invoke("authorizer", &unknown).await;
        assert_eq!(decision.body["isAuthorized"], false, "{decision:?}");

        let (caller, token) =
            (self.plain("READ", "API_ACCESS_TOKENS").await, self.plain("READ", "ORDERS").await);
        let headers = [
            ("authorization", format!("Bearer {}", caller.string)),
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
        ];
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        let body = Some(format!("token={}", token.string));
        let answer = self.lambda.request("introspect", (Method::POST, "/introspect"), &headers, body).await;
        assert_eq!((answer.status, &answer.body["active"]), (200, &json!(true)), "{}", answer.body);
    }

    /// Nothing is left to do.
    pub(crate) async fn has_nothing_left_to_do(&self) {
        self.sweep().await;
        let last = self.sweep().await;
        assert_eq!(last["due"], 0, "{last}");
    }

    /// Callers without the right are denied.
    pub(crate) async fn denies_others(&self, other: &Company<'_>) {
        let token = self.renewing().await;
        let path = || format!("/apiAccessTokens/{}", token.id);
        let statuses = |caller: String| async move {
            let get = ("get-token", Method::GET, path(), None);
            let edit = ("update-token", Method::PATCH, path(), Some(json!({"description": "theirs"})));
            (self.call_as(&caller, get, &[]).await.status, self.call_as(&caller, edit, &[]).await.status)
        };
        let reader = self.plain("READ", "API_ACCESS_TOKENS").await.string;
        let of_orders = self.plain("READ_WRITE", "ORDERS").await.string;
        assert_eq!(statuses("kat_0".to_owned()).await, (401, 401));
        assert_eq!(statuses(other.management_token.clone()).await, (404, 404));
        assert_eq!(statuses(reader).await, (200, 403));
        assert_eq!(statuses(of_orders).await, (403, 403));
    }
}
