//! A callback receiver with configurable replies.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response};
use keyturn_harness::http::serve;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::Notify;

#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// A status and nothing else.
    Status(u16),
    /// A redirect to here.
    Redirect(String),
    /// A body of this many bytes.
    Bytes(usize),
    /// No reply, ever.
    Hang,
    /// 503 with `Retry-After` in seconds.
    RetryAfter(u32),
}

#[derive(Clone, Debug)]
pub(crate) struct Callback {
    pub(crate) headers: HeaderMap,
    pub(crate) raw: Bytes,
    pub(crate) body: Value,
}

pub(crate) struct Receiver {
    url: String,
    state: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    received: Vec<Callback>,
    replies: VecDeque<Reply>,
    always: Option<Reply>,
    arrivals: Arc<Notify>,
}

impl Receiver {
    /// A receiver that replies 204.
    pub(crate) async fn start() -> Self {
        let state = Arc::new(Mutex::new(Inner::default()));
        let address = serve(Router::new().fallback(receive).with_state(state.clone())).await.unwrap();
        let url = format!("{address}/renewals?key=1");
        Self { url, state }
    }

    /// A receiver at whose address nothing listens.
    pub(crate) async fn absent() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/renewals", listener.local_addr().unwrap());
        Self { url, state: Arc::default() }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Sets the reply to every callback from now on.
    pub(crate) fn always(&self, reply: Reply) {
        self.state.lock().unwrap().always = Some(reply);
    }

    /// Queues a reply to one callback.
    pub(crate) fn next(&self, reply: Reply) {
        self.state.lock().unwrap().replies.push_back(reply);
    }

    pub(crate) async fn arrival(&self) {
        let arrivals = self.state.lock().unwrap().arrivals.clone();
        arrivals.notified().await;
    }

    pub(crate) fn received(&self) -> Vec<Callback> {
        self.state.lock().unwrap().received.clone()
    }

    pub(crate) fn last(&self) -> Callback {
        self.received().last().expect("no callback has arrived").clone()
    }

    pub(crate) fn request_token(&self) -> String {
        self.last().request_token()
    }

    pub(crate) fn last_for(&self, token_id: &str) -> Callback {
        let mut callbacks = self.received();
        callbacks.retain(|callback| callback.body["data"]["tokenId"] == token_id);
        callbacks.pop().expect("no callback has arrived for the token")
    }
}

impl Callback {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    pub(crate) fn request_token(&self) -> String {
        self.body["data"]["requestToken"].as_str().unwrap().to_owned()
    }

    pub(crate) fn reason(&self) -> String {
        self.body["data"]["reason"].as_str().unwrap().to_owned()
    }

    pub(crate) fn attempt(&self) -> u64 {
        self.body["data"]["attempt"].as_u64().unwrap()
    }
}

async fn receive(State(state): State<Arc<Mutex<Inner>>>, headers: HeaderMap, raw: Bytes) -> Response<Body> {
    let reply = {
        let mut inner = state.lock().unwrap();
        let body = serde_json::from_slice(&raw).unwrap();
        inner.received.push(Callback { headers, raw, body });
        inner.arrivals.notify_one();
        inner.replies.pop_front().or_else(|| inner.always.clone()).unwrap_or(Reply::Status(204))
    };
    match reply {
        Reply::Status(status) => Response::builder().status(status).body(Body::empty()),
        Reply::Redirect(to) => Response::builder().status(302).header("Location", to).body(Body::empty()),
        Reply::Bytes(count) => Response::builder().status(200).body(Body::from(vec![b'x'; count])),
        Reply::RetryAfter(seconds) => {
            Response::builder().status(503).header("Retry-After", seconds).body(Body::empty())
        }
        Reply::Hang => std::future::pending().await,
    }
    .unwrap()
}
