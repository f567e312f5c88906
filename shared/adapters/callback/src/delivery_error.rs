//! What can keep a callback from being delivered, and the class that the callback log shows for it.

use std::error::Error;
use std::io;

use keyturn_domain::delivery::FailureClass;
use tokio_rustls::rustls;

use crate::meter::Exceeded;

/// Why a callback was not delivered. Its text and its sources hold neither secret, query nor body.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeliveryError {
    #[error("the callback cannot be put together")]
    Unsendable(#[source] Box<dyn Error + Send + Sync>),
    #[error("no whole answer in time")]
    Timeout,
    #[error("the name does not resolve")]
    Name(#[source] io::Error),
    #[error("the name leads only to addresses that callbacks never reach")]
    BlockedAddress,
    #[error("no connection")]
    Unreachable(#[source] io::Error),
    #[error("no trusted encrypted connection")]
    Tls(#[source] Box<dyn Error + Send + Sync>),
    #[error("the connection broke, or what came is not HTTP")]
    Broken(#[source] hyper::Error),
    #[error("the answer is longer than what is read of it")]
    TooLarge,
    #[error("the answer is a redirect")]
    Redirect,
    #[error("the answer is no success")]
    Status,
}

impl DeliveryError {
    pub(crate) const fn class(&self) -> FailureClass {
        match self {
            // Ours, not the receiver's: there was no connection, and the log has the cause.
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
        // A reason of the encryption's own: an alert (such as a client certificate asked for after the handshake) or a
        // record that was tampered with.
        } else if holds::<rustls::Error>(&error) {
            Self::Tls(error.into())
        } else {
            Self::Broken(error)
        }
    }
}

/// Whether this is the error, or what it wraps, however deep.
fn holds<E: Error + 'static>(error: &(dyn Error + 'static)) -> bool {
    // An I/O error shows what it wraps as itself, and only what is below that as its source.
    let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    error.is::<E>()
        || wrapped.is_some_and(|inner| holds::<E>(inner))
        || error.source().is_some_and(holds::<E>)
}
