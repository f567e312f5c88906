//! Sends the request and reads the answer, neither more of its head nor of its body than the limits say.

use chrono::TimeDelta;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::RETRY_AFTER;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use keyturn_domain::Timestamp;
use tokio::task::JoinSet;

use crate::connector::Stream;
use crate::delivery_error::DeliveryError;
use crate::meter::Metered;
use crate::retry_after;

/// Bytes of status line and headers: what common servers send at most, and several times what a receiver needs.
const HEAD_BYTES: usize = 16 * 1024;

/// Bytes of the body that are read, by the contract.
const BODY_BYTES: usize = 64 * 1024;

/// Bytes of everything that may come, whatever it is: more than a head and a body within the limits need, even if each byte
/// of the body is a chunk of its own.
const ALL_BYTES: usize = HEAD_BYTES + 8 * BODY_BYTES;

/// An answer whose head has been read.
pub(crate) struct Answer {
    response: Response<Incoming>,
    /// Drives the connection; dropped with the answer, it ends the connection.
    _connection: JoinSet<Result<(), hyper::Error>>,
}

/// Sends the request; returns when the head of the answer is there.
pub(crate) async fn ask(
    stream: Box<dyn Stream>,
    request: Request<Full<Bytes>>,
) -> Result<Answer, DeliveryError> {
    let stream = TokioIo::new(Metered::new(stream, ALL_BYTES));
    let (mut sender, connection) = http1::Builder::new().max_buf_size(HEAD_BYTES).handshake(stream).await?;
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let response = sender.send_request(request).await?;
    Ok(Answer { response, _connection: driver })
}

impl Answer {
    pub(crate) fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// How long the receiver asks to be left alone, if that is what the answer is about.
    pub(crate) fn retry_after(&self, now: Timestamp) -> Option<TimeDelta> {
        if self.status().is_success() || self.status().is_redirection() {
            return None;
        }
        retry_after::parse(self.response.headers().get(RETRY_AFTER)?, now)
    }

    /// Reads the body to its end, and throws it away: a receiver that breaks off has perhaps not understood.
    pub(crate) async fn read(&mut self) -> Result<(), DeliveryError> {
        let body = self.response.body_mut();
        let mut left = BODY_BYTES;
        if body.size_hint().lower() > left as u64 {
            return Err(DeliveryError::TooLarge);
        }
        while let Some(frame) = body.frame().await {
            let length = frame?.data_ref().map_or(0, Bytes::len);
            left = left.checked_sub(length).ok_or(DeliveryError::TooLarge)?;
        }
        Ok(())
    }

    /// What the status says of the delivery.
    pub(crate) fn judge(&self) -> Result<(), DeliveryError> {
        match self.status() {
            status if status.is_success() => Ok(()),
            status if status.is_redirection() => Err(DeliveryError::Redirect),
            _ => Err(DeliveryError::Status),
        }
    }
}
