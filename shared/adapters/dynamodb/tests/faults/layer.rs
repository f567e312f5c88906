//! Fault injection: a call meets the next configured fault, or reaches the engine.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::{Client, config};
use aws_smithy_runtime::client::retries::RetryPartition;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use chrono::TimeDelta;
use dynoxide::Database;
use keyturn_application::change::ChangeToken;
use keyturn_application::ports::{Commit, TokenStore as _};
use keyturn_application::{Clock, Context, Randomness};
use keyturn_domain::Timestamp;
use keyturn_domain::change::Change;
use keyturn_domain::token::Token;
use keyturn_dynamodb::Table;
use keyturn_environment::Environment;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{engine, make};

const NAME: &str = "table-under-fire";

/// How many tables there were.
static LAYERS: AtomicU64 = AtomicU64::new(0);

/// A fault of one attempt of a call.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// An error response, and whether the call took effect nevertheless.
    Error { kind: &'static str, status: u16, took_effect: bool },
    /// A transaction that was cancelled, for these reasons.
    Cancelled(Vec<&'static str>),
    /// The connection breaks before the call arrives, or before the answer does.
    Broken { took_effect: bool },
    /// No answer, ever.
    Silent { took_effect: bool },
    /// Only so many keys of a batch are read.
    Partial(usize),
}

impl Fault {
    /// Transient faults, before the call took effect and after.
    pub(crate) fn passing() -> Vec<Self> {
        let kinds = [
            ("ProvisionedThroughputExceededException", 400),
            ("ThrottlingException", 400),
            ("RequestLimitExceeded", 400),
            ("TransactionInProgressException", 400),
            ("InternalServerError", 500),
            ("ServiceUnavailable", 503),
        ];
        let mut faults = Vec::new();
        for took_effect in [false, true] {
            faults.extend(kinds.map(|(kind, status)| Self::Error { kind, status, took_effect }));
            faults.extend([Self::Broken { took_effect }, Self::Silent { took_effect }]);
        }
        faults
    }

    const fn took_effect(&self) -> bool {
        match self {
            Self::Error { took_effect, .. } | Self::Broken { took_effect } | Self::Silent { took_effect } => {
                *took_effect
            }
            Self::Cancelled(_) | Self::Partial(_) => false,
        }
    }
}

/// The engine behind the fault injection.
#[derive(Clone, Debug)]
pub(crate) struct Layer(Arc<Inner>);

struct Inner {
    database: Database,
    faults: Mutex<VecDeque<Fault>>,
    /// The operation that they are for; any without.
    only: Mutex<Option<&'static str>>,
    calls: Mutex<Vec<(String, Value)>>,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Layer")
    }
}

impl Layer {
    /// An empty table.
    pub(crate) fn new() -> Self {
        let database = Database::memory().unwrap();
        keyturn_engine::create_table(&database, NAME).unwrap();
        Self(Arc::new(Inner {
            database,
            faults: Mutex::default(),
            only: Mutex::default(),
            calls: Mutex::default(),
        }))
    }

    /// The adapter, its client configured as in a deployment but for the way to the engine.
    pub(crate) fn table(&self) -> Table {
        let variables = [
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "id"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
        ];
        let environment =
            Environment::with_variables(variables.map(|(name, value)| (name.to_owned(), value.to_owned())));
        // Clients of one process share a retry budget per service; each test has its own.
        let own = RetryPartition::new(format!("layer {}", LAYERS.fetch_add(1, Ordering::Relaxed)));
        let config = config::Builder::from(environment.sdk()).http_client(self.clone()).retry_partition(own);
        Table::new(Client::from_conf(config.build()), NAME.to_owned(), TimeDelta::days(400))
    }

    /// The next attempts meet these faults, one each.
    pub(crate) fn raise(&self, faults: impl IntoIterator<Item = Fault>) {
        self.0.faults.lock().unwrap().extend(faults);
        self.0.calls.lock().unwrap().clear();
    }

    /// All further attempts meet this fault.
    pub(crate) fn raise_forever(&self, fault: &Fault) {
        self.raise(std::iter::repeat_n(fault.clone(), 1_000));
    }

    /// So many attempts of an operation meet this fault.
    pub(crate) fn raise_on(&self, operation: &'static str, fault: &Fault, times: usize) {
        *self.0.only.lock().unwrap() = Some(operation);
        self.raise(std::iter::repeat_n(fault.clone(), times));
    }

    /// No more faults.
    pub(crate) fn calm(&self) {
        self.0.faults.lock().unwrap().clear();
    }

    /// The attempts since faults were raised last: operation and body.
    pub(crate) fn calls(&self) -> Vec<(String, Value)> {
        self.0.calls.lock().unwrap().clone()
    }

    fn answer(&self, request: &HttpRequest) -> Result<Option<HttpResponse>, ConnectorError> {
        let operation = engine::operation(request);
        let meant = self.0.only.lock().unwrap().is_none_or(|only| only == operation);
        self.0.calls.lock().unwrap().push((operation, engine::body(request)));
        let fault = if meant { self.0.faults.lock().unwrap().pop_front() } else { None };
        let Some(fault) = fault else {
            return Ok(Some(engine::answer(&self.0.database, request)));
        };
        if fault.took_effect() {
            engine::answer(&self.0.database, request);
        }
        match fault {
            Fault::Error { kind, status, .. } => {
                let kind = format!("com.amazonaws.dynamodb.v20120810#{kind}");
                Ok(Some(engine::response(status, json!({ "__type": kind, "message": "a test" }).to_string())))
            }
            Fault::Cancelled(reasons) => {
                let kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
                let reasons: Vec<_> = reasons.iter().map(|code| json!({ "Code": code })).collect();
                let body = json!({ "__type": kind, "Message": "a test", "CancellationReasons": reasons });
                Ok(Some(engine::response(400, body.to_string())))
            }
            Fault::Broken { .. } => Err(ConnectorError::io("the connection broke".into())),
            Fault::Silent { .. } => Ok(None),
            Fault::Partial(read) => Ok(Some(self.partial(request, read))),
        }
    }

    /// Reads some keys of a batch and names the others.
    fn partial(&self, request: &HttpRequest, read: usize) -> HttpResponse {
        let mut body = engine::body(request);
        let keys = body["RequestItems"][NAME]["Keys"].as_array_mut().unwrap();
        let unread = keys.split_off(read.min(keys.len()));
        let mut output = if keys.is_empty() {
            json!({ "Responses": {} })
        } else {
            let input = serde_json::from_value(body).unwrap();
            serde_json::to_value(self.0.database.batch_get_item(input).unwrap()).unwrap()
        };
        output["UnprocessedKeys"] = json!({ NAME: { "Keys": unread } });
        engine::response(200, output.to_string())
    }
}

impl HttpConnector for Layer {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        match self.answer(&request) {
            // Not at once, so that others get to call meanwhile.
            Ok(Some(response)) => HttpConnectorFuture::new(async {
                tokio::task::yield_now().await;
                Ok(response)
            }),
            Ok(None) => HttpConnectorFuture::new(std::future::pending()),
            Err(error) => HttpConnectorFuture::ready(Err(error)),
        }
    }
}

impl HttpClient for Layer {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// A commit of this change.
pub(crate) fn commit_of(change: Change, number: u128) -> Commit {
    let entry_due = make::birth();
    Commit { change, entry_id: Uuid::from_u128(number), entry_due, company: None, answer: None }
}

/// A token that is in the table already.
pub(crate) async fn stored(table: &Table, number: u128) -> Token {
    let commit = commit_of(make::create(make::calling(), number), number << 64);
    table.commit(&commit).await.unwrap();
    commit.change.tokens.into_iter().next().unwrap()
}

struct Fixed(Timestamp);

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        self.0
    }
}

impl Randomness for Fixed {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(5);
    }
}

/// Changes tokens of this table at a fixed time.
pub(crate) fn change_at(table: Table, now: Timestamp) -> ChangeToken {
    let table = Arc::new(table);
    let context = Context::new(Arc::new(Fixed(now)), Arc::new(Fixed(now)));
    ChangeToken { tokens: table, context }
}
