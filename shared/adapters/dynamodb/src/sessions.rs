//! Sessions: read by every request that comes with one.
//!
//! A session is found by its id, which its cookie holds. Items beside it find it by company and by the provider's session.

use async_trait::async_trait;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, ReturnValue, TransactWriteItem, Update};
use keyturn_application::PortError;
use keyturn_application::ports::{BeginSession, Refreshed, SessionStore};
use keyturn_domain::Timestamp;
use keyturn_domain::secret::Sealed;
use keyturn_domain::session::{Session, SessionId};

use crate::record::session::{RefreshTokenRecord, SessionRecord};
use crate::{Item, Table, keys, record, unbuildable, update_if};

/// The attribute that keeps two refreshes of a session apart.
const REFRESHING_UNTIL: &str = "refreshingUntil";

#[async_trait]
impl SessionStore for Table {
    async fn session(&self, id: SessionId) -> Result<Option<Session>, PortError> {
        let item = self.get(keys::session(id)).await?;
        item.map(record::decode::<SessionRecord, Session>).transpose()
    }

    /// The attributes and the return value are all that the policy `Sessions` in `template.yaml` allows.
    async fn record_session_use(&self, id: SessionId, at: Timestamp) -> Result<(), PortError> {
        let update = self
            .update(keys::session(id))
            .update_expression("SET seenAt = :at")
            .condition_expression("attribute_exists(pk) AND (attribute_not_exists(seenAt) OR seenAt < :at)")
            .expression_attribute_values(":at", keys::moment(at))
            .return_values(ReturnValue::None);
        update_if(update).await.map(|_| ())
    }
}

impl Table {
    /// A new session with what finds it.
    pub(crate) fn new_session(&self, begin: &BeginSession) -> Result<Vec<TransactWriteItem>, PortError> {
        let session = &begin.session;
        let mut items = vec![record::encode(keys::session(session.id), &SessionRecord::from(session))?];
        if let Some(sealed) = &begin.refresh_token {
            items.push(record::encode(keys::refresh_token(session.id), &RefreshTokenRecord::from(sealed))?);
        }
        let person = AttributeValue::S(session.person.id().to_string());
        for mut link in links(session) {
            link.insert("person".to_owned(), person.clone());
            items.push(link);
        }
        let end = keys::moment(session.ends_at);
        items
            .into_iter()
            .map(|mut item| {
                item.insert(keys::TTL.to_owned(), end.clone());
                self.put_new(item)
            })
            .collect()
    }

    pub(crate) async fn read_refresh_token(&self, id: SessionId) -> Result<Option<Sealed>, PortError> {
        let item = self.get(keys::refresh_token(id)).await?;
        item.map(record::decode::<RefreshTokenRecord, Sealed>).transpose()
    }

    pub(crate) async fn take_up_refresh(
        &self,
        id: SessionId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, PortError> {
        let update = self
            .update(keys::session(id))
            .update_expression(format!("SET {REFRESHING_UNTIL} = :until"))
            .condition_expression(format!(
                "attribute_exists(pk) AND (attribute_not_exists({REFRESHING_UNTIL}) OR {REFRESHING_UNTIL} <= :now)"
            ))
            .expression_attribute_values(":now", keys::moment(now))
            .expression_attribute_values(":until", keys::moment(until));
        update_if(update).await
    }

    /// The changes of a refresh, which hold only while the session exists.
    pub(crate) fn refreshed_session(
        &self,
        refreshed: &Refreshed,
    ) -> Result<Vec<TransactWriteItem>, PortError> {
        let session = &refreshed.session;
        let update = Update::builder()
            .table_name(&self.name)
            .set_key(Some(keys::session(session.id)))
            .update_expression(format!(
                "SET #role = :role, refreshedAt = :at, endsAt = :end, #ttl = :end REMOVE {REFRESHING_UNTIL}"
            ))
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_names("#role", "role")
            .expression_attribute_names("#ttl", keys::TTL)
            .expression_attribute_values(":role", AttributeValue::S(session.role.to_string()))
            .expression_attribute_values(":at", keys::moment(session.refreshed_at))
            .expression_attribute_values(":end", keys::moment(session.ends_at));
        let update = update.build().map_err(unbuildable)?;
        let mut items = vec![TransactWriteItem::builder().update(update).build()];
        if let Some(sealed) = &refreshed.refresh_token {
            let mut item =
                record::encode(keys::refresh_token(session.id), &RefreshTokenRecord::from(sealed))?;
            item.insert(keys::TTL.to_owned(), keys::moment(session.ends_at));
            let put = Put::builder().table_name(&self.name).set_item(Some(item));
            items.push(TransactWriteItem::builder().put(put.build().map_err(unbuildable)?).build());
        }
        Ok(items)
    }

    /// Deletes a session and what finds it.
    pub(crate) fn ended_session(&self, session: &Session) -> Result<Vec<TransactWriteItem>, PortError> {
        let mut keys = vec![keys::session(session.id), keys::refresh_token(session.id)];
        keys.extend(links(session));
        keys.into_iter()
            .map(|key| {
                let delete = Delete::builder().table_name(&self.name).set_key(Some(key));
                Ok(TransactWriteItem::builder().delete(delete.build().map_err(unbuildable)?).build())
            })
            .collect()
    }

    /// The sessions with these ids that still exist.
    pub(crate) async fn read_sessions(&self, ids: &[SessionId]) -> Result<Vec<Session>, PortError> {
        let mut sessions = Vec::with_capacity(ids.len());
        for ids in ids.chunks(100) {
            let keys = ids.iter().map(|id| keys::session(*id)).collect();
            for item in self.batch_get(keys, |keys| keys.consistent_read(true)).await? {
                sessions.push(record::decode::<SessionRecord, Session>(item)?);
            }
        }
        sessions.sort_by_key(|session| session.id);
        Ok(sessions)
    }
}

/// The keys of what finds a session.
fn links(session: &Session) -> Vec<Item> {
    let mut links = vec![keys::session_of_company(&session.company, session.id)];
    if let Some(sid) = &session.provider_session {
        links.push(keys::session_of_provider_session(&session.person.issuer, sid, session.id));
    }
    links
}

/// The id in the sort key of what finds a session.
pub(crate) fn linked(item: &Item) -> Option<SessionId> {
    item.get("sk")?.as_s().ok()?.strip_prefix(keys::SESSION_OF)?.parse().ok()
}
