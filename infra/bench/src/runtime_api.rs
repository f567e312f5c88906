//! A Lambda Runtime API for one process: hands out one event, and notes when it was asked for and when it was answered.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::samples::start;

/// When a process did what.
#[derive(Debug)]
pub(crate) struct Seen {
    /// The first poll: the process is ready for a request.
    pub(crate) polled: Instant,
    /// The first answer.
    pub(crate) answered: Instant,
    /// Whether it was an answer and not an error.
    pub(crate) well: bool,
    /// The answer's connection: as long as it's open, the process waits and can be looked at.
    pub(crate) connection: TcpStream,
}

/// Serves a process that connects to this listener until it has answered one event.
///
/// Written on a bare socket, so that nothing of what is measured is this end's work.
pub(crate) async fn serve_one(listener: &TcpListener, event: &str) -> Result<Seen> {
    let (mut polled, mut open) = (None, Vec::new());
    let (sender, mut requests) = tokio::sync::mpsc::unbounded_channel();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (socket, _) = accepted?;
                let sender = sender.clone();
                open.push(tokio::spawn(async move { read(socket, &sender).await }));
            }
            request = requests.recv() => {
                let (head, at, mut socket): (String, Instant, TcpStream) = request.context("no request")?;
                let path = head.split(' ').nth(1).unwrap_or_default();
                if path.ends_with("/invocation/next") {
                    let first = polled.is_none();
                    polled.get_or_insert(at);
                    if first {
                        socket.write_all(invocation(event).as_bytes()).await?;
                        let sender = sender.clone();
                        open.push(tokio::spawn(async move { read(socket, &sender).await }));
                    } else {
                        open.push(tokio::spawn(async move { read(socket, &tokio::sync::mpsc::unbounded_channel().0).await }));
                    }
                } else {
                    let Some(polled) = polled else { bail!("the process gave up at its start: {head}") };
                    let well = path.ends_with("/response");
                    return Ok(Seen { polled, answered: at, well, connection: socket });
                }
            }
        }
    }
}

/// Reads one request and hands it on with its connection. Bodies are not looked at.
async fn read(
    mut socket: TcpStream,
    requests: &tokio::sync::mpsc::UnboundedSender<(String, Instant, TcpStream)>,
) {
    let (mut head, mut buffer) = (Vec::new(), [0; 4_096]);
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        match socket.read(&mut buffer).await {
            Ok(read @ 1..) => head.extend_from_slice(&buffer[..read]),
            _ => return,
        }
    }
    let at = start();
    // Whoever asked is gone if this fails: the measurement is over.
    let _ = requests.send((String::from_utf8_lossy(&head).into_owned(), at, socket));
}

fn invocation(event: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n\
         Lambda-Runtime-Deadline-Ms: 32503680000000\r\n\
         Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-central-1:123456789012:function:f\r\n\
         Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0\r\n\
         \r\n{event}",
        event.len()
    )
}
