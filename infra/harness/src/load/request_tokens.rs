//! A callback receiver that keeps the request tokens for the workers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use anyhow::Result;

use crate::http::receive_callbacks;

/// The last request token of each token, by the token's id.
#[derive(Clone)]
pub(crate) struct RequestTokens {
    pub(crate) url: String,
    last: Arc<Mutex<HashMap<String, String>>>,
}

impl RequestTokens {
    pub(crate) async fn receive() -> Result<Self> {
        let last = Arc::<Mutex<HashMap<_, _>>>::default();
        let received = Arc::clone(&last);
        let url = receive_callbacks(move |_, body| {
            let text = |field: &str| body["data"][field].as_str().map(str::to_owned);
            let Some((id, request_token)) = text("tokenId").zip(text("requestToken")) else { return false };
            received.lock().map(|mut received| received.insert(id, request_token)).is_ok()
        });
        Ok(Self { url: url.await?, last })
    }

    pub(crate) fn of(&self, token_id: &str) -> Option<String> {
        self.last.lock().ok()?.get(token_id).cloned()
    }
}
