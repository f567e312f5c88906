//! A token with an owner as the first version that knows owners wrote it, in a file that never changes, see
//! `first_version.rs`.

use keyturn_application::ports::{TokenStore as _, TokenSummaries as _};
use keyturn_domain::change::Change;
use keyturn_domain::owner::Owner;
use keyturn_domain::person::PersonId;
use keyturn_domain::token::Token;
use serde_json::Value;
use uuid::Uuid;

use crate::support::Store;
use crate::support::make::{create, id, settings};

async fn stored() -> Store {
    let item: Value = serde_json::from_str(include_str!("owners/token.json")).unwrap();
    Store::holding(&[item]).await
}

fn token() -> Token {
    let owner = Owner { id: PersonId::new(Uuid::from_u128(7)), name: "Ada Admin".to_owned() };
    Token { owner: Some(owner), ..create(settings(), 1).tokens.remove(0) }
}

#[tokio::test]
async fn reads_the_stored_owner() {
    let table = stored().await.table;
    assert_eq!(table.token(id(1)).await.unwrap(), Some(token()));
    assert_eq!(table.summaries_of(&[id(1)]).await.unwrap(), [((&token()).into(), None)]);
}

#[tokio::test]
async fn writes_the_owner_as_it_is_stored() {
    let written = Store::start().await;
    written.write(Change { tokens: vec![token()], replaced: Vec::new(), entry: None }).await;
    let written = written.dump().await;
    for (key, item) in stored().await.dump().await {
        for (attribute, value) in item {
            assert_eq!(written[&key].get(&attribute), Some(&value), "{attribute}");
        }
    }
}
