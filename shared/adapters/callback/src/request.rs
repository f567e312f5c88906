//! The signed request, by the [Standard Webhooks](https://www.standardwebhooks.com) specification.

use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use hyper::header::{CONNECTION, CONTENT_TYPE, HOST, USER_AGENT};
use keyturn_application::ports::CallbackMessage;
use keyturn_domain::Timestamp;
use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, Webhook};

use crate::delivery_error::DeliveryError;
use crate::target::Target;

/// The user agent in receivers' logs.
const AGENT: &str = concat!("Keyturn/", env!("CARGO_PKG_VERSION"));

/// The request for a message.
pub(crate) fn build(
    message: &CallbackMessage,
    target: &Target,
    stamp: Timestamp,
) -> Result<Request<Full<Bytes>>, DeliveryError> {
    Request::post(&target.path)
        .header(HOST, &target.authority)
        .header(USER_AGENT, AGENT)
        .header(CONTENT_TYPE, "application/json")
        .header(CONNECTION, "close")
        .header(HEADER_WEBHOOK_ID, &message.id)
        .header(HEADER_WEBHOOK_TIMESTAMP, stamp.timestamp())
        .header(HEADER_WEBHOOK_SIGNATURE, signatures(message, stamp)?)
        .body(Full::from(message.body.0.clone()))
        .map_err(|error| DeliveryError::Unsendable(error.into()))
}

/// The signatures by every secret, separated by spaces. Nothing is ever sent unsigned.
fn signatures(message: &CallbackMessage, stamp: Timestamp) -> Result<String, DeliveryError> {
    if message.secrets.is_empty() {
        return Err(DeliveryError::Unsendable("no signing secret".into()));
    }
    let (timestamp, body) = (stamp.timestamp(), message.body.0.as_bytes());
    let signatures: Result<Vec<_>, _> = message
        .secrets
        .iter()
        .map(|secret| Webhook::new(secret.expose())?.sign(&message.id, timestamp, body))
        .collect();
    // The cause would contain a part of the secret.
    Ok(signatures.map_err(|_| DeliveryError::Unsendable("a malformed signing secret".into()))?.join(" "))
}

#[cfg(test)]
mod tests {
    use keyturn_domain::secret::SigningSecret;
    use keyturn_domain::settings::CallbackUrl;
    use proptest::prelude::*;

    use super::*;
    use crate::tests::{message, stamp};

    #[test]
    fn signs_like_the_published_example() {
        let message = CallbackMessage {
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek".into(),
            secrets: vec![SigningSecret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into())],
            body: keyturn_application::ports::Body(r#"{"test": 2432232314}"#.into()),
            ..message("https://example.com/")
        };
        let stamp = "2021-02-25T15:02:10Z".parse().unwrap();
        assert_eq!(signatures(&message, stamp).unwrap(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_missing_or_malformed_secret_is_an_error() {
        for secrets in [vec![], vec![SigningSecret::new("whsec_not base64".into())]] {
            let message = CallbackMessage { secrets, ..message("https://example.com/") };
            let error = build(&message, &Target::parse(&message.url).unwrap(), stamp()).unwrap_err();
            assert!(!format!("{error:?}").contains("not base64"), "{error:?}");
        }
    }

    proptest! {
        #[test]
        fn every_url_can_be_requested(path in "/\\PC{0,40}", query in "\\PC{0,40}") {
            let url = format!("https://example.com{path}?{query}");
            let message = CallbackMessage { url: CallbackUrl::stored(url), ..message("https://example.com/") };
            prop_assert!(build(&message, &Target::parse(&message.url).unwrap(), stamp()).is_ok());
        }
    }
}
