//! Saved answers whose secrets are apart.

use aws_sdk_dynamodb::types::AttributeValue;
use keyturn_application::ports::{AnswerKey, AnswerStore as _, SavedAnswer, SavedBody, TokenStore as _};
use keyturn_domain::Timestamp;
use keyturn_domain::change::Change;
use keyturn_domain::secret::Sealed;

use crate::support::Store;
use crate::support::make::{birth, hours, id};

fn answer(saved_at: Timestamp, text: &str, secret: &str) -> SavedAnswer {
    let body = SavedBody::Apart {
        text: text.to_owned(),
        secrets: Some(Sealed::new(secret.as_bytes().to_vec())),
        until: saved_at + hours(2),
    };
    let key = AnswerKey { caller: id(9), hash: [7; 32] };
    SavedAnswer { key, fingerprint: [8; 32], body, saved_at, expires_at: saved_at + hours(24) }
}

async fn save(store: &Store, answer: SavedAnswer) {
    let mut commit = store.commit(Change { tokens: vec![], replaced: vec![], entry: None }, birth());
    commit.answer = Some(answer);
    store.table.commit(&commit).await.unwrap();
}

#[tokio::test]
async fn secrets_go_before_the_rest() {
    let store = Store::start().await;
    let first = answer(birth(), "the answer", "its secrets");
    save(&store, first.clone()).await;
    assert_eq!(store.table.saved_answer(&first.key).await.unwrap(), Some(first.clone()));

    let ends: Vec<_> = store.dump().await.into_values().map(|item| item["ttl"].clone()).collect();
    let seconds = |at: Timestamp| AttributeValue::N(at.timestamp().to_string());
    assert_eq!(ends, [seconds(birth() + hours(24)), seconds(birth() + hours(2))]);
    // What the time to live does
    for (pk, sk) in store.dump().await.into_keys().filter(|(_, sk)| sk.ends_with("#SECRETS")) {
        let delete = store.client.delete_item().table_name(Store::NAME);
        let delete = delete.key("pk", AttributeValue::S(pk)).key("sk", AttributeValue::S(sk));
        delete.send().await.unwrap();
    }
    let mut without = first.clone();
    if let SavedBody::Apart { secrets, .. } = &mut without.body {
        *secrets = None;
    }
    assert_eq!(store.table.saved_answer(&first.key).await.unwrap(), Some(without));
}

#[tokio::test]
async fn a_later_answer_replaces_both_parts() {
    let store = Store::start().await;
    save(&store, answer(birth(), "the first", "its secrets")).await;
    let second = answer(birth() + hours(24), "the second", "other secrets");
    save(&store, second.clone()).await;
    assert_eq!(store.table.saved_answer(&second.key).await.unwrap(), Some(second));
}
