//! Everything outside of the stores: time, randomness, keys, deliveries and receivers, determined by a seed.

use std::sync::Mutex;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use keyturn_application::created::{Created, CreatedEncoder};
use keyturn_application::ports::{
    CallbackMessage, CallbackSender, Deliver, DeliveryOutcome, OutboxEntry, PortError, SealContext, Sealer,
};
use keyturn_application::{Clock, Randomness};
use keyturn_domain::delivery::{DeliveryReport, Failure, FailureClass};
use keyturn_domain::secret::Sealed;
use keyturn_simulation::rng::Rng;

/// The world outside.
pub(crate) struct Outside {
    pub(crate) now: Mutex<DateTime<Utc>>,
    pub(crate) rng: Mutex<Rng>,
    /// The request tokens that were sent.
    pub(crate) keys: Mutex<Vec<String>>,
    /// How often a callback or a delivery fails.
    pub(crate) failure_rate: Mutex<f64>,
    /// The calls of the sealer, with the purpose of the string.
    pub(crate) sealer_calls: Mutex<Vec<(&'static str, &'static str)>>,
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
        let rate = *self.failure_rate.lock().unwrap();
        self.rng.lock().unwrap().happens(rate)
    }
}

#[async_trait]
impl Sealer for Outside {
    async fn seal(&self, context: &SealContext, text: &str) -> Result<Sealed, PortError> {
        self.sealer_calls.lock().unwrap().push(("seal", context.purpose.as_str()));
        Ok(Sealed::new(text.as_bytes().to_vec()))
    }

    async fn open(&self, context: &SealContext, sealed: &Sealed) -> Result<String, PortError> {
        self.sealer_calls.lock().unwrap().push(("open", context.purpose.as_str()));
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
impl Deliver for Outside {
    async fn deliver(&self, _: &OutboxEntry) -> Result<DeliveryOutcome, PortError> {
        if self.fails() {
            Err(PortError::bare("a failure of this test"))
        } else if self.fails() {
            Ok(DeliveryOutcome::Refused(PortError::bare("a refusal of this test")))
        } else {
            Ok(DeliveryOutcome::Delivered)
        }
    }
}

/// Encodes the answer that hands a new token over as the token string alone.
pub(crate) struct TokenStringEncoder;

impl CreatedEncoder for TokenStringEncoder {
    fn encode(&self, created: &Created) -> Result<String, PortError> {
        Ok(created.string.expose().to_owned())
    }
}
