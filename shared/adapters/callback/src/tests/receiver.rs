//! Receivers whose responses a test chooses.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A server for one connection, and the result of its task.
pub(super) struct Receiver<T> {
    pub(super) address: SocketAddr,
    task: JoinHandle<T>,
}

impl<T: Send + 'static> Receiver<T> {
    pub(super) async fn start<F, R>(behave: F) -> Self
    where
        F: FnOnce(TcpStream) -> R + Send + 'static,
        R: Future<Output = T> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move { behave(listener.accept().await.unwrap().0).await });
        Self { address, task }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/hook?key=1", self.address)
    }

    /// The result of the task, once it is done.
    pub(super) async fn finish(self) -> T {
        self.task.await.unwrap()
    }
}

/// A receiver that reads the request and answers with these bytes.
pub(super) async fn answering(answer: impl Into<Vec<u8>>) -> Receiver<Received> {
    let answer = answer.into();
    Receiver::start(async move |mut stream| {
        let received = receive(&mut stream).await;
        // Fails if the sender has read enough.
        let _ = stream.write_all(&answer).await;
        received
    })
    .await
}

/// A received request.
pub(super) struct Received {
    pub(super) head: String,
    pub(super) body: String,
}

impl Received {
    /// The value of a header that was sent at most once.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.head.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        let value = values.next();
        assert_eq!(values.next(), None, "{name} was sent twice");
        value
    }
}

/// Reads one request.
pub(super) async fn receive(stream: &mut (impl AsyncRead + Unpin)) -> Received {
    let mut bytes = Vec::new();
    loop {
        assert_ne!(stream.read_buf(&mut bytes).await.unwrap(), 0, "the request is incomplete");
        let text = String::from_utf8(bytes.clone()).unwrap();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let received = Received { head: head.to_owned(), body: body.to_owned() };
        let length: usize = received.header("content-length").unwrap().parse().unwrap();
        if body.len() >= length {
            return received;
        }
    }
}

/// Writes the same bytes until the connection is closed; returns how many were written.
pub(super) async fn flood(stream: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> (usize, io::Error) {
    let mut written = 0;
    loop {
        match stream.write(bytes).await {
            Ok(length) => written += length,
            Err(error) => return (written, error),
        }
    }
}

/// Reads until the connection is closed.
pub(super) async fn wait_for_close(stream: &mut (impl AsyncRead + Unpin)) {
    let mut rest = Vec::new();
    // A reset closes it too.
    let _ = stream.read_to_end(&mut rest).await;
}
