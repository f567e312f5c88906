//! Identity providers of tests, which misbehave on demand.

use std::sync::Arc;

use chrono::TimeDelta;
use keyturn_local::headless::ManualClock;
use keyturn_local::identity::{Forge, IdentityProvider, Signer};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use super::stack::TestStack;

/// A provider in the test's process, registered with a stack that keeps its data on disk.
pub(crate) struct TestProvider {
    pub(crate) provider: Arc<IdentityProvider>,
    clock: Arc<ManualClock>,
}

impl TestProvider {
    /// A provider that vouches for people of the stack's company.
    pub(crate) async fn start(stack: &TestStack, id: &str) -> Self {
        Self::start_with(stack, id, |_| {}).await
    }

    /// The same with another record.
    pub(crate) async fn start_with(
        stack: &TestStack,
        id: &str,
        change: impl FnOnce(&mut Map<String, Value>),
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let clock = Arc::new(ManualClock::at(stack.now().await));
        let provider = IdentityProvider::new(&issuer, clock.clone());
        let router = provider.clone().router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let mut record = provider.record(id, "local");
        change(record.as_object_mut().unwrap());
        stack.save_provider(&record).await;
        Self { provider, clock }
    }

    /// Moves the clocks of the stack and of the provider.
    pub(crate) async fn advance(&self, stack: &TestStack, seconds: i64) {
        stack.jump(seconds).await;
        self.clock.advance(TimeDelta::seconds(seconds));
    }

    /// Changes the claims of ID tokens from now on.
    pub(crate) fn claim(&self, name: &'static str, value: Value) {
        self.forge(move |signer, mut claims| {
            claims.insert(name.to_owned(), value.clone());
            signer.sign("JWT", &claims)
        });
    }

    /// Makes ID tokens in another way from now on.
    pub(crate) fn forge(
        &self,
        forge: impl Fn(&Signer, Map<String, Value>) -> String + Send + Sync + 'static,
    ) {
        let forge: Forge = Arc::new(forge);
        self.provider.forge(Some(forge));
    }
}

/// A token with any algorithm and signature.
pub(crate) fn token(header: &Value, claims: &Map<String, Value>, signature: &[u8]) -> String {
    use base64::Engine as _;
    let signature = base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(signature);
    format!("{}.{signature}", keyturn_local::identity::signing_input(header, claims))
}

/// The header of a token without a signature.
pub(crate) fn unsigned() -> Value {
    json!({ "alg": "none", "typ": "JWT" })
}
