//! Sizes of the largest records: verifying a token costs one read unit, and no write exceeds DynamoDB's limits.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use keyturn_application::ports::{AnswerKey, CredentialStore as _, SavedAnswer, SavedBody, TokenStore as _};
use keyturn_domain::change::Change;
use keyturn_domain::draft::{AutoRenewalSettings, Settings};
use keyturn_domain::limits;
use keyturn_domain::secret::Sealed;
use keyturn_domain::settings::{Applications, CallbackUrl, Catalogue, Description, Name};
use keyturn_domain::token::{Noticed, Renewed, Token};

use crate::support::make::{birth, create, ending, hours, id, rules};
use crate::support::{READ_UNIT, Store, weight};

/// The longest contents that the rules allow, in a state that fills every field.
fn largest() -> Token {
    let names: Vec<_> = (0..limits::APPLICATIONS).map(|number| format!("{:A<28}{number:02}", "")).collect();
    let catalogue = Catalogue::parse(&names.join(",")).unwrap();
    let settings = Settings {
        name: Name::parse(&"🔑".repeat(limits::NAME_CHARACTERS)).unwrap(),
        applications: Applications::parse(&names, &catalogue).unwrap(),
        ..ending()
    };
    let created = create(settings, u128::MAX).tokens.remove(0);
    Token {
        company: "a".repeat(50).parse().unwrap(),
        deactivated_at: Some(birth() + hours(1)),
        renewed: Some(Renewed { by: id(u128::MAX), at: birth() }),
        noticed: Noticed { expiry_days: Some(1), expired: true, overlap: true },
        ..created
    }
}

/// The longest ciphertext that KMS decrypts.
fn sealed() -> Sealed {
    Sealed::new(vec![7; 6_144])
}

/// Limits of an item and of a transaction:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html>. The commit creates both tokens of a
/// renewal; none writes more.
#[tokio::test]
async fn the_largest_commit_stays_below_the_limits_of_a_transaction() {
    let store = Store::start().await;
    let networks = rules().callback_networks;
    let url = format!("{:🔑<1$}", "https://example.com/", limits::URL_CHARACTERS);
    let settings = Settings {
        description: Description::parse(&"🔑".repeat(limits::DESCRIPTION_CHARACTERS)).unwrap(),
        auto_renewal: Some(AutoRenewalSettings {
            pull: false,
            every_days: 3_650,
            callback: Some(CallbackUrl::parse(&url, &networks).unwrap()),
        }),
        ..ending()
    };
    let change = create(settings, 1);
    let tokens = [1, 2].map(|number| {
        let mut token = Token { id: id(number), sealed: Some(sealed()), ..change.tokens[0].clone() };
        (token.name, token.applications) = (largest().name, largest().applications);
        let callback = token.auto_renewal.as_mut().unwrap().callback.as_mut().unwrap();
        callback.secret = sealed();
        callback.previous = vec![(sealed(), birth() + hours(24)); limits::PREVIOUS_SECRETS];
        token
    });
    let change = Change { tokens: tokens.into(), ..change };
    let mut commit = store.commit(change, birth());
    // The answer as JSON may escape each character.
    let text = "x".repeat(64 * 1_024);
    commit.answer = Some(SavedAnswer {
        key: AnswerKey { caller: id(9), hash: [7; 32] },
        fingerprint: [8; 32],
        body: SavedBody::Apart { text, secrets: Some(sealed()), until: birth() + hours(24) },
        saved_at: birth(),
        expires_at: birth() + hours(24),
    });
    store.table.commit(&commit).await.unwrap();
    let weights: Vec<_> = store.dump().await.values().map(weight).collect();
    assert_eq!(weights.len(), 7, "of 100: tokens, credentials, entry, answer and its secrets");
    assert!(weights.iter().all(|bytes| *bytes < 100 * 1_024), "of 400 KB: {weights:?}");
    assert!(weights.iter().sum::<usize>() < 1_024 * 1_024, "of 4 MB: {weights:?}");
}

#[tokio::test]
async fn the_largest_credential_costs_one_read_unit() {
    let store = Store::start().await;
    let token = largest();
    store.write(Change { tokens: vec![token.clone()], replaced: Vec::new(), entry: None }).await;
    store.table.record_use(token.id, (birth() + hours(2)).into()).await.unwrap();
    // Only a change of the token writes the time to live.
    let ended = Token { version: 2, deactivated_at: Some(birth() + hours(3)), ..token.clone() };
    store.write(Change { tokens: vec![ended], replaced: vec![token.clone()], entry: None }).await;

    let get = store.client.get_item().table_name(Store::NAME).consistent_read(true);
    let get = get.key("pk", AttributeValue::S(format!("CREDENTIAL#{}", token.id)));
    let get = get.key("sk", AttributeValue::S("CREDENTIAL".to_owned()));
    let answer = get.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await.unwrap();

    let item = answer.item.unwrap();
    for field in ["expiresAt", "deactivatedAt", "renewedBy", "renewedAt", "lastUsedAt", "ttl"] {
        assert!(item.contains_key(field), "{field} is missing");
    }
    let size = weight(&item);
    assert!(size < READ_UNIT, "{size} bytes");
    assert_eq!(answer.consumed_capacity.unwrap().capacity_units, Some(1.0));
}
