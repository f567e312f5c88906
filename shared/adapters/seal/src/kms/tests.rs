//! The KMS sealer through the SDK's client, over a socket.

use aws_sdk_kms::Config;
use aws_sdk_kms::config::retry::RetryConfig;
use aws_sdk_kms::config::{BehaviorVersion, Credentials, Region};
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;

use super::*;
use crate::binding::tests::contexts;

const TEXT: &str = "kat_not-really-but-long-enough";

fn sealer(url: &str, key: &str) -> KmsSealer {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(url)
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("a", "b", None, None, "test"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .retry_config(RetryConfig::disabled())
        .build();
    KmsSealer::new(Client::from_conf(config), key.to_owned())
}

async fn started() -> (KmsSealer, UnboundedReceiver<(String, Value)>) {
    let (url, calls) = fake::start().await;
    (sealer(&url, "alias/keyturn"), calls)
}

/// Everything that a log line could show of an error.
fn shown(error: &PortError) -> String {
    let mut text = format!("{error:?}");
    let mut cause: Option<&dyn Error> = Some(error);
    while let Some(error) = cause {
        text.push_str(&format!(" / {error}"));
        cause = error.source();
    }
    text
}

#[tokio::test]
async fn sends_key_and_encryption_context_with_both_calls() {
    let (sealer, mut calls) = started().await;
    let (own, _) = contexts();
    let sealed = sealer.seal(&own, TEXT).await.unwrap();
    assert_eq!(sealer.open(&own, &sealed).await.unwrap(), TEXT);
    let id = "00000000-0000-0000-0000-000000000007";
    let expected = json!({ "companyId": "acme", "tokenId": id, "purpose": "token-string" });
    for operation in ["TrentService.Encrypt", "TrentService.Decrypt"] {
        let (target, call) = calls.recv().await.unwrap();
        assert_eq!(target, operation);
        assert_eq!(call["KeyId"], "alias/keyturn");
        assert_eq!(call["EncryptionContext"], expected);
    }
}

#[tokio::test]
async fn opens_for_its_context_only() {
    let (sealer, _calls) = started().await;
    let (own, others) = contexts();
    let sealed = sealer.seal(&own, TEXT).await.unwrap();
    for other in others {
        let error = sealer.open(&other, &sealed).await.unwrap_err();
        assert!(shown(&error).contains("InvalidCiphertextException"), "{other:?}: {}", shown(&error));
    }
}

#[tokio::test]
async fn opens_with_its_key_only() {
    let (url, _calls) = fake::start().await;
    let (own, _) = contexts();
    let sealed = sealer(&url, "alias/keyturn").seal(&own, TEXT).await.unwrap();
    let error = sealer(&url, "alias/other").open(&own, &sealed).await.unwrap_err();
    assert!(shown(&error).contains("IncorrectKeyException"), "{}", shown(&error));
}

#[tokio::test]
async fn kms_refuses_what_is_empty_or_too_long() {
    let (sealer, _calls) = started().await;
    crate::binding::tests::assert_kms_lengths(&sealer).await;
}

#[tokio::test]
async fn errors_have_a_cause_and_contain_no_secret() {
    let (url, _calls) = fake::start().await;
    let (own, _) = contexts();
    let error = sealer(&url, "alias/gone").seal(&own, TEXT).await.unwrap_err();
    assert_eq!(error.to_string(), "KMS did not encrypt");
    let shown = shown(&error);
    assert!(shown.contains("NotFoundException") && !shown.contains("kat_"), "{shown}");
}

#[tokio::test]
async fn an_unreachable_kms_is_an_error() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let (own, _) = contexts();
    let error = sealer(&url, "alias/keyturn").seal(&own, TEXT).await.unwrap_err();
    assert!(!shown(&error).contains("kat_"), "{}", shown(&error));
}
