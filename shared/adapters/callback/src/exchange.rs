//! Sends the request and reads the response within size limits.

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

/// Bytes of status line and headers: the most that common servers send.
const HEAD_BYTES: usize = 16 * 1024;

/// Bytes of the body, by the contract.
const BODY_BYTES: usize = 64 * 1024;

/// Bytes of the whole response: enough for a head and a body within their limits, even if each byte of the body is a chunk of
/// its own.
const ALL_BYTES: usize = HEAD_BYTES + 8 * BODY_BYTES;

/// A response whose head has been read.
pub(crate) struct Exchange {
    response: Response<Incoming>,
    /// Drives the connection and closes it when dropped.
    _connection: JoinSet<Result<(), hyper::Error>>,
}

/// Sends the request; returns when the head of the response has been read.
pub(crate) async fn start(
    stream: Box<dyn Stream>,
    request: Request<Full<Bytes>>,
) -> Result<Exchange, DeliveryError> {
    let stream = TokioIo::new(Metered::new(stream, ALL_BYTES));
    let (mut sender, connection) = http1::Builder::new().max_buf_size(HEAD_BYTES).handshake(stream).await?;
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let response = sender.send_request(request).await?;
    Ok(Exchange { response, _connection: driver })
}

impl Exchange {
    pub(crate) fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// The wait that the receiver asks for with a failure.
    pub(crate) fn retry_after(&self, now: Timestamp) -> Option<TimeDelta> {
        if self.status().is_success() || self.status().is_redirection() {
            return None;
        }
        retry_after::parse(self.response.headers().get(RETRY_AFTER)?, now)
    }

    /// Reads the body to its end and discards it: an incomplete body is a failed delivery.
    pub(crate) async fn discard_body(&mut self) -> Result<(), DeliveryError> {
        self.read(|_| ()).await
    }

    /// Reads the body to its end.
    pub(crate) async fn read_body(&mut self) -> Result<Bytes, DeliveryError> {
        let mut bytes = Vec::new();
        self.read(|part| bytes.extend_from_slice(part)).await?;
        Ok(bytes.into())
    }

    async fn read(&mut self, mut take: impl FnMut(&[u8])) -> Result<(), DeliveryError> {
        let body = self.response.body_mut();
        let mut left = BODY_BYTES;
        if body.size_hint().lower() > left as u64 {
            return Err(DeliveryError::TooLarge);
        }
        while let Some(frame) = body.frame().await {
            let frame = frame?;
            let Some(part) = frame.data_ref() else { continue };
            left = left.checked_sub(part.len()).ok_or(DeliveryError::TooLarge)?;
            take(part);
        }
        Ok(())
    }

    /// Whether the status is a success.
    pub(crate) fn check_status(&self) -> Result<(), DeliveryError> {
        match self.status() {
            status if status.is_success() => Ok(()),
            status if status.is_redirection() => Err(DeliveryError::Redirect),
            _ => Err(DeliveryError::Status),
        }
    }
}
