//! Limits the bytes read from a connection, so that a response cannot be endless in a way that no other limit covers, such
//! as with interim responses.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::connector::Stream;

/// A connection with a limit on the bytes read.
pub(crate) struct Metered {
    stream: Box<dyn Stream>,
    left: usize,
}

/// The limit was exceeded.
#[derive(Debug, thiserror::Error)]
#[error("the response exceeds the read limit")]
pub(crate) struct Exceeded;

impl Metered {
    /// Limits reading to this many bytes.
    pub(crate) fn new(stream: Box<dyn Stream>, limit: usize) -> Self {
        Self { stream, left: limit }
    }
}

impl AsyncRead for Metered {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        std::task::ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let read = buffer.filled().len() - before;
        Poll::Ready(match self.left.checked_sub(read) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(io::Error::other(Exceeded)),
        })
    }
}

impl AsyncWrite for Metered {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
