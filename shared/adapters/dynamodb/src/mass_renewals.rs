//! Mass renewals, and the tokens that they select.

use async_trait::async_trait;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use keyturn_application::PortError;
use keyturn_application::ports::{
    Bound, MassRenewalKey, MassRenewals, Order, Paging, SelectedPage, TokenFilter,
};
use keyturn_domain::Timestamp;
use keyturn_domain::ids::{CompanyId, TokenId};
use keyturn_domain::mass_renewal::MassRenewal;

use crate::range::Range;
use crate::record::mass_renewal::MassRenewalRecord;
use crate::summaries::id_of;
use crate::walk::{Source, Walk};
use crate::{Table, keys, list, listing, record};

#[async_trait]
impl MassRenewals for Table {
    async fn mass_renewal(&self, key: &MassRenewalKey) -> Result<Option<MassRenewal>, PortError> {
        let item = self.get(keys::mass_renewal(key)).await?;
        item.map(record::decode::<MassRenewalRecord, MassRenewal>).transpose()
    }

    async fn write_mass_renewal(&self, mass: &MassRenewal) -> Result<bool, PortError> {
        let key = keys::mass_renewal(&MassRenewalKey::from(mass));
        let mut item = record::encode(key, &MassRenewalRecord::from(mass))?;
        if let Some(at) = mass.due_at {
            keys::make_due(&mut item, keys::shard_of_mass_renewal(mass.id, self.shards.written), at);
        }
        if let Some(end) = mass.ended_at {
            item.insert(keys::TTL.to_owned(), keys::moment(end + self.retention));
        }
        let put = self.client.put_item().table_name(&self.name).set_item(Some(item));
        let put = if mass.version == 1 {
            put.condition_expression("attribute_not_exists(pk)")
        } else {
            let before = AttributeValue::N((mass.version - 1).to_string());
            put.condition_expression("version = :before").expression_attribute_values(":before", before)
        };
        match put.send().await.map_err(SdkError::into_service_error) {
            Ok(_) => Ok(true),
            Err(PutItemError::ConditionalCheckFailedException(_)) => Ok(false),
            Err(error) => Err(PortError::new("DynamoDB PutItem failed", error)),
        }
    }

    async fn select(
        &self,
        company: &CompanyId,
        filter: &TokenFilter,
        after: Option<TokenId>,
        until: TokenId,
        most: usize,
        now: Timestamp,
    ) -> Result<SelectedPage, PortError> {
        let bound = after.map(|id| Bound::StartingAfter(id.uuid()));
        let range = Range::of(Paging { size: most, order: Order::Ascending, bound }).up_to(until);
        let query = list::filtered(self.query_listed(company, &range), filter, now);
        let source = Source::new(query, listing::ID).filtered(true);
        let mut walk = Walk::new(range, vec![source], self.budget);
        let ids = walk.next(most).await?.iter().filter_map(id_of).collect();
        let reached = walk.rest().await?.map(|(Bound::StartingAfter(id) | Bound::EndingBefore(id))| id);
        Ok(SelectedPage { ids, reached: reached.map(TokenId::new) })
    }
}
