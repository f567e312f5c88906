//! The table holds no secret in the clear.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use async_trait::async_trait;
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Utc};
use keyturn_application::ports::{SealContext, Sealer};
use keyturn_application::secret_vault::SecretVault;
use keyturn_application::{Clock, Context, PortError, Randomness};
use keyturn_domain::history::Actor;
use keyturn_domain::secret::Sealed;
use keyturn_domain::{lifecycle, redemption, renewal};

use crate::support::Store;
use crate::support::make::{birth, calling, company, hours, rules};

/// The prefixes of secrets.
const PREFIXES: [&str; 3] = ["kat_", "krt_", "whsec_"];

/// A fixed clock, and random bytes that count up.
pub(crate) struct Fixed(AtomicU8);

impl Clock for Fixed {
    fn now(&self) -> DateTime<Utc> {
        birth()
    }
}

impl Randomness for Fixed {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill_with(|| self.0.fetch_add(1, Ordering::Relaxed));
    }
}

/// A sealer that inverts the text.
struct Inverting;

#[async_trait]
impl Sealer for Inverting {
    async fn seal(&self, _: &SealContext, text: &str) -> Result<Sealed, PortError> {
        Ok(Sealed::new(text.bytes().map(|byte| !byte).collect()))
    }

    async fn open(&self, _: &SealContext, sealed: &Sealed) -> Result<String, PortError> {
        let bytes = sealed.as_bytes().iter().map(|byte| !byte).collect();
        String::from_utf8(bytes).map_err(|error| PortError::new("not sealed here", error))
    }
}

/// A vault with the sealer and the context of this file.
pub(crate) fn strings() -> SecretVault {
    let fixed = || Arc::new(Fixed(AtomicU8::new(0)));
    SecretVault::new(Arc::new(Inverting), Context::new(fixed(), fixed()))
}

/// Whether a value contains any of these texts, as text or as bytes, at any depth.
fn holds(value: &AttributeValue, texts: &[&str]) -> bool {
    let found = |bytes: &[u8]| {
        texts.iter().any(|text| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
    };
    match value {
        AttributeValue::S(text) => found(text.as_bytes()),
        AttributeValue::B(blob) => found(blob.as_ref()),
        AttributeValue::L(values) => values.iter().any(|value| holds(value, texts)),
        AttributeValue::M(map) => {
            map.iter().any(|(name, value)| found(name.as_bytes()) || holds(value, texts))
        }
        AttributeValue::N(_) | AttributeValue::Bool(_) | AttributeValue::Null(_) => false,
        other => panic!("no item of ours holds such an attribute: {other:?}"),
    }
}

#[tokio::test]
async fn a_renewal_stores_no_secret_in_the_clear() {
    let store = Store::start().await;
    let (strings, rules, now) = (strings(), rules(), birth() + hours(720));
    let (string, fresh) = strings.token_string(&company()).await.unwrap();
    let (signing, sealed) = strings.signing_secret(&company(), fresh.id).await.unwrap();
    let created =
        lifecycle::create(company(), calling(), fresh, Some(sealed), &rules, Actor::Operator, birth());
    let token = store.write(created).await.change.tokens.remove(0);
    let (request, key) = strings.request_token(&token).await.unwrap();
    let token = store.write(renewal::issue(&token, key, now)).await.change.tokens.remove(0);
    let pending = store.dump().await;
    let (new, fresh) = strings.token_string(&company()).await.unwrap();
    let redeemed = redemption::redeem(&token, fresh, &rules, Actor::Token(token.id), now);
    store.write(redeemed.unwrap()).await;

    // The random part and the checksum of each string, too.
    let secrets = [string.expose(), request.expose(), new.expose()];
    let parts = secrets.iter().flat_map(|secret| [&secret[26..69], &secret[69..]]);
    let texts: Vec<_> = PREFIXES.into_iter().chain(parts).chain([&signing.expose()[6..]]).collect();
    let renewed = store.dump().await;
    assert_eq!(renewed.len(), 7, "two tokens, two credentials, three entries");
    for ((partition, _), item) in pending.into_iter().chain(renewed) {
        for (name, value) in item {
            assert!(!holds(&value, &texts), "{name} of {partition} holds a secret");
        }
    }
}

#[test]
fn the_search_finds_nested_secrets() {
    let bytes = AttributeValue::B(b"\0kat_0".to_vec().into());
    let deep = AttributeValue::L(vec![AttributeValue::M([("a".to_owned(), bytes)].into())]);
    assert!(holds(&deep, &PREFIXES));
    assert!(holds(&AttributeValue::S("see whsec_0".to_owned()), &PREFIXES));
    assert!(!holds(&AttributeValue::S("kat".to_owned()), &PREFIXES));
}
