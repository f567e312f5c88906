//! Signing in with a provider that is not ours: `oidc-provider`, which the OpenID Foundation has certified.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Mutex;

use chrono::{DateTime, Utc};
use keyturn_harness::process::Process;
use keyturn_harness::tools::{installed, root};
use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use reqwest::{RequestBuilder, Response, Url};
use serde_json::{Value, json};

use crate::support::{Browser, MINUTE, TestStack, plain};

/// The provider in a process of its own, registered with a stack.
struct Certified {
    http: reqwest::Client,
    issuer: String,
    _process: Process,
}

/// The browser of somebody, as the provider sees it.
struct AtProvider<'a> {
    provider: &'a Certified,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl Certified {
    async fn start(stack: &TestStack, arguments: &[&str]) -> Self {
        let modules = installed("KEYTURN_OIDC_PROVIDER", "oidc-provider/node_modules").unwrap();
        let mut command = Command::new("node");
        command.arg(root().join("infra/xtask/oidc-provider/provider.mjs")).arg(modules).arg(stack.address());
        let ready = |line: &str| Some(line.strip_prefix("Ready: ")?.to_owned());
        let (process, issuer) = Process::start_until(
            "oidc-provider",
            {
                command.args(arguments);
                command
            },
            ready,
        )
        .await
        .unwrap();
        let record = json!({
            "id": "certified", "name": "the certified provider", "issuer": issuer, "clientId": "keyturn",
            "clientSecret": "a-secret-of-the-tests-only", "companyClaim": "tenant", "companies": {"t-1": "local"},
            "roleClaim": "groups", "roles": {"keyturn-admins": "ADMIN", "keyturn-operators": "OPERATOR", "keyturn-viewers": "VIEWER"},
            "scopes": ["profile", "email", "membership", "offline_access"],
        });
        stack.save_provider(&record).await;
        Self { http: stack.without_redirects(), issuer, _process: process }
    }

    async fn test(&self, what: &str) {
        let response = self.http.get(format!("{}/test/{what}", self.issuer)).send().await.unwrap();
        assert_eq!(response.status(), 200, "{what}");
    }

    /// Moves both clocks.
    async fn advance(&self, stack: &TestStack, seconds: i64) {
        stack.jump(seconds).await;
        self.test(&format!("advance?seconds={seconds}")).await;
    }

    fn browser(&self) -> AtProvider<'_> {
        AtProvider { provider: self, cookies: Mutex::default() }
    }
}

impl AtProvider<'_> {
    async fn send(&self, request: RequestBuilder) -> Response {
        let cookies = self
            .cookies
            .lock()
            .unwrap()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>();
        let response = request.header(COOKIE, cookies.join("; ")).send().await.unwrap();
        let mut cookies = self.cookies.lock().unwrap();
        for set in response.headers().get_all(SET_COOKIE) {
            let (name, value) = set.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            if value.is_empty() {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        response
    }

    /// Follows the provider's redirects, and signs in where it asks who one is; the address outside of it where this ends.
    async fn answer(&self, begun: &str, subject: &str) -> String {
        let issuer = Url::parse(&self.provider.issuer).unwrap();
        let mut next = Url::parse(begun).unwrap();
        while next.origin() == issuer.origin() {
            if next.path().starts_with("/interaction/") {
                next.query_pairs_mut().append_pair("as", subject);
            }
            let response = self.send(self.provider.http.get(next.clone())).await;
            let location = response.headers().get(LOCATION).map(|to| to.to_str().unwrap().to_owned());
            let Some(location) = location else { panic!("{next}: {}", response.text().await.unwrap()) };
            next = next.join(&location).unwrap();
        }
        next.into()
    }

    /// Ends the session at the provider, as its own page does.
    async fn sign_out(&self) {
        let address = |path: &str| format!("{}/session/end{path}", self.provider.issuer);
        let page = self.send(self.provider.http.get(address(""))).await.text().await.unwrap();
        let field = page.split("name=\"xsrf\" value=\"").nth(1).unwrap_or_else(|| panic!("{page}"));
        let form = format!("xsrf={}&logout=yes", field.split('"').next().unwrap());
        let confirmed = self.provider.http.post(address("/confirm")).body(form);
        let confirmed = confirmed.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let ended = self.send(confirmed).await;
        assert!(ended.status().is_redirection() || ended.status().is_success(), "{ended:?}");
    }
}

/// Where in the console somebody ends up who signs in.
async fn sign_in(browser: &Browser, at_provider: &AtProvider<'_>, subject: &str, parameters: &str) -> String {
    let begun = browser.begin(&format!("provider=certified{parameters}")).await;
    let back = at_provider.answer(&begun, subject).await;
    browser.open(&back).await.location.unwrap()
}

/// The session as the console sees it after a refresh, if one is due.
async fn session(browser: &Browser) -> Value {
    browser.console().post("/console/refresh", &json!({})).await.expect(200).body
}

mod slow {
    use super::*;

    #[tokio::test]
    async fn people_sign_in_and_stay_who_they_are() {
        let stack = TestStack::on_disk().await;
        // Company and role are in the user info only: that is this provider's default.
        let provider = Certified::start(&stack, &[]).await;
        let (browser, at_provider) = (Browser::new(&stack), provider.browser());
        assert_eq!(sign_in(&browser, &at_provider, "ada", "").await, "/console");
        let first = session(&browser).await;
        let shown = [&first["person"]["name"], &first["person"]["mail"], &first["companyId"], &first["role"]];
        assert_eq!(shown, [&json!("Ada Admin"), &json!("ada@example.com"), &json!("local"), &json!("ADMIN")]);
        browser.console().created(&plain()).await;

        // Refresh tokens are good once: each refresh gets another one.
        let holds =
            |session: &Value| session["roleHoldsUntil"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
        let mut before = holds(&first);
        for _ in 0..3 {
            provider.advance(&stack, 11 * MINUTE).await;
            let refreshed = session(&browser).await;
            assert_eq!(refreshed["role"], "ADMIN");
            assert!(holds(&refreshed) >= before + chrono::TimeDelta::seconds(11 * MINUTE));
            before = holds(&refreshed);
        }
        provider.test("groups?of=ada&group=keyturn-viewers").await;
        provider.advance(&stack, 11 * MINUTE).await;
        assert_eq!(session(&browser).await["role"], "VIEWER");
        provider.test("groups?of=ada&group=staff").await;
        provider.advance(&stack, 11 * MINUTE).await;
        assert_eq!(browser.console().post("/console/refresh", &json!({})).await.status, 401);
        assert_eq!(sign_in(&browser, &at_provider, "ada", "").await, "/console?signIn=NO_ROLE");

        let other = (Browser::new(&stack), provider.browser());
        assert_eq!(sign_in(&other.0, &other.1, "stranger", "").await, "/console?signIn=COMPANY_NOT_ALLOWED");
    }

    #[tokio::test]
    async fn claims_may_be_in_the_id_token_and_its_key_may_change() {
        let stack = TestStack::on_disk().await;
        let provider = Certified::start(&stack, &["id-token"]).await;
        let (browser, at_provider) = (Browser::new(&stack), provider.browser());
        assert_eq!(sign_in(&browser, &at_provider, "otto", "").await, "/console");
        provider.test("rotate").await;
        assert_eq!(sign_in(&browser, &at_provider, "otto", "").await, "/console");
        let found = session(&browser).await;
        assert_eq!((&found["role"], &found["person"]["name"]), (&json!("OPERATOR"), &json!("Otto Operator")));
        provider.advance(&stack, 11 * MINUTE).await;
        assert_eq!(session(&browser).await["role"], "OPERATOR");

        // The answer to one attempt signs nobody in twice, nor in another browser.
        let begun = browser.begin("provider=certified").await;
        let back = at_provider.answer(&begun, "otto").await;
        let thief = Browser::new(&stack);
        assert_eq!(thief.open(&back).await.location.as_deref(), Some("/console?signIn=NOT_STARTED"));
        let cookies = browser.cookies();
        assert_eq!(browser.open(&back).await.location.as_deref(), Some("/console"));
        cookies.iter().for_each(|(name, value)| thief.set_cookie(name, value));
        assert_eq!(thief.open(&back).await.location.as_deref(), Some("/console?signIn=PROVIDER_REFUSED"));
    }

    #[tokio::test]
    async fn a_recent_sign_in_is_asked_for_and_proved() {
        let stack = TestStack::on_disk().await;
        let provider = Certified::start(&stack, &[]).await;
        let (browser, at_provider) = (Browser::new(&stack), provider.browser());
        sign_in(&browser, &at_provider, "ada", "&fresh=true").await;
        let id = browser.console().created(&plain()).await.id();
        browser.console().copy(&id).await.expect(200);
        provider.advance(&stack, 6 * MINUTE).await;
        browser.console().copy(&id).await.assert_error(403, "SIGN_IN_TOO_OLD");
        // The provider has a session, and asks all the same.
        assert_eq!(sign_in(&browser, &at_provider, "ada", "&fresh=true").await, "/console");
        browser.console().copy(&id).await.expect(200);
    }

    #[tokio::test]
    async fn signing_out_at_the_provider_ends_the_session() {
        let stack = TestStack::on_disk().await;
        let provider = Certified::start(&stack, &[]).await;
        let (ada, at_provider) = (Browser::new(&stack), provider.browser());
        let (otto, elsewhere) = (Browser::new(&stack), provider.browser());
        sign_in(&ada, &at_provider, "ada", "").await;
        sign_in(&otto, &elsewhere, "otto", "").await;
        at_provider.sign_out().await;
        assert_eq!(ada.console().get("/apiAccessTokens").await.status, 401);
        otto.console().get("/apiAccessTokens").await.expect(200);
    }
}
