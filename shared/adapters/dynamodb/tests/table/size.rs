//! Verifying a token costs one read unit, even for the largest credential.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use keyturn_application::ports::CredentialStore as _;
use keyturn_domain::change::Change;
use keyturn_domain::draft::Settings;
use keyturn_domain::limits;
use keyturn_domain::settings::{Applications, Catalogue, Name};
use keyturn_domain::token::{Noticed, Renewed, Token};

use crate::support::make::{birth, create, ending, hours, id};
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

#[tokio::test]
async fn the_largest_credential_costs_one_read_unit() {
    let store = Store::start().await;
    let token = largest();
    store.write(Change { tokens: vec![token.clone()], replaced: Vec::new(), entry: None }).await;
    store.table.record_use(token.id, birth() + hours(2)).await.unwrap();
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
