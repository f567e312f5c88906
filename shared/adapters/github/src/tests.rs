//! Signatures against a key server of our own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::routing::get;
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use keyturn_application::{Clock, Randomness};
use keyturn_domain::address::{AllowedNetworks, AllowedPorts};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    KeyPair as _,
};
use serde_json::json;
use tokio::net::TcpListener;

use super::*;

/// The example of GitHub's documentation.
const KEY_ID: &str = "f9525bf080f75b3506ca1ead061add62b8633a346606dc5fe544e29231c6ee0d";
const PEM: &str = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEsz9ugWDj5jK5ELBK42ynytbo38gP\nHzZFI03Exwz8Lh/tCfL3YxwMdLjB+bMznsanlhK0RwcGP3IDb34kQDIo3Q==\n-----END PUBLIC KEY-----\n";
const SIGNATURE: &str =
    "MEUCIFLZzeK++IhS+y276SRk2Pe5LfDrfvTXu6iwKKcFGCrvAiEAhHN2kDOhy2I6eGkOFmxNkOJ+L2y8oQ9A2T9GGJo6WJY=";
const BODY: &[u8] = br#"[{"token":"some_token","type":"some_type","url":"some_url","source":"some_source"}]"#;

/// A clock that a test moves.
struct MovedClock(std::sync::Mutex<DateTime<Utc>>);

impl Clock for MovedClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

struct NoRandomness;

impl Randomness for NoRandomness {
    fn fill(&self, _bytes: &mut [u8]) {}
}

struct Setting {
    keys: GitHubKeys,
    clock: Arc<MovedClock>,
    fetches: Arc<AtomicUsize>,
}

/// Keys from a server that publishes these; without any, one that is down.
async fn published(keys: Option<Vec<(&str, &str)>>) -> Setting {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/keys", listener.local_addr().unwrap());
    let fetches = Arc::new(AtomicUsize::new(0));
    if let Some(keys) = keys {
        let keys: Vec<_> = keys
            .into_iter()
            .map(|(id, key)| json!({"key_identifier": id, "key": key, "is_current": true}))
            .collect();
        let document = json!({"public_keys": keys});
        let counted = Arc::clone(&fetches);
        let answer = move || async move {
            counted.fetch_add(1, Ordering::Relaxed);
            Json(document)
        };
        let server = Router::new().route("/keys", get(answer));
        tokio::spawn(async move { axum::serve(listener, server).await });
    }
    let clock = Arc::new(MovedClock(std::sync::Mutex::new("2026-12-10T09:00:00Z".parse().unwrap())));
    let networks = AllowedNetworks::parse("127.0.0.0/8").unwrap();
    let fetcher = HttpFetcher::new(networks.with_ports(AllowedPorts::parse("443,loopback").unwrap()));
    let keys = GitHubKeys::new(fetcher, url, Context::new(clock.clone(), Arc::new(NoRandomness)));
    Setting { keys, clock, fetches }
}

impl Setting {
    async fn verifies(&self, key_id: &str, signature: &str, body: &[u8]) -> bool {
        self.keys.verify(Signature { key_id, signature }, body).await
    }

    fn advance(&self, by: TimeDelta) {
        *self.clock.0.lock().unwrap() += by;
    }

    fn fetches(&self) -> usize {
        self.fetches.load(Ordering::Relaxed)
    }
}

#[tokio::test]
async fn verifies_the_example_of_the_documentation_and_nothing_near_it() {
    let setting = published(Some(vec![(KEY_ID, PEM), ("nonsense", "-----BEGIN PUBLIC KEY-----")])).await;
    assert!(setting.verifies(KEY_ID, SIGNATURE, BODY).await);
    let mut other = BODY.to_vec();
    other[3] ^= 1;
    let cut = &SIGNATURE[..SIGNATURE.len() - 8];
    for (key_id, signature, body) in [
        (KEY_ID, SIGNATURE, other.as_slice()),
        (KEY_ID, SIGNATURE, &BODY[1..]),
        (KEY_ID, cut, BODY),
        (KEY_ID, "", BODY),
        (KEY_ID, "no base64!", BODY),
        ("unknown", SIGNATURE, BODY),
        ("nonsense", SIGNATURE, BODY),
        ("", SIGNATURE, BODY),
    ] {
        assert!(!setting.verifies(key_id, signature, body).await, "{key_id} {signature}");
    }
}

/// A key pair's public key as PEM, and its signature of the body.
fn signed(algorithm: &'static EcdsaSigningAlgorithm, header: &[u8]) -> (String, String) {
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap();
    let der = [header, pair.public_key().as_ref()].concat();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der));
    (pem, STANDARD.encode(pair.sign(&random, BODY).unwrap()))
}

#[tokio::test]
async fn another_curve_is_no_signature() {
    const P256: &[u8] = &[
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
        0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
    ];
    const P384: &[u8] = &[
        0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81,
        0x04, 0x00, 0x22, 0x03, 0x62, 0x00,
    ];
    let (own, signature) = signed(&ECDSA_P256_SHA256_ASN1_SIGNING, P256);
    let (wrong_curve, wrong_signature) = signed(&ECDSA_P384_SHA384_ASN1_SIGNING, P384);
    let disguised = signed(&ECDSA_P384_SHA384_ASN1_SIGNING, P256);
    let keys = vec![("own", own.as_str()), ("p384", &wrong_curve), ("disguised", &disguised.0)];
    let setting = published(Some(keys)).await;
    assert!(setting.verifies("own", &signature, BODY).await);
    assert!(!setting.verifies("p384", &wrong_signature, BODY).await);
    assert!(!setting.verifies("disguised", &disguised.1, BODY).await);
    assert!(!setting.verifies("own", &wrong_signature, BODY).await);
}

#[tokio::test]
async fn keys_are_fetched_once_an_hour_and_for_unknown_ids_once_a_minute() {
    let setting = published(Some(vec![(KEY_ID, PEM)])).await;
    for _ in 0..5 {
        assert!(setting.verifies(KEY_ID, SIGNATURE, BODY).await);
        assert!(!setting.verifies("unknown", SIGNATURE, BODY).await);
    }
    assert_eq!(setting.fetches(), 1);
    setting.advance(TimeDelta::minutes(1));
    assert!(!setting.verifies("unknown", SIGNATURE, BODY).await);
    assert!(setting.verifies(KEY_ID, SIGNATURE, BODY).await);
    assert_eq!(setting.fetches(), 2);
    setting.advance(TimeDelta::hours(1));
    assert!(setting.verifies(KEY_ID, SIGNATURE, BODY).await);
    assert_eq!(setting.fetches(), 3);
}

#[tokio::test]
async fn nothing_is_signed_while_the_key_server_is_down() {
    assert!(!published(None).await.verifies(KEY_ID, SIGNATURE, BODY).await);
}
