//! People sign in, and each function that takes sessions is called with one that was not used before.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use keyturn_application::Clock;
use keyturn_domain::access::RequiredAccess;
use keyturn_functions::ROUTES;
use keyturn_harness::http::Answer;
use keyturn_local::identity::IdentityProvider;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use serde_json::json;
use tokio::net::TcpListener;
use url::Url;

use super::Company;

/// The identity provider tells the time as the functions do.
struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the functions run in real time, too")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// A provider that vouches for people of a company.
async fn start_provider() -> Arc<IdentityProvider> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let provider = IdentityProvider::new(&issuer, Arc::new(SystemClock));
    let router = Arc::clone(&provider).router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    provider
}

/// A request to each function that only people and administrators need.
const PERSONAL: [(Method, &str); 6] = [
    (Method::GET, "/sessions"),
    (Method::POST, "/sessions/unknown/end"),
    (Method::GET, "/people"),
    (Method::POST, "/people/unknown/bar"),
    (Method::POST, "/console/refresh"),
    (Method::POST, "/console/sign-out"),
];

/// The cookies that an answer sets.
fn cookies(answer: &Answer) -> Vec<String> {
    let set = answer.headers.get_all(SET_COOKIE).iter();
    let set = set.map(|value| value.to_str().unwrap()).filter(|set| !set.contains("Max-Age=0"));
    set.map(|set| set.split(';').next().unwrap().to_owned()).collect()
}

impl Company<'_> {
    pub(super) async fn signs_people_in(&self) {
        let provider = start_provider().await;
        let record = provider.record("corp", "acme").to_string();
        for _ in 0..2 {
            let written = self.lambda.invoke("provider", &record).await;
            assert_eq!(written.body["redirectPath"], "/console/signed-in/corp", "{written:?}");
        }
        let kept = provider.record("corp", "acme");
        let mut kept = kept.as_object().unwrap().clone();
        kept.remove("clientSecret");
        self.lambda.invoke("provider", &serde_json::to_string(&kept).unwrap()).await;
        let ways = self.lambda.send(self.lambda.request(Method::GET, "/console/sign-in")).await;
        assert_eq!(ways.body["providers"][0]["id"], "corp", "{ways:?}");

        for route in ROUTES.iter().filter(|route| takes_sessions(route.function, route.access)) {
            let session = self.signed_in(&provider, None).await;
            let path = route.path.replace("{id}", "01990000-0000-7000-8000-000000000000");
            let answer = self.in_session(&session, route.method, &path).await;
            assert!(![401, 403, 503].contains(&answer.status), "{path}: {answer:?}");
        }
        for (method, path) in PERSONAL {
            let answer = self.call(method, path, None).await;
            assert!([200, 403, 404].contains(&answer.status), "{path}: {answer:?}");
        }
        let (mine, another) = (self.signed_in(&provider, None).await, self.signed_in(&provider, None).await);
        let again = self.signed_in(&provider, Some(&mine)).await;
        assert_eq!(self.in_session(&mine, "GET", "/sessions").await.status, 401, "it was replaced");
        let sessions = self.in_session(&again, "GET", "/sessions").await;
        let sessions = sessions.body["items"].as_array().unwrap();
        let other = sessions.iter().find(|session| session["own"] == false).unwrap();
        let path = format!("/sessions/{}/end", other["id"].as_str().unwrap());
        assert_eq!(self.in_session(&again, "POST", &path).await.status, 200);

        let people = self.in_session(&again, "GET", "/people").await;
        let ada = people.body["items"][0]["id"].as_str().unwrap();
        let token = self.plain("READ", "ORDERS").await;
        let owned = self.call(Method::PATCH, &token.path(""), Some(json!({"owner": ada}))).await;
        assert_eq!(owned.body["owner"]["id"], ada, "{owned:?}");
        let found = self.call(Method::GET, "/apiAccessTokens?ownerCannotSignIn=true", None).await;
        assert_eq!(found.body["items"], json!([]), "{found:?}");
        for action in ["readmit", "bar", "readmit"] {
            let path = format!("/people/{ada}/{action}");
            assert_eq!(self.call(Method::POST, &path, None).await.status, 200, "{path}");
        }
        let again = self.signed_in(&provider, None).await;
        let refused = self.come_back(&provider, "nora", None).await;
        assert_eq!(refused.headers[LOCATION], "/console?signIn=NO_ROLE");
        for sid in [Some("unknown"), None] {
            let token = provider.sign("logout+jwt", &provider.logout_claims("ada", sid));
            let request = self.lambda.request(Method::POST, "/console/back-channel-logout");
            let request = request
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(format!("logout_token={token}"));
            assert_eq!(self.lambda.send(request).await.status, 200);
        }
        for session in [&another, &again] {
            assert_eq!(self.in_session(session, "GET", "/sessions").await.status, 401);
        }
        let removed =
            self.lambda.invoke("provider", &json!({"id": "corp", "remove": true}).to_string()).await;
        assert_eq!(removed.status, 200, "{removed:?}");
    }

    async fn in_session(&self, session: &str, method: &str, path: &str) -> Answer {
        let request = self.lambda.request(method.parse().unwrap(), path).header(COOKIE, session);
        let request = request.header("x-keyturn-csrf", "1").header("sec-fetch-site", "same-origin");
        self.lambda.send(request).await
    }

    /// Signs the administrator in; the session's cookie.
    async fn signed_in(&self, provider: &IdentityProvider, before: Option<&str>) -> String {
        let back = self.come_back(provider, "ada", before).await;
        assert_eq!(back.headers[LOCATION], "/console", "{back:?}");
        cookies(&back).pop().unwrap()
    }

    async fn come_back(&self, provider: &IdentityProvider, subject: &str, before: Option<&str>) -> Answer {
        let begun =
            self.lambda.send(self.lambda.request(Method::GET, "/console/sign-in?provider=corp")).await;
        let location = begun.headers[LOCATION].to_str().unwrap();
        let back = Url::parse(&provider.answer(location, subject).unwrap()).unwrap();
        let path = format!("{}?{}", back.path(), back.query().unwrap());
        let mut all = cookies(&begun);
        all.extend(before.map(str::to_owned));
        let request = self.lambda.request(Method::GET, &path).header(COOKIE, all.join("; "));
        self.lambda.send(request).await
    }
}

/// Whether a function's requests may come with a session in place of a token string.
fn takes_sessions(function: &str, access: Option<RequiredAccess>) -> bool {
    access.is_some_and(|access| access != RequiredAccess::Any) && function != "introspect"
}
