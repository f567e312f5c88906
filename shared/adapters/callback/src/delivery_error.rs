//! Why a callback could not be delivered, and the class that the callback log shows for it.

use std::error::Error;
use std::io;

use keyturn_domain::delivery::FailureClass;
use tokio_rustls::rustls;

use crate::meter::Exceeded;

/// Why a callback was not delivered. Its text and its sources hold neither secret, query nor body.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeliveryError {
    #[error("the request could not be built")]
    Unsendable(#[source] Box<dyn Error + Send + Sync>),
    #[error("timed out before the response was complete")]
    Timeout,
    #[error("the host name could not be resolved")]
    Name(#[source] io::Error),
    #[error("the host has only forbidden addresses")]
    BlockedAddress,
    #[error("could not connect")]
    Unreachable(#[source] io::Error),
    #[error("the TLS handshake failed")]
    Tls(#[source] Box<dyn Error + Send + Sync>),
    #[error("the connection failed or the response is not HTTP")]
    Broken(#[source] hyper::Error),
    #[error("the response exceeds the size limit")]
    TooLarge,
    #[error("the response is a redirect")]
    Redirect,
    #[error("the response status is not 2xx")]
    Status,
}

impl DeliveryError {
    pub(crate) const fn class(&self) -> FailureClass {
        match self {
            // Our fault, not the receiver's; the log has the cause.
            Self::Unsendable(_) => FailureClass::Connection,
            Self::Timeout => FailureClass::Timeout,
            Self::Name(_) | Self::Unreachable(_) | Self::Broken(_) => FailureClass::Connection,
            Self::BlockedAddress => FailureClass::BlockedAddress,
            Self::Tls(_) => FailureClass::Tls,
            Self::TooLarge => FailureClass::TooLarge,
            Self::Redirect => FailureClass::Redirect,
            Self::Status => FailureClass::Status,
        }
    }
}

impl From<hyper::Error> for DeliveryError {
    fn from(error: hyper::Error) -> Self {
        if error.is_parse_too_large() || holds::<Exceeded>(&error) {
            Self::TooLarge
        // A TLS alert after the handshake (such as a required client certificate) or a corrupted record.
        } else if holds::<rustls::Error>(&error) {
            Self::Tls(error.into())
        } else {
            Self::Broken(error)
        }
    }
}

/// Whether an error of this type is anywhere in the chain.
fn holds<E: Error + 'static>(error: &(dyn Error + 'static)) -> bool {
    // An I/O error delegates `source` to what it wraps, so the wrapped error itself must be looked at too.
    let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    error.is::<E>()
        || wrapped.is_some_and(|inner| holds::<E>(inner))
        || error.source().is_some_and(holds::<E>)
}
