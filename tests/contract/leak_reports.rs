//! Reports of leaks: from anybody, and in the forms of GitHub and GitLab.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keyturn_harness::http::serve;
use reqwest::Method;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

use crate::support::{ApiResponse, Options, Receiver, TestStack, plain, renewing};

/// What comes before the point in the DER of a key of P-256.
const P256: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// GitHub as a deployment sees it.
struct GitHub {
    pair: EcdsaKeyPair,
    keys_url: String,
}

impl GitHub {
    async fn start() -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap();
        let der = [P256, pair.public_key().as_ref()].concat();
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der));
        let document = json!({"public_keys": [{"key_identifier": "key", "key": pem, "is_current": true}]});
        let answer = axum::routing::get(move || async move { axum::Json(document) });
        let address = serve(axum::Router::new().route("/keys", answer)).await.unwrap();
        Self { pair, keys_url: format!("{address}/keys") }
    }

    async fn stack(&self) -> TestStack {
        let parameters = [("KEYTURN_GITHUB_KEYS_URL", self.keys_url.as_str())];
        TestStack::start_with(Options { parameters: &parameters, ..Options::default() }).await
    }

    fn sign(&self, body: &str) -> String {
        STANDARD.encode(self.pair.sign(&SystemRandom::new(), body.as_bytes()).unwrap())
    }
}

async fn signed(stack: &TestStack, key: &str, signature: &str, body: String) -> ApiResponse {
    let headers = [("Github-Public-Key-Identifier", key), ("Github-Public-Key-Signature", signature)];
    stack.anonymous().post_with_headers("/leaks", &headers, body).await
}

fn github_form(strings: &[&str]) -> String {
    let entry = |string: &&str| json!({"token": string, "type": "keyturn", "url": "https://github.com/acme/shop/blob/0f3a/a.yml", "source": "content"});
    Value::from(strings.iter().map(entry).collect::<Vec<_>>()).to_string()
}

#[tokio::test]
async fn known_and_unknown_strings_get_the_same_answer() {
    let stack = TestStack::start().await;
    let known = stack.manager().created(&plain()).await.string();
    let other = TestStack::start().await;
    let unknown = other.manager().created(&plain()).await.string();
    let mistyped = known[..74].to_owned() + if known.ends_with('0') { "1" } else { "0" };
    let mut answers = Vec::new();
    for text in [&known, &unknown, &mistyped, "anything"] {
        let answer = stack.anonymous().post("/leaks", &json!({"leaks": [{"token": text}]})).await.expect(202);
        answers.push(answer.body);
    }
    answers.dedup();
    assert_eq!(answers, [json!({"status": "ACCEPTED"})]);
    let summary = stack.sweep().await;
    assert_eq!(summary["leaks"], 1);
    stack.assert_no_stored_secrets().await;
}

#[tokio::test]
async fn refuses_what_is_no_report() {
    let stack = TestStack::start().await;
    let anybody = stack.anonymous();
    let many: Vec<_> = (0..101).map(|_| json!({"token": "x"})).collect();
    for (body, fields) in [
        (json!({}), vec!["leaks"]),
        (json!({"leaks": []}), vec!["leaks"]),
        (json!({"leaks": many}), vec!["leaks"]),
        (json!({"leaks": "kat_", "more": 1}), vec!["leaks", "more"]),
        (json!("kat_"), vec!["body"]),
    ] {
        anybody.post("/leaks", &body).await.assert_invalid(&fields);
        stack.advance(1).await;
    }
    anybody.call(Method::POST, "/revoke", Some(("text/plain", "token=x".to_owned()))).await.expect(400);
    let long = json!({"leaks": [{"token": "x".repeat(65_536)}]});
    anybody.post("/leaks", &long).await.expect(413);
}

#[tokio::test]
async fn an_address_reports_five_times_a_second() {
    let stack = TestStack::start().await;
    let body = json!({"leaks": [{"token": "x"}]});
    for _ in 0..5 {
        stack.anonymous().post("/leaks", &body).await.expect(202);
    }
    let refused = stack.anonymous().post("/leaks", &body).await;
    refused.assert_error(429, "TOO_MANY_REPORTS");
    assert_eq!(refused.header("retry-after"), "1");
    stack.anonymous().at(2).post("/leaks", &body).await.expect(202);
    stack.advance(1).await;
    stack.anonymous().post("/leaks", &body).await.expect(202);
}

#[tokio::test]
async fn github_is_told_which_strings_are_ours_and_where_it_found_them_is_shown() {
    let github = GitHub::start().await;
    let stack = github.stack().await;
    let receiver = Receiver::start().await;
    let created = stack.manager().created(&renewing(&receiver)).await;
    stack.manager().start_renewal(&created.id()).await.expect(200);
    stack.sweep().await;
    let request_token = receiver.request_token();
    let strings = [&created.string(), "kat_nonsense", request_token.as_str()];
    let body = github_form(&strings);
    for _ in 0..2 {
        let labels = signed(&stack, "key", &github.sign(&body), body.clone()).await.expect(200);
        let labels: Vec<_> = labels
            .body
            .as_array()
            .unwrap()
            .iter()
            .map(|label| label["label"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(labels, ["true_positive", "false_positive", "true_positive"]);
        stack.sweep().await;
    }
    let activities = stack.manager().activities(&created.id()).await.items().to_vec();
    let leaks: Vec<_> = activities.iter().filter(|activity| activity["action"] == "LEAKED").collect();
    assert_eq!(leaks.len(), 2, "the string and the request token, each once: {leaks:?}");
    for leak in leaks {
        assert_eq!(leak["leak"]["reportedBy"], "GITHUB");
        assert_eq!(leak["leak"]["foundAt"], "https://github.com/acme/shop/blob/0f3a/a.yml");
    }
    stack.assert_no_stored_secrets().await;
}

#[tokio::test]
async fn a_bad_signature_makes_an_unsigned_report() {
    let github = GitHub::start().await;
    let stack = github.stack().await;
    let created = stack.manager().created(&plain()).await;
    let body = github_form(&[&created.string()]);
    let good = github.sign(&body);
    let other = github.sign("[]");
    for (key, signature) in [("unknown", good.as_str()), ("key", &other), ("key", "no signature")] {
        let answer = signed(&stack, key, signature, body.clone()).await.expect(202);
        assert_eq!(answer.body, json!({"status": "ACCEPTED"}), "no labels");
    }
    stack.sweep().await;
    let activities = stack.manager().activities(&created.id()).await.items().to_vec();
    assert_eq!(activities[0]["leak"]["reportedBy"], "ANYBODY");
    assert_eq!(activities[0]["leak"]["foundAt"], Value::Null);
}

#[tokio::test]
async fn a_report_counts_as_unsigned_while_the_key_server_is_down() {
    let github = GitHub::start().await;
    let absent = Receiver::absent().await;
    let parameters = [("KEYTURN_GITHUB_KEYS_URL", absent.url())];
    let stack = TestStack::start_with(Options { parameters: &parameters, ..Options::default() }).await;
    let created = stack.manager().created(&plain()).await;
    let body = github_form(&[&created.string()]);
    signed(&stack, "key", &github.sign(&body), body.clone()).await.expect(202);
    assert_eq!(stack.sweep().await["leaks"], 1);
}

#[tokio::test]
async fn a_signed_report_may_have_a_thousand_strings() {
    let github = GitHub::start().await;
    let stack = github.stack().await;
    let created = stack.manager().created(&plain()).await;
    let string = created.string();
    let mut strings = vec!["kat_0"; 999];
    strings.push(&string);
    let body = github_form(&strings);
    assert!(body.len() > 65_536);
    let labels = signed(&stack, "key", &github.sign(&body), body).await.expect(200);
    assert_eq!(labels.body.as_array().unwrap().len(), 1_000);
    assert_eq!(stack.sweep().await["leaks"], 1);
}

#[tokio::test]
async fn gitlab_reports_in_its_own_form() {
    // SHA-256 of "gitlab's key".
    let hash = hex_of(b"gitlab's key");
    let parameters = [("KEYTURN_GITLAB_KEY_SHA256", hash.as_str())];
    let stack = TestStack::start_with(Options { parameters: &parameters, ..Options::default() }).await;
    let types = stack.anonymous().get("/v1/revocable_token_types").await.expect(200);
    assert_eq!(types.body["types"][0], "gitleaks_rule_id_keyturn_api_access_token");
    for (key, reporter) in [("gitlab's key", "GITLAB"), ("another key", "ANYBODY")] {
        let created = stack.manager().created(&plain()).await;
        let entry = json!({"type": "nonsense", "token": created.string(), "location": "https://gitlab.example/a.java"});
        let body = json!([null, entry]).to_string();
        let headers = [("Authorization", key)];
        let answer = stack.anonymous().post_with_headers("/v1/revoke_tokens", &headers, body).await;
        answer.expect(204);
        stack.sweep().await;
        let activities = stack.manager().activities(&created.id()).await.items().to_vec();
        assert_eq!(activities[0]["leak"]["reportedBy"], reporter);
        assert_eq!(activities[0]["leak"]["foundAt"].is_string(), reporter == "GITLAB");
    }
}

fn hex_of(text: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, text);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
