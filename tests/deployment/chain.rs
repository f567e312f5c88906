//! What a company does with Keyturn from its creation on: every function at least once, each of them called with a token
//! that was not used before, through an emulator of Lambda, on whatever services the functions are given.

mod largest;
mod leaked;
mod many;
mod people;

use std::cell::Cell;
use std::sync::{Arc, LazyLock, Mutex};

use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use keyturn_domain::access::RequiredAccess::Manage;
use keyturn_domain::secret::{Kind, SecretString};
use keyturn_functions::ROUTES;
use keyturn_harness::http::{Answer, receive_callbacks};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::lambda::Lambda;
use crate::support::read;

/// The parameters of the deployment.
pub(crate) fn parameters() -> [(&'static str, &'static str); 4] {
    [
        ("AllowedCallbackNetworks", "acme=127.0.0.0/8,other=127.0.0.0/8"),
        ("AllowedCallbackPorts", "443,loopback"),
        ("Applications", catalogue()),
        ("ScheduleOverlapHours", "1"),
    ]
}

/// As many applications as a token may have, with names of the longest kind but for one.
fn catalogue() -> &'static str {
    static CATALOGUE: LazyLock<String> = LazyLock::new(|| {
        (0..49).fold("ORDERS".to_owned(), |list, number| format!("{list},{:A<28}{number:02}", ""))
    });
    &CATALOGUE
}

const TOKENS: &str = "/apiAccessTokens";
const REDEMPTION: &str = "/apiAccessTokens/requestRenewedToken";

pub(crate) async fn run(lambda: &Lambda) {
    let company = Company::create(lambda, "acme").await;
    company.manages().await;
    company.protects_its_apis().await;
    company.renews_by_callback().await;
    company.renews_by_pull().await;
    company.renews_by_mail().await;
    company.replaces_leaked_strings().await;
    company.renews_many().await;
    company.announces_at_once().await;
    company.denies_others(&Company::create(lambda, "other").await).await;
    company.signs_people_in().await;
    company.has_nothing_left_to_do().await;
}

/// The largest requests that the contract allows.
pub(crate) async fn run_largest(lambda: &Lambda) {
    Company::create(lambda, "acme").await.sends_the_largest().await;
}

struct Company<'a> {
    lambda: &'a Lambda,
    callback_url: String,
    callbacks: Arc<Mutex<Vec<(HeaderMap, Value)>>>,
    management_token: String,
    names: Cell<u32>,
}

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

    fn path(&self, tail: &str) -> String {
        format!("{TOKENS}/{}{tail}", self.id)
    }
}

impl<'a> Company<'a> {
    async fn create(lambda: &'a Lambda, name: &str) -> Self {
        let created = lambda.invoke("bootstrap", &json!({"companyId": name}).to_string()).await;
        let token = created.body["token"].as_str().unwrap_or_else(|| panic!("{created:?}"));
        let again = json!({"companyId": name, "allowExistingCompany": true}).to_string();
        let again = lambda.invoke("bootstrap", &again).await;
        assert!(again.body["token"].is_string(), "{again:?}");
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

    fn callbacks(&self, kind: &str) -> Vec<(HeaderMap, Value)> {
        let all = self.callbacks.lock().unwrap();
        all.iter().filter(|(_, body)| body["type"] == kind).cloned().collect()
    }

    async fn call_as(&self, token: &str, method: Method, path: &str, body: Option<Value>) -> Answer {
        let request = self.lambda.request(method, path).bearer_auth(token);
        let request = if let Some(body) = body { request.json(&body) } else { request };
        self.lambda.send(request).await
    }

    /// A call with a new management token, so that its first use is recorded.
    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let caller = self.plain("READ_WRITE", "API_ACCESS_TOKENS").await;
        self.call_as(&caller.string, method, path, body).await
    }

    async fn create_token(&self, token: Value) -> Created {
        let answer = self.call_as(&self.management_token, Method::POST, TOKENS, Some(token)).await;
        Created::of(&answer)
    }

    async fn plain(&self, rights: &str, application: &str) -> Created {
        self.names.set(self.names.get() + 1);
        let name = format!("plain {}", self.names.get());
        self.create_token(json!({"name": name, "rights": rights, "applications": [application]})).await
    }

    /// Creates a token that renews itself: with a callback, or by mail only.
    async fn renewing(&self, callback: Option<&str>) -> Created {
        let callback = callback.map(|url| json!({"url": url}));
        self.create_token(json!({
            "name": "partner", "rights": "READ", "applications": ["ORDERS"], "renewalMailRecipient": "ops@example.com",
            "autoRenewal": {"everyDays": 30, "callback": callback},
        }))
        .await
    }

    async fn start_renewal(&self, token: &Created) {
        let due = self.call(Method::POST, &token.path("/startRenewal"), None).await;
        assert_eq!(due.status, 200, "{}", due.body);
    }

    async fn sweep(&self) -> Value {
        let Answer { status, body, .. } =
            self.lambda.invoke("sweep", &read("infra/events/schedule.json")).await;
        assert_eq!((status, &body["failed"]), (200, &json!(0)), "{body}");
        assert_eq!(body["left"], 0, "the sweep mistakes its deadline for a past one: {body}");
        body
    }

    async fn redeem(&self, token: &str, request_token: &str) -> Answer {
        let body = json!({"requestToken": request_token});
        self.call_as(token, Method::POST, REDEMPTION, Some(body)).await
    }

    async fn own_record(&self, token: &str) -> Answer {
        self.call_as(token, Method::GET, "/apiAccessTokens/self", None).await
    }

    /// Due, callback, redemption, overlap.
    async fn renews_by_callback(&self) {
        let old = self.renewing(Some(&self.callback_url)).await;
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

        let path = format!("{REDEMPTION}?requestToken={request_token}");
        let repeat = self.call_as(&old.string, Method::GET, &path, None).await;
        assert_eq!(repeat.body["token"], new, "a repeat gets the same answer");
        let never_issued = SecretString::new(Kind::Request, old.id.parse().unwrap(), &[7; 32]);
        assert_eq!(self.redeem(&old.string, never_issued.expose()).await.status, 404);

        let (during, after) = (self.own_record(&old.string).await, self.own_record(new).await);
        assert_eq!((during.status, after.status), (200, 200));
        let ends = during.headers["token-expires-at"].to_str().unwrap();
        assert_eq!((time(ends) - time_in(&after, "createdDate")).num_hours(), 24, "the overlap");
        assert_eq!(after.body["renewedFrom"], old.id.as_str());
    }

    /// The token fetches its own successor once it is due.
    async fn renews_by_pull(&self) {
        let old = self
            .create_token(json!({
                "name": "pulling", "rights": "READ", "applications": ["ORDERS"],
                "autoRenewal": {"everyDays": 30, "pull": true},
            }))
            .await;
        let pull =
            async || self.call_as(&old.string, Method::POST, "/apiAccessTokens/self/renew", None).await;
        assert_eq!(pull().await.body["errorCode"], "RENEWAL_NOT_DUE");
        self.start_renewal(&old).await;
        let first = pull().await;
        assert_eq!(first.status, 200, "{}", first.body);
        assert_eq!(pull().await.body["token"], first.body["token"], "a repeat gets the same answer");
        for (string, renewal) in
            [(&*old.string, "RENEWED"), (first.body["token"].as_str().unwrap(), "SCHEDULED")]
        {
            let info = self.call_as(string, Method::GET, "/apiAccessTokens/self/renewalInfo", None).await;
            assert_eq!(info.body["renewal"], renewal, "{}", info.body);
        }
        let plain = self.plain("READ", "ORDERS").await;
        let info = self.call_as(&plain.string, Method::GET, "/apiAccessTokens/self/renewalInfo", None).await;
        assert_eq!(info.body["renewal"], "NONE", "{}", info.body);
    }

    /// Without a callback the schedule renews, and a mail is sent.
    async fn renews_by_mail(&self) {
        self.sweep().await;
        let old = self.renewing(None).await;
        self.start_renewal(&old).await;
        let summary = self.sweep().await;
        assert_eq!((&summary["renewed"], &summary["mails"]), (&json!(1), &json!(1)), "{summary}");
        let record = self.call(Method::GET, &old.path(""), None).await;
        let overlap = time_in(&record, "expiresAt") - time_in(&record, "changedDate");
        assert_eq!(overlap.num_hours(), 1, "{}", record.body);
    }

    /// A change is announced when the table's stream reports it.
    async fn announces_at_once(&self) {
        let token = self.renewing(None).await;
        let order = json!({"existingTokenExpiresAt": "2999-12-31", "name": "renewed at once"});
        let renewed = self.call(Method::POST, &token.path("/renew"), Some(order)).await;
        assert_eq!(renewed.status, 201, "{}", renewed.body);
        let activities = self.call(Method::GET, &token.path("/activities?size=1"), None).await;
        let mut event: Value = serde_json::from_str(&read("infra/events/stream.json")).unwrap();
        let entry = activities.body["items"][0]["id"].as_str().unwrap();
        event["Records"][0]["dynamodb"]["Keys"] =
            json!({"pk": {"S": format!("SERIES#{}", token.id)}, "sk": {"S": format!("ENTRY#{entry}")}});
        for times in [1, 0] {
            let delivered = self.lambda.invoke("deliver", &event.to_string()).await;
            let expected = json!({"taken": times, "events": times, "mails": times, "left": 0});
            assert_eq!(delivered.body, expected, "the stream reports it again");
        }
    }

    async fn manages(&self) {
        let token = self.renewing(Some(&self.callback_url)).await;
        let edit = json!({"description": "edited", "autoRenewal": {"pull": true}});
        let log = format!("/callbacks/logs?tokenId={}", token.id);
        for (method, path, body, field) in [
            (Method::GET, "/apiAccessTokens?search=PART&size=5".to_owned(), None, "/items/0/id"),
            (Method::GET, token.path(""), None, "/seriesId"),
            (Method::GET, token.path("/token"), None, "/token"),
            (Method::POST, token.path("/callback/test"), None, "/success"),
            (Method::POST, token.path("/callback/rotateSecret"), None, "/signingSecret"),
            (Method::PATCH, token.path(""), Some(edit), "/description"),
            (Method::GET, token.path("/activities"), None, "/items/0/id"),
            (Method::GET, log, None, "/items/0/id"),
        ] {
            let answer = self.call(method, &path, body).await;
            let value = answer.body.pointer(field).unwrap_or(&Value::Null);
            assert!(answer.status == 200 && !value.is_null(), "{path}: {answer:?}");
        }
        assert_eq!(self.callbacks("apiAccessToken.test").len(), 1);
        // Now and then, so that no run has more events at once than a busy moto takes within their time limit.
        self.sweep().await;

        let logs = self.call(Method::GET, "/callbacks/logs", None).await;
        let entry = logs.body["items"][0]["id"].as_str().unwrap_or_else(|| panic!("{logs:?}"));
        let entry = format!("/callbacks/logs/{entry}");
        assert_eq!(self.call(Method::GET, &entry, None).await.status, 200);
        self.reads_the_rest(&token).await;
        self.sweep().await;
        self.replaces_callback(&token).await;
        self.repeats_requests(&token).await;
        let ended = self.call(Method::POST, &token.path("/deactivate"), None).await;
        assert_eq!(ended.body["status"], "DEACTIVATED", "{}", ended.body);
        self.sweep().await;
    }

    /// Functions that only read and that nothing above has called.
    async fn reads_the_rest(&self, token: &Created) {
        for route in ROUTES.iter().filter(|route| route.method == "GET" && route.access == Some(Manage)) {
            if !self.lambda.has_run(route.function).await {
                let answer = self.call(Method::GET, &route.path.replace("{id}", &token.id), None).await;
                assert_eq!(answer.status, 200, "{}: {answer:?}", route.path);
            }
        }
    }

    /// A callback that an edit adds gets a new signing secret.
    async fn replaces_callback(&self, token: &Created) {
        for callback in [Value::Null, json!({"url": self.callback_url})] {
            let body = json!({"autoRenewal": {"callback": callback}});
            let answer = self.call(Method::PATCH, &token.path(""), Some(body)).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
        }
    }

    /// A repeated request with an idempotency key gets the same answer.
    async fn repeats_requests(&self, token: &Created) {
        let create = json!({"name": "once", "rights": "READ", "applications": ["ORDERS"]});
        let renew = json!({"name": "by hand", "existingTokenExpiresAt": "2999-12-31"});
        for (path, body) in [(TOKENS.to_owned(), create), (token.path("/renew"), renew)] {
            let caller = self.plain("READ_WRITE", "API_ACCESS_TOKENS").await;
            let request = || self.lambda.request(Method::POST, &path).bearer_auth(&caller.string).json(&body);
            let send = async || {
                let request = request().header("idempotency-key", "the-same");
                Created::of(&self.lambda.send(request).await).string
            };
            assert_eq!(send().await, send().await, "{path}");
        }
    }

    /// The authorizer and introspection answer the company's own APIs.
    async fn protects_its_apis(&self) {
        for (event, field, allowed) in [
            ("http-api", "/isAuthorized", json!(true)),
            ("rest-api", "/policyDocument/Statement/0/Effect", json!("Allow")),
        ] {
            let token = self.plain("READ", "ORDERS").await;
            let event = read(&format!("infra/events/authorizer-{event}.json"));
            let decision = self.lambda.invoke("authorizer", &event.replace("TOKEN", &token.string)).await;
            assert_eq!(decision.body.pointer(field), Some(&allowed), "{decision:?}");
            assert_eq!(decision.body["context"]["tokenId"], token.id.as_str());
        }
        let unknown = read("infra/events/authorizer-http-api.json");
        let decision = self.lambda.invoke("authorizer", &unknown).await;
        assert_eq!(decision.body["isAuthorized"], false, "{decision:?}");

        let caller = self.plain("READ", "API_ACCESS_TOKENS").await;
        let token = self.plain("READ", "ORDERS").await;
        let request = self.lambda.request(Method::POST, "/introspect").bearer_auth(caller.string);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = self.lambda.send(request.body(format!("token={}", token.string))).await;
        assert_eq!((answer.status, &answer.body["active"]), (200, &json!(true)), "{}", answer.body);
    }

    async fn has_nothing_left_to_do(&self) {
        self.sweep().await;
        let last = self.sweep().await;
        assert_eq!(last["due"], 0, "{last}");
    }

    async fn denies_others(&self, other: &Company<'_>) {
        let token = self.renewing(Some(&self.callback_url)).await;
        let reader = self.plain("READ", "API_ACCESS_TOKENS").await.string;
        let of_orders = self.plain("READ_WRITE", "ORDERS").await.string;
        for (caller, read, edited) in [
            ("kat_0", 401, 401),
            (&other.management_token, 404, 404),
            (&reader, 200, 403),
            (&of_orders, 403, 403),
        ] {
            let edit = Some(json!({"description": "theirs"}));
            let statuses = (
                self.call_as(caller, Method::GET, &token.path(""), None).await.status,
                self.call_as(caller, Method::PATCH, &token.path(""), edit).await.status,
            );
            assert_eq!(statuses, (read, edited));
        }
    }
}

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn time_in(record: &Answer, field: &str) -> DateTime<Utc> {
    time(record.body[field].as_str().unwrap())
}
