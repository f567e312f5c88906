//! A company's people and their sessions.

use async_trait::async_trait;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update};
use keyturn_application::PortError;
use keyturn_application::ports::{BeginSession, CommitError, Page, Paging, PersonStore, Refreshed};
use keyturn_domain::Timestamp;
use keyturn_domain::history::HistoryEntry;
use keyturn_domain::ids::CompanyId;
use keyturn_domain::person::{KnownPerson, PersonId};
use keyturn_domain::secret::Sealed;
use keyturn_domain::session::{Session, SessionId};
use uuid::Uuid;

use crate::range::Range;
use crate::record::person::{KnownPersonRecord, PersonRecord};
use crate::sessions::linked;
use crate::walk::{Source, Walk};
use crate::{Item, Table, keys, page_of, record, unbuildable, update_if};

/// How many races in a row a write may lose. A use is recorded once a minute.
const RACES: usize = 5;

#[async_trait]
impl PersonStore for Table {
    async fn begin_session(&self, begin: &BeginSession) -> Result<(), CommitError> {
        let session = &begin.session;
        let mut items = self.new_session(begin)?;
        items.push(self.put_known(
            &session.company,
            &KnownPerson {
                person: session.person.clone(),
                role: Some(session.role),
                signed_in_at: Some(session.created_at),
                barred_at: None,
            },
        )?);
        items.push(self.put_entry(begin.entry_id, &begin.entry, begin.entry.at)?);
        self.transact(items, begin.entry_id).await
    }

    async fn refresh_token(&self, id: SessionId) -> Result<Option<Sealed>, PortError> {
        self.read_refresh_token(id).await
    }

    async fn claim_refresh(
        &self,
        id: SessionId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, PortError> {
        self.take_up_refresh(id, now, until).await
    }

    async fn save_refresh(&self, refreshed: &Refreshed) -> Result<(), PortError> {
        let session = &refreshed.session;
        self.persist(self.refreshed_session(refreshed)?, session.id.uuid(), Some(session.id)).await
    }

    async fn end_session(&self, session: &Session) -> Result<(), PortError> {
        self.persist(self.ended_session(session)?, session.id.uuid(), None).await
    }

    async fn sessions(&self, company: &CompanyId, paging: Paging) -> Result<Page<Session>, PortError> {
        let range = Range::of(paging);
        let sort = |id: Uuid| AttributeValue::S(format!("{}{id}", keys::SESSION_OF));
        let query = self
            .query()
            .key_condition_expression("pk = :pk AND sk BETWEEN :low AND :high")
            .expression_attribute_values(":pk", AttributeValue::S(keys::people(company)))
            .expression_attribute_values(":low", sort(range.low))
            .expression_attribute_values(":high", sort(range.high));
        let mut walk = Walk::new(range, vec![Source::new(query, "sk")], self.budget);
        let found = walk.next(paging.size).await?;
        let mut items = self.read_sessions(&found.iter().filter_map(linked).collect::<Vec<_>>()).await?;
        if paging.order == keyturn_application::ports::Order::Descending {
            items.reverse();
        }
        Ok(Page { items, next: walk.rest().await? })
    }

    async fn sessions_of(&self, company: &CompanyId, person: PersonId) -> Result<Vec<Session>, PortError> {
        let query = self
            .links_in(keys::people(company))
            .filter_expression("person = :person")
            .expression_attribute_values(":person", AttributeValue::S(person.to_string()));
        self.linked_sessions(query).await
    }

    async fn sessions_of_provider_session(&self, issuer: &str, sid: &str) -> Result<Vec<Session>, PortError> {
        self.linked_sessions(self.links_in(keys::provider_session(issuer, sid))).await
    }

    async fn known_person(
        &self,
        company: &CompanyId,
        person: PersonId,
    ) -> Result<Option<KnownPerson>, PortError> {
        let item = self.get(keys::person(company, person)).await?;
        item.map(record::decode::<KnownPersonRecord, KnownPerson>).transpose()
    }

    async fn known_people(
        &self,
        company: &CompanyId,
        after: Option<PersonId>,
        size: usize,
    ) -> Result<Vec<KnownPerson>, PortError> {
        let query = self
            .query()
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", AttributeValue::S(keys::people(company)))
            .expression_attribute_values(":prefix", AttributeValue::S(keys::PERSON.to_owned()))
            .set_exclusive_start_key(after.map(|id| keys::person(company, id)))
            .limit(i32::try_from(size).unwrap_or(i32::MAX));
        let page = page_of(query).await?;
        let items = page.items.unwrap_or_default().into_iter();
        items.map(record::decode::<KnownPersonRecord, KnownPerson>).collect()
    }

    async fn note_refused_sign_in(
        &self,
        person: Option<&KnownPerson>,
        entry_id: Uuid,
        entry: &HistoryEntry,
    ) -> Result<(), PortError> {
        let mut items = vec![self.put_entry(entry_id, entry, entry.at)?];
        if let Some(known) = person {
            items.push(self.put_known(&entry.company, known)?);
        }
        self.persist(items, entry_id, None).await
    }

    async fn set_barred(
        &self,
        company: &CompanyId,
        person: PersonId,
        barred: bool,
        now: Timestamp,
    ) -> Result<bool, PortError> {
        let (change, at) = match barred {
            true => ("SET barredAt = :at REMOVE #ttl", now),
            false => ("SET #ttl = :at REMOVE barredAt", now + self.retention),
        };
        let update = self
            .update(keys::person(company, person))
            .update_expression(change)
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_names("#ttl", keys::TTL)
            .expression_attribute_values(":at", keys::moment(at));
        update_if(update).await
    }
}

impl Table {
    /// Writes what is known of a person, but whether they are barred, which only an administrator changes. Nobody who has been
    /// barred meanwhile signs in. What is known is kept for the retention time since the last sign-in, or while they are barred.
    fn put_known(&self, company: &CompanyId, known: &KnownPerson) -> Result<TransactWriteItem, PortError> {
        let person: Item = serde_dynamo::to_item(PersonRecord::from(&known.person))
            .map_err(|error| PortError::new("a record cannot be encoded", error))?;
        let mut update = Update::builder()
            .table_name(&self.name)
            .set_key(Some(keys::person(company, known.person.id())))
            .expression_attribute_values(":person", AttributeValue::M(person));
        let mut set = vec!["person = :person"];
        let mut removed = "";
        if let Some(role) = known.role {
            set.push("#role = :role");
            update = update
                .condition_expression("attribute_not_exists(barredAt)")
                .expression_attribute_values(":role", AttributeValue::S(role.to_string()));
        } else {
            removed = " REMOVE #role";
        }
        if let Some(at) = known.signed_in_at.filter(|_| known.role.is_some()) {
            set.extend(["signedInAt = :at", "#ttl = :ttl"]);
            update = update
                .expression_attribute_names("#ttl", keys::TTL)
                .expression_attribute_values(":at", keys::moment(at))
                .expression_attribute_values(":ttl", keys::moment(at + self.retention));
        }
        let update = update
            .expression_attribute_names("#role", "role")
            .update_expression(format!("SET {}{removed}", set.join(", ")));
        Ok(TransactWriteItem::builder().update(update.build().map_err(unbuildable)?).build())
    }

    /// Writes items that conflict with nothing but a use of the session that is recorded at the same time, and with its end:
    /// if `while_it_lasts` has ended, there is nothing left to write.
    async fn persist(
        &self,
        items: Vec<TransactWriteItem>,
        random: Uuid,
        while_it_lasts: Option<SessionId>,
    ) -> Result<(), PortError> {
        for _ in 0..RACES {
            match self.transact(items.clone(), random).await {
                Ok(()) => return Ok(()),
                Err(CommitError::Failed(error)) => return Err(error),
                Err(CommitError::Conflict) => {}
            }
            if let Some(id) = while_it_lasts
                && self.get(keys::session(id)).await?.is_none()
            {
                return Ok(());
            }
        }
        Err(PortError::bare("a session changes too often to be written"))
    }

    /// What finds sessions, in a partition.
    fn links_in(&self, partition: String) -> QueryFluentBuilder {
        self.query()
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", AttributeValue::S(partition))
            .expression_attribute_values(":prefix", AttributeValue::S(keys::SESSION_OF.to_owned()))
            .consistent_read(true)
    }

    async fn linked_sessions(&self, query: QueryFluentBuilder) -> Result<Vec<Session>, PortError> {
        let (mut ids, mut from) = (Vec::new(), None);
        loop {
            let page = page_of(query.clone().set_exclusive_start_key(from)).await?;
            ids.extend(page.items.unwrap_or_default().iter().filter_map(linked));
            from = page.last_evaluated_key;
            if from.is_none() {
                return self.read_sessions(&ids).await;
            }
        }
    }
}
