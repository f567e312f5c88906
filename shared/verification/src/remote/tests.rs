//! How many introspections requests cause that come at the same time.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::StatusCode;
use keyturn_domain::ids::TokenId;
use serde_json::json;
use tokio::sync::Notify;
use uuid::Uuid;

use super::*;

/// A deployment that counts introspections.
#[derive(Default)]
struct Deployment {
    asked: AtomicUsize,
    /// A call has arrived.
    arrived: Notify,
    /// The first so many answers wait for this, one each.
    answer: Notify,
    held: usize,
    is_broken: bool,
}

impl Deployment {
    async fn verifier(self, max_age: Duration) -> (Arc<Self>, RemoteVerifier) {
        // Fails only if a provider is already installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let deployment = Arc::new(self);
        let shared = Arc::clone(&deployment);
        let answer = async move || shared.answer().await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
        let http = Client::builder().no_proxy().build().unwrap();
        (deployment, RemoteVerifier::new(http, &address, || Some("kat_".to_owned()), max_age))
    }

    async fn answer(&self) -> (StatusCode, String) {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst);
        self.arrived.notify_one();
        if asked < self.held {
            self.answer.notified().await;
        }
        // Only what is broken at first comes right.
        if self.is_broken && asked == 0 {
            return (StatusCode::INTERNAL_SERVER_ERROR, String::new());
        }
        let id = Uuid::from_u128(7);
        let answer = json!({
            "active": true, "scope": "READ ORDERS", "jti": id, "client_id": id, "sub": "acme", "iat": 0,
        });
        (StatusCode::OK, answer.to_string())
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn string(random: u8) -> SecretString {
    SecretString::new(Kind::Token, TokenId::new(Uuid::from_u128(7)), &[random; 32])
}

async fn verify(verifier: &RemoteVerifier, random: u8) -> Result<Caller, VerifyError> {
    verifier.caller(Some(string(random).expose()), Timestamp::UNIX_EPOCH).await
}

const LONG: Duration = Duration::from_secs(60);

#[tokio::test]
async fn requests_with_the_same_string_share_one_introspection() {
    let (deployment, verifier) = Deployment::default().verifier(LONG).await;
    let (one, two, other) = tokio::join!(verify(&verifier, 1), verify(&verifier, 1), verify(&verifier, 2));
    assert!(one.is_ok() && two.is_ok() && other.is_ok(), "{one:?} {two:?} {other:?}");
    assert_eq!(deployment.asked(), 2);
    assert!(verify(&verifier, 1).await.is_ok());
    assert_eq!(deployment.asked(), 2, "kept");
}

#[tokio::test]
async fn without_an_age_each_request_is_an_introspection() {
    let (deployment, verifier) = Deployment::default().verifier(Duration::ZERO).await;
    let (one, two) = tokio::join!(verify(&verifier, 1), verify(&verifier, 1));
    assert!(one.is_ok() && two.is_ok(), "{one:?} {two:?}");
    assert_eq!(deployment.asked(), 2);
}

#[tokio::test]
async fn a_failure_is_shared_and_not_kept() {
    let deployment = Deployment { is_broken: true, ..Deployment::default() };
    let (deployment, verifier) = deployment.verifier(LONG).await;
    let (one, two) = tokio::join!(verify(&verifier, 1), verify(&verifier, 1));
    for failed in [one, two] {
        let Err(VerifyError::Unavailable(error)) = failed else { panic!("{failed:?}") };
        assert!(error.source().unwrap().to_string().contains("answered with 500"), "{error:?}");
    }
    assert_eq!(deployment.asked(), 1);
    assert!(verify(&verifier, 1).await.is_ok());
    assert_eq!(deployment.asked(), 2);
}

#[tokio::test]
async fn what_is_forgotten_while_it_is_under_way_answers_no_later_request() {
    let deployment = Deployment { held: 2, ..Deployment::default() };
    let (deployment, verifier) = deployment.verifier(LONG).await;
    let later = async {
        deployment.arrived.notified().await;
        verifier.forget(string(1).id());
        let new = async {
            deployment.arrived.notified().await;
            deployment.answer.notify_one();
            deployment.answer.notify_one();
        };
        tokio::join!(verify(&verifier, 1), new).0
    };
    let (earlier, later) = tokio::join!(verify(&verifier, 1), later);
    assert!(earlier.is_ok() && later.is_ok(), "{earlier:?} {later:?}");
    assert_eq!(deployment.asked(), 2);
}

#[tokio::test]
async fn a_request_that_is_given_up_leaves_the_others_an_answer() {
    let deployment = Deployment { held: 1, ..Deployment::default() };
    let (deployment, verifier) = deployment.verifier(LONG).await;
    let given_up = async {
        tokio::select! {
            answer = verify(&verifier, 1) => panic!("{answer:?}"),
            () = deployment.arrived.notified() => {}
        }
    };
    let ((), answer) = tokio::join!(biased; given_up, verify(&verifier, 1));
    assert!(answer.is_ok(), "{answer:?}");
    assert_eq!(deployment.asked(), 2);
}
