//! Attacks on signing in: each is refused, and the log names no secret.

use keyturn_domain::access::RequiredAccess;
use keyturn_functions::ROUTES;
use keyturn_functions::routes::Route;
use keyturn_local::identity::UserInfo;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::{
    Browser, SESSION, TestProvider, TestStack, parameter, plain, signed_with, unsigned, with_parameter,
};

const REFUSED: &str = "/console?signIn=PROVIDER_REFUSED";
const NOT_STARTED: &str = "/console?signIn=NOT_STARTED";

async fn stack_with_provider() -> (TestStack, TestProvider) {
    let stack = TestStack::on_disk().await;
    let provider = TestProvider::start(&stack, "corp").await;
    (stack, provider)
}

/// The log says that somebody was refused, and holds neither tokens of the provider nor these secrets.
fn assert_refusals_are_logged(stack: &TestStack, secrets: &[&str]) {
    let log = stack.log();
    assert!(log.contains("nobody was signed in"), "{log}");
    // Every JSON Web Token begins like this.
    for secret in secrets.iter().chain(&["eyJ", keyturn_local::identity::CLIENT_SECRET]) {
        assert!(!log.contains(secret), "the log holds {secret}");
    }
}

/// HMAC-SHA-256 (RFC 2104).
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut block = [0; 64];
    if key.len() > block.len() {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let padded = |byte: u8| block.map(|key| key ^ byte);
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize().to_vec()
}

#[tokio::test]
async fn forged_id_tokens_sign_nobody_in() {
    let (stack, provider) = stack_with_provider().await;
    let now = stack.now().await.timestamp();
    let (hour, browser) = (3_600, Browser::new(&stack));
    for (claim, value) in [
        ("iss", json!("https://idp.example")),
        ("aud", json!("somebody-else")),
        ("aud", json!(["keyturn", "somebody-else"])),
        ("nonce", json!("another")),
        ("nonce", Value::Null),
        ("exp", json!(now - hour)),
        ("iat", json!(now + hour)),
        ("iat", json!(now - hour)),
        ("azp", json!("somebody-else")),
    ] {
        provider.claim(claim, value.clone());
        assert_eq!(browser.sign_in("corp", "ada").await, REFUSED, "{claim}: {value}");
    }
    provider.forge(|_, claims| signed_with(&unsigned(), &claims, b""));
    assert_eq!(browser.sign_in("corp", "ada").await, REFUSED, "alg none");
    provider.forge(|signer, claims| {
        let public_key = signer.key_set().to_string();
        let header = json!({"alg": "HS256", "typ": "JWT", "kid": signer.key_id()});
        let input = keyturn_local::identity::signing_input(&header, &claims);
        signed_with(&header, &claims, &hmac(public_key.as_bytes(), input.as_bytes()))
    });
    assert_eq!(browser.sign_in("corp", "ada").await, REFUSED, "HS256 with the public key");
    provider.forge(|_, claims| {
        let secret = keyturn_local::identity::CLIENT_SECRET;
        let header = json!({"alg": "HS256", "typ": "JWT"});
        let input = keyturn_local::identity::signing_input(&header, &claims);
        signed_with(&header, &claims, &hmac(secret.as_bytes(), input.as_bytes()))
    });
    assert_eq!(browser.sign_in("corp", "ada").await, REFUSED, "HS256 with the client secret");
    provider.forge(|_, claims| keyturn_local::identity::Signer::new().sign("JWT", &claims));
    assert_eq!(browser.sign_in("corp", "ada").await, REFUSED, "an unknown key");
    provider.forge(|signer, claims| {
        let header = json!({"alg": "ES256", "typ": "JWT", "kid": signer.key_id()});
        signed_with(&header, &claims, &[0; 64])
    });
    assert_eq!(browser.sign_in("corp", "ada").await, REFUSED, "a wrong signature");
    assert_eq!(browser.cookie(SESSION), None);
    assert_refusals_are_logged(&stack, &[]);
    provider.provider.forge(None);
    assert_eq!(browser.sign_in("corp", "ada").await, "/console");
}

#[tokio::test]
async fn rotated_keys_are_accepted_after_one_more_look() {
    let (stack, provider) = stack_with_provider().await;
    let browser = Browser::new(&stack);
    assert_eq!(browser.sign_in("corp", "ada").await, "/console");
    let before = provider.provider.key_requests();
    provider.provider.rotate_keys();
    assert_eq!(browser.sign_in("corp", "ada").await, "/console");
    assert_eq!(provider.provider.key_requests(), before + 1);
    // Tokens with unknown keys cause no flood of requests.
    provider.forge(|_, claims| keyturn_local::identity::Signer::new().sign("JWT", &claims));
    for _ in 0..3 {
        assert_eq!(browser.sign_in("corp", "ada").await, REFUSED);
    }
    assert_eq!(provider.provider.key_requests(), before + 1);
}

#[tokio::test]
async fn answers_that_fit_no_attempt_of_this_browser_are_refused() {
    let (stack, _provider) = stack_with_provider().await;
    let (mine, theirs) = (Browser::new(&stack), Browser::new(&stack));
    // The attacker's own answer in the victim's browser: the victim would act in the attacker's account.
    let back = theirs.answer(&theirs.begin("provider=corp").await, "otto").await;
    assert_eq!(mine.open(&back).await.location.as_deref(), Some(NOT_STARTED));
    mine.begin("provider=corp").await;
    assert_eq!(mine.open(&back).await.location.as_deref(), Some(NOT_STARTED));
    // Another state, or none.
    let back = mine.answer(&mine.begin("provider=corp").await, "ada").await;
    for state in ["", "x", &"x".repeat(43), &parameter(&back, "state").to_lowercase()] {
        let page = mine.open(&with_parameter(&back, "state", state)).await;
        assert_eq!(page.location.as_deref(), Some(NOT_STARTED), "{state}");
    }
    // A changed cookie of the attempt.
    let cookies = mine.cookies();
    for (name, value) in &cookies {
        mine.set_cookie(name, &value.replace("/console", "/console?changed"));
    }
    assert_eq!(mine.open(&back).await.location.as_deref(), Some(NOT_STARTED));
    assert_eq!(mine.cookie(SESSION), None);
}

#[tokio::test]
async fn a_code_counts_once_and_in_one_browser() {
    let (stack, _provider) = stack_with_provider().await;
    let (mine, theirs) = (Browser::new(&stack), Browser::new(&stack));
    let back = mine.answer(&mine.begin("provider=corp").await, "ada").await;
    let cookies = mine.cookies();
    // A stolen code in the thief's own attempt: the PKCE verifier is another.
    let thief = theirs.answer(&theirs.begin("provider=corp").await, "otto").await;
    let mixed = with_parameter(&thief, "code", &parameter(&back, "code"));
    assert_eq!(theirs.open(&mixed).await.location.as_deref(), Some(REFUSED));
    // The same answer again, even with the cookie that it belongs to.
    let back = mine.answer(&mine.begin("provider=corp").await, "ada").await;
    let cookies_now = mine.cookies();
    assert_eq!(mine.open(&back).await.location.as_deref(), Some("/console"));
    for (name, value) in cookies.iter().chain(&cookies_now) {
        theirs.set_cookie(name, value);
    }
    assert_eq!(theirs.open(&back).await.location.as_deref(), Some(REFUSED));
    assert_eq!(theirs.cookie(SESSION), None);
    let (code, state) = (parameter(&back, "code"), parameter(&back, "state"));
    let attempt: Vec<_> = cookies_now.values().map(String::as_str).collect();
    assert_refusals_are_logged(&stack, &[&[code.as_str(), &state], &attempt[..]].concat());
}

#[tokio::test]
async fn an_answer_of_one_provider_is_never_taken_for_another_ones() {
    let (stack, corp) = stack_with_provider().await;
    let other = TestProvider::start(&stack, "other").await;
    let browser = Browser::new(&stack);
    // The answer of one provider at the address of the other.
    let back = browser.answer(&browser.begin("provider=corp").await, "ada").await;
    let moved = back.replace("/signed-in/corp", "/signed-in/other");
    assert_eq!(browser.open(&moved).await.location.as_deref(), Some(NOT_STARTED));
    // Another issuer in the answer, and none at all (RFC 9207).
    let back = browser.answer(&browser.begin("provider=corp").await, "ada").await;
    let page = browser.open(&with_parameter(&back, "iss", other.provider.issuer())).await;
    assert_eq!(page.location.as_deref(), Some(REFUSED));
    let back = browser.answer(&browser.begin("provider=corp").await, "ada").await;
    let without = back.split("&iss=").next().unwrap();
    assert_eq!(browser.open(without).await.location.as_deref(), Some(REFUSED));
    // The same subject at another provider is somebody else.
    browser.sign_in("corp", "ada").await;
    let one = browser.console().post("/console/refresh", &json!({})).await.expect(200).body;
    browser.sign_in("other", "ada").await;
    let two = browser.console().post("/console/refresh", &json!({})).await.expect(200).body;
    assert_ne!(one["person"]["id"], two["person"]["id"]);
    assert_ne!(corp.provider.issuer(), other.provider.issuer());
}

#[tokio::test]
async fn a_provider_asserts_no_company_but_its_own() {
    let stack = TestStack::on_disk().await;
    stack.add_company("elsewhere").await;
    let provider = TestProvider::start_with(&stack, "corp", |record| {
        record.remove("company");
        record.insert("companyClaim".to_owned(), json!("tenant"));
        record.insert("companies".to_owned(), json!({"t-1": "local"}));
    })
    .await;
    let browser = Browser::new(&stack);
    const NOT_ALLOWED: &str = "/console?signIn=COMPANY_NOT_ALLOWED";
    assert_eq!(browser.sign_in("corp", "ada").await, NOT_ALLOWED, "no claim");
    for claim in [json!("elsewhere"), json!("local"), json!(["t-2"]), json!(7), Value::Null] {
        provider.claim("tenant", claim.clone());
        assert_eq!(browser.sign_in("corp", "ada").await, NOT_ALLOWED, "{claim}");
    }
    assert!(stack.log().contains("COMPANY_NOT_ALLOWED"));
    provider.claim("tenant", json!(["t-2", "t-1"]));
    assert_eq!(browser.sign_in("corp", "ada").await, "/console");
}

#[tokio::test]
async fn nobody_is_identified_by_mail_or_name() {
    let (stack, provider) = stack_with_provider().await;
    let (browser, session) = (Browser::new(&stack), "/console/refresh");
    browser.sign_in("corp", "ada").await;
    let ada = browser.console().post(session, &json!({})).await.expect(200).body["person"]["id"].clone();
    provider.forge(|signer, mut claims| {
        for (claim, value) in
            [("email", "ada@example.com"), ("preferred_username", "ada"), ("name", "Ada Admin")]
        {
            claims.insert(claim.to_owned(), json!(value));
        }
        signer.sign("JWT", &claims)
    });
    browser.sign_in("corp", "otto").await;
    let otto = browser.console().post(session, &json!({})).await.expect(200).body;
    assert_ne!(otto["person"]["id"], ada);
    assert_eq!(otto["role"], "OPERATOR");
    assert_eq!(browser.sign_in("corp", "nora").await, "/console?signIn=NO_ROLE");
}

#[tokio::test]
async fn the_user_info_of_somebody_else_is_refused() {
    let (stack, provider) = stack_with_provider().await;
    let browser = Browser::new(&stack);
    provider.provider.set_user_info(UserInfo::Of("ada"));
    assert_eq!(browser.sign_in("corp", "otto").await, REFUSED);
    assert_eq!(browser.cookie(SESSION), None);
}

#[tokio::test]
async fn people_are_led_back_to_the_console_only() {
    let (stack, _provider) = stack_with_provider().await;
    let browser = Browser::new(&stack);
    for elsewhere in ["https://evil.example", "//evil.example", "/%5Cevil.example", "/console.evil.example"] {
        let location = browser.sign_in_with(&format!("provider=corp&returnTo={elsewhere}"), "ada").await;
        assert_eq!(location, "/console", "{elsewhere}");
    }
    let filtered = "provider=corp&returnTo=/console%3Fstatus%3DACTIVE";
    assert_eq!(browser.sign_in_with(filtered, "ada").await, "/console?status=ACTIVE");
}

#[tokio::test]
async fn a_session_that_somebody_else_chose_is_replaced() {
    let (stack, _provider) = stack_with_provider().await;
    let (attacker, victim) = (Browser::new(&stack), Browser::new(&stack));
    attacker.sign_in("corp", "otto").await;
    let chosen = attacker.cookie(SESSION).unwrap();
    victim.set_cookie(SESSION, &chosen);
    victim.sign_in("corp", "ada").await;
    assert_ne!(victim.cookie(SESSION), Some(chosen));
    // The session that the browser had is over, too.
    assert_eq!(attacker.console().get("/apiAccessTokens").await.status, 401);
}

/// Whether a route's requests may come with a session in place of a token string.
fn takes_sessions(route: &Route) -> bool {
    route.access.is_some_and(|access| access != RequiredAccess::Any) && route.function != "introspect"
}

#[tokio::test]
async fn another_site_can_do_nothing_with_a_session() {
    let (stack, _provider) = stack_with_provider().await;
    let browser = Browser::new(&stack);
    browser.sign_in("corp", "ada").await;
    let token = stack.manager().created(&plain()).await.id();
    for headers in [
        &[][..],
        &[("sec-fetch-site", "same-origin")],
        &[("x-keyturn-csrf", "1")],
        &[("x-keyturn-csrf", "1"), ("sec-fetch-site", "cross-site")],
        &[("x-keyturn-csrf", "1"), ("sec-fetch-site", "same-site")],
    ] {
        let other = browser.client_with(headers);
        for route in ROUTES.iter().filter(|route| takes_sessions(route)) {
            let path = route.path.replace("{id}", &token);
            let body = (route.method != "GET").then(|| ("application/json", "{}".to_owned()));
            let response = other.call(route.method.parse().unwrap(), &path, body).await;
            let refused = (response.status, &response.body["errorCode"]);
            assert_eq!(refused, (403, &json!("CROSS_SITE")), "{} {path}", route.method);
        }
    }
    assert_eq!(stack.manager().token(&token).await.body["version"], 1);
    browser.console().get("/apiAccessTokens").await.expect(200);
}

#[tokio::test]
async fn a_provider_that_is_down_is_told() {
    let (stack, provider) = stack_with_provider().await;
    let browser = Browser::new(&stack);
    provider.provider.set_out_of_order(true);
    let page = browser.open("/console/sign-in?provider=corp").await;
    assert_eq!(page.location.as_deref(), Some("/console?signIn=PROVIDER_UNAVAILABLE"));
    provider.provider.set_out_of_order(false);
    let back = browser.answer(&browser.begin("provider=corp").await, "ada").await;
    provider.provider.set_out_of_order(true);
    let page = browser.open(&back).await;
    assert_eq!(page.location.as_deref(), Some("/console?signIn=PROVIDER_UNAVAILABLE"));
}
