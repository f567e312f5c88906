//! The sender against real servers on loopback.

mod answers;
mod disguises;
mod guard;
mod oddities;
mod receiver;
mod signature;
mod slowness;
mod tls;

use keyturn_application::ports::{Body, CallbackMessage, CallbackSender as _};
use keyturn_domain::Timestamp;
use keyturn_domain::address::AllowedNetworks;
use keyturn_domain::delivery::{DeliveryReport, Failure, FailureClass};
use keyturn_domain::secret::SigningSecret;
use keyturn_domain::settings::CallbackUrl;

use crate::HttpCallbackSender;

/// A message to this URL.
pub(crate) fn message(url: &str) -> CallbackMessage {
    let secret = |letter: &str| SigningSecret::new(format!("whsec_{}=", letter.repeat(43)));
    CallbackMessage {
        url: CallbackUrl::stored(url.to_owned()),
        id: "msg_1".into(),
        timestamp: "2028-01-01T00:00:00Z".parse().unwrap(),
        secrets: vec![secret("A"), secret("I")],
        body: Body(r#"{"type":"apiAccessToken.test"}"#.into()),
    }
}

/// When all messages are sent.
pub(crate) fn stamp() -> Timestamp {
    "2027-03-01T12:00:00Z".parse().unwrap()
}

/// A sender that may reach these networks.
fn sender(networks: &str) -> HttpCallbackSender {
    HttpCallbackSender { stamp, ..HttpCallbackSender::new(AllowedNetworks::parse(networks).unwrap()) }
}

/// Sends to a URL on loopback, which is allowed.
async fn send(url: &str) -> DeliveryReport {
    sender("127.0.0.0/8").send(&message(url)).await
}

/// A failure without an answer.
const fn unanswered(class: FailureClass) -> Result<u16, Failure> {
    Err(Failure { class, status: None, retry_after: None })
}

/// A failure with an answer.
const fn answered(class: FailureClass, status: u16) -> Result<u16, Failure> {
    Err(Failure { class, status: Some(status), retry_after: None })
}
