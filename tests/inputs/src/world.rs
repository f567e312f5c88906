//! The stack with its fixtures, one per thread, reset after every request.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use lambda_http::request::LambdaRequest;
use serde_json::Value;

use crate::fixtures::Fixtures;
use crate::request::Request;
use crate::response::{Response, assert_no_secret};
use crate::stack::Stack;
use crate::table::{self, Snapshot};

pub(crate) struct World {
    pub(crate) stack: Stack,
    pub(crate) fixtures: Fixtures,
    secrets: Vec<String>,
    snapshot: Snapshot,
    counts: RefCell<BTreeMap<u64, u32>>,
}

thread_local! {
    /// Never dropped: a runtime can't be dropped at the end of its thread.
    static WORLD: OnceCell<&'static World> = const { OnceCell::new() };
}

impl World {
    pub(crate) fn get() -> &'static Self {
        WORLD.with(|world| *world.get_or_init(|| Box::leak(Box::new(Self::new()))))
    }

    fn new() -> Self {
        let stack = Stack::start();
        let fixtures = Fixtures::create(&stack);
        let secrets = fixtures.token_strings().into_iter().chain(fixtures.request_tokens());
        let secrets = secrets.map(str::to_owned).collect();
        let snapshot = table::snapshot(&stack.database);
        stack.log.take();
        Self { stack, fixtures, secrets, snapshot, counts: RefCell::default() }
    }

    /// Sends a request and checks the response.
    pub(crate) fn send(&self, request: &Request) -> Response {
        self.send_event(request, &request.event()).expect("a valid event has a response")
    }

    /// Sends a request. If it is refused for its input, the response names this field.
    pub(crate) fn send_field(&self, request: &Request, field: &str) {
        let response = self.send(request);
        let named = response.status == 400 && response.invalid_fields().contains(field);
        assert!(response.is_success() || named, "neither accepted nor named: {}", response.body);
    }

    /// Sends a request. If any fields are invalid, the response names them, unless the body is too large to be read.
    pub(crate) fn send_invalid(&self, request: &Request, invalid: &BTreeSet<String>) {
        let response = self.send(request);
        if !invalid.is_empty() && response.status != 413 {
            let named = response.invalid_fields();
            assert!(named.is_superset(invalid), "{invalid:?} not named: {}", response.body);
        }
    }

    /// Sends any event to the route of a request and checks the response. `None`: the runtime rejects the event.
    pub(crate) fn send_event(&self, request: &Request, event: &Value) -> Option<Response> {
        let result = self.stack.invoke(request, event);
        table::restore(&self.stack.database, &self.snapshot);
        self.assert_no_secret(&self.stack.log.take());
        let response = match result {
            Ok(response) => response,
            Err(error) => {
                let is_valid = serde_json::from_value::<LambdaRequest>(event.clone()).is_ok();
                assert!(!is_valid, "{} {}: {error}", request.method, request.path);
                return None;
            }
        };
        self.count(response.status);
        response.assert_well_formed();
        if !response.is_success() || request.is_read() {
            response.assert_no_secret(&self.secrets);
        }
        Some(response)
    }

    pub(crate) fn count(&self, status: u64) {
        *self.counts.borrow_mut().entry(status).or_default() += 1;
    }

    pub(crate) fn assert_no_secret(&self, text: &str) {
        assert_no_secret(text, &self.secrets);
    }
}

/// This thread's responses by status.
#[must_use]
pub fn status_counts() -> BTreeMap<u64, u32> {
    World::get().counts.borrow().clone()
}
