//! The sender against real servers on loopback.

mod forbidden_addresses;
mod malformed_responses;
mod receiver;
mod requests;
mod resolution;
mod responses;
mod timeouts;
mod tls;

use keyturn_application::ports::{Body, CallbackMessage, CallbackSender as _};
use keyturn_domain::Timestamp;
use keyturn_domain::address::{AllowedNetworks, AllowedPorts};
use keyturn_domain::delivery::{DeliveryReport, Failure, FailureClass};
use keyturn_domain::secret::SigningSecret;
use keyturn_domain::settings::CallbackUrl;

use crate::HttpCallbackSender;

/// What a delivery comes to: the status, or the failure.
type Outcome = Result<u16, Failure>;

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

const BLOCKED: Outcome = unanswered(FailureClass::BlockedAddress);

/// A message to this URL.
pub(crate) fn message(url: &str) -> CallbackMessage {
    let secret = |letter: &str| SigningSecret::new(format!("whsec_{}=", letter.repeat(43)));
    CallbackMessage {
        company: "acme".parse().unwrap(),
        url: CallbackUrl::stored(url.to_owned()),
        id: "msg_1".into(),
        timestamp: "2028-01-01T00:00:00Z".parse().unwrap(),
        secrets: vec![secret("A"), secret("I")],
        body: Body(r#"{"type":"apiAccessToken.test"}"#.into()),
    }
}

/// The system time of every delivery.
pub(crate) fn stamp() -> Timestamp {
    "2027-03-01T12:00:00Z".parse().unwrap()
}

/// A sender that may reach these networks, and any port on loopback.
fn sender(networks: &str) -> HttpCallbackSender {
    let ports = AllowedPorts::parse("443,8443,loopback").unwrap();
    let networks = AllowedNetworks::parse(networks).unwrap().with_ports(ports);
    HttpCallbackSender { stamp, ..HttpCallbackSender::new(networks) }
}

/// Sends to a URL on loopback, which is allowed.
async fn send(url: &str) -> DeliveryReport {
    sender("127.0.0.0/8").send(&message(url)).await
}

/// The outcome for a receiver that answers with these bytes.
async fn outcome(answer: impl Into<Vec<u8>>) -> Outcome {
    let receiver = receiver::answering(answer).await;
    send(&receiver.url()).await.outcome
}

/// A failure without a status.
const fn unanswered(class: FailureClass) -> Outcome {
    Err(Failure { class, status: None, retry_after: None })
}

/// A failure with a status.
const fn answered(class: FailureClass, status: u16) -> Outcome {
    Err(Failure { class, status: Some(status), retry_after: None })
}
