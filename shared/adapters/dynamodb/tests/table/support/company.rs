//! Companies with many tokens, written quickly.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use futures::{StreamExt as _, TryStreamExt as _};
use keyturn_domain::ids::TokenId;
use uuid::Uuid;

use super::make::{create, settings};
use super::{Item, Store};

/// Items that one `BatchWriteItem` takes.
const BATCH: usize = 25;

/// What is special about a token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traits {
    pub(crate) name: String,
    pub(crate) applications: Vec<&'static str>,
    pub(crate) expires_at: Option<i64>,
    pub(crate) deactivated_at: Option<i64>,
}

/// The id of the token with this number. Ids follow the numbers, with gaps between them.
pub(crate) fn numbered(number: u128) -> TokenId {
    TokenId::new(Uuid::from_u128(0x0199_a3c4_5b6d_7e8f_9012_0000_0000_0000 + number * 1_000))
}

impl Store {
    /// Writes tokens numbered from 0 just as a commit does, but many at a time: copies of one that was committed.
    pub(crate) async fn fill(&self, company: &str, tokens: &[Traits]) {
        let model = create(settings(), u128::from(u64::MAX));
        let id = model.tokens[0].id;
        self.write(model).await;
        let token = self.item(format!("TOKEN#{id}"), "TOKEN").await.unwrap();
        let credential = self.item(format!("CREDENTIAL#{id}"), "CREDENTIAL").await.unwrap();
        for item in [&token, &credential] {
            let key = ["pk", "sk"].map(|name| (name.to_owned(), item[name].clone()));
            let delete = self.client.delete_item().table_name(Self::NAME).set_key(Some(key.into()));
            delete.send().await.unwrap();
        }
        let items = tokens.iter().zip(0..).flat_map(|(traits, number)| {
            let id = numbered(number);
            [of_token(&token, company, id, traits), of_credential(&credential, company, id, traits)]
        });
        self.put_many(&items.collect::<Vec<_>>()).await;
    }

    /// Writes items past the adapter, many at a time.
    pub(crate) async fn put_many(&self, items: &[Item]) {
        futures::stream::iter(items.chunks(BATCH).map(|batch| self.put_all(batch)))
            .buffer_unordered(8)
            .try_collect::<()>()
            .await
            .unwrap();
    }

    async fn put_all(&self, items: &[Item]) -> Result<(), aws_sdk_dynamodb::Error> {
        let put = |item: &Item| PutRequest::builder().set_item(Some(item.clone())).build().unwrap();
        let requests = items.iter().map(|item| WriteRequest::builder().put_request(put(item)).build());
        let output =
            self.client.batch_write_item().request_items(Self::NAME, requests.collect()).send().await?;
        assert!(output.unprocessed_items.is_none_or(|left| left.is_empty()));
        Ok(())
    }
}

fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

fn with(model: &Item, changes: impl IntoIterator<Item = (&'static str, AttributeValue)>) -> Item {
    let mut item = model.clone();
    item.extend(changes.into_iter().map(|(name, value)| (name.to_owned(), value)));
    item
}

fn common(company: &str, id: TokenId, traits: &Traits) -> HashMap<&'static str, AttributeValue> {
    let applications = traits.applications.iter().map(|name| text(*name)).collect();
    let moment = |at: i64| AttributeValue::N(at.to_string());
    let mut common = HashMap::from([
        ("id", text(id.to_string())),
        ("company", text(company)),
        ("applications", AttributeValue::L(applications)),
    ]);
    common.extend(traits.expires_at.map(|at| ("expiresAt", moment(at))));
    common.extend(traits.deactivated_at.map(|at| ("deactivatedAt", moment(at))));
    common
}

fn of_token(model: &Item, company: &str, id: TokenId, traits: &Traits) -> Item {
    let own = [
        ("pk", text(format!("TOKEN#{id}"))),
        ("series", text(id.to_string())),
        ("name", text(&traits.name)),
        ("tokenCompany", text(company)),
        ("tokenId", text(id.to_string())),
        ("searchName", text(traits.name.to_lowercase())),
    ];
    with(model, common(company, id, traits).into_iter().chain(own))
}

fn of_credential(model: &Item, company: &str, id: TokenId, traits: &Traits) -> Item {
    with(model, common(company, id, traits).into_iter().chain([("pk", text(format!("CREDENTIAL#{id}")))]))
}
