//! What is outside both stores: time, randomness, keys, mails, events and receivers, all decided by a seed.

use std::sync::Mutex;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use keyturn_application::ports::{
    CallbackMessage, CallbackSender, EventPublisher, MailSender, PortError, SealContext, Sealer,
};
use keyturn_application::{Clock, Randomness};
use keyturn_domain::delivery::{DeliveryReport, Failure, FailureClass};
use keyturn_domain::effect::HistoryEntry;
use keyturn_domain::secret::Sealed;
use keyturn_simulation::rng::Rng;
use uuid::Uuid;

/// The world outside.
pub(crate) struct Outside {
    pub(crate) now: Mutex<DateTime<Utc>>,
    pub(crate) rng: Mutex<Rng>,
    pub(crate) keys: Mutex<Vec<String>>,
}

impl Clock for Outside {
    fn now(&self) -> DateTime<Utc> {
        // No two things happen in the same millisecond, so that ids have the order in which they were made.
        let mut now = self.now.lock().unwrap();
        *now += TimeDelta::milliseconds(1);
        *now
    }
}

impl Randomness for Outside {
    fn fill(&self, bytes: &mut [u8]) {
        self.rng.lock().unwrap().fill(bytes);
    }
}

impl Outside {
    fn fails(&self) -> bool {
        self.rng.lock().unwrap().happens(0.3)
    }
}

#[async_trait]
impl Sealer for Outside {
    async fn seal(&self, _: &SealContext, text: &str) -> Result<Sealed, PortError> {
        Ok(Sealed::new(text.as_bytes().to_vec()))
    }

    async fn open(&self, _: &SealContext, sealed: &Sealed) -> Result<String, PortError> {
        Ok(String::from_utf8(sealed.as_bytes().to_vec()).unwrap())
    }
}

#[async_trait]
impl CallbackSender for Outside {
    async fn send(&self, message: &CallbackMessage) -> DeliveryReport {
        let body: serde_json::Value = serde_json::from_str(&message.body.0).unwrap();
        self.keys.lock().unwrap().push(body["data"]["requestToken"].as_str().unwrap().to_owned());
        let failed = Failure { class: FailureClass::Status, status: Some(503), retry_after: None };
        let outcome = if self.fails() { Err(failed) } else { Ok(200) };
        DeliveryReport { at: message.timestamp, duration_ms: 3, outcome }
    }
}

#[async_trait]
impl MailSender for Outside {
    async fn send(&self, _: Uuid, _: &HistoryEntry) -> Result<(), PortError> {
        if self.fails() { Err(PortError::bare("no mail today")) } else { Ok(()) }
    }
}

#[async_trait]
impl EventPublisher for Outside {
    async fn publish(&self, _: Uuid, _: &HistoryEntry) -> Result<(), PortError> {
        if self.fails() { Err(PortError::bare("no events today")) } else { Ok(()) }
    }
}
