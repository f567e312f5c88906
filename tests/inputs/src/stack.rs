//! The real functions on their own engine in this thread: no gateway, no process, and a clock that only tests move.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use dynoxide::Database;
use keyturn_application::Clock;
use keyturn_environment::Environment;
use keyturn_functions::ROUTES;
use keyturn_functions::authorizer::{self, Authorizer};
use keyturn_functions::bootstrap::{self, Bootstrap};
use keyturn_functions::sweep::{self, Part, Sweep};
use keyturn_local::environment;
use keyturn_local::headless::{HeadlessFunctions, ManualClock, start_engine};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::{external::ExternalServices, log::Log, request::Request, response::Response};

/// 1 March 2027, 12:00 UTC.
const START: i64 = 1_803_902_400;

pub(crate) struct Stack {
    runtime: Runtime,
    clock: Arc<ManualClock>,
    functions: HeadlessFunctions,
    bootstrap: Bootstrap,
    sweep: Sweep,
    authorizer: Authorizer,
    pub(crate) database: Database,
    pub(crate) external: ExternalServices,
    pub(crate) receiver: String,
    pub(crate) log: Log,
}

impl Stack {
    pub(crate) fn start() -> Self {
        let (log, guard) = Log::capture();
        // The stack lives as long as this thread.
        std::mem::forget(guard);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let clock = Arc::new(ManualClock::at(DateTime::from_timestamp(START, 0).expect("a time")));
        let (database, engine) = runtime.block_on(start_engine()).expect("an engine");
        let (external, address) = runtime.block_on(ExternalServices::start());
        // The functions read the key only at their start.
        let folder = tempfile::tempdir().expect("a folder");
        let key = folder.path().join("sealing-key");
        std::fs::write(&key, [7; 32]).expect("a key");
        let (dynamodb, external_url) = (format!("http://{engine}"), format!("http://{address}"));
        let endpoints = [dynamodb.as_str(), &external_url, &external_url];
        let mut variables = environment::variables(endpoints, "https://api.example.com", &key);
        variables.push(("KEYTURN_PROTECTED_APPLICATIONS", "/orders=ORDERS,/reports=REPORTS".to_owned()));
        let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value));
        let environment =
            Environment::with_variables(variables).with_clock(Arc::<ManualClock>::clone(&clock));
        Self {
            functions: runtime.block_on(HeadlessFunctions::build(&environment)).expect("functions"),
            bootstrap: runtime.block_on(bootstrap::build(&environment)).expect("a function"),
            sweep: runtime.block_on(sweep::build(&environment)).expect("a function"),
            authorizer: runtime.block_on(authorizer::build(&environment)).expect("a function"),
            receiver: format!("http://{address}/renewals?key=1"),
            runtime,
            clock,
            database,
            external,
            log,
        }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.clock.advance(TimeDelta::seconds(seconds));
    }

    /// Creates a company and returns the string of its management token.
    pub(crate) fn create_company(&self, company: &str) -> String {
        let request = bootstrap::Request {
            company_id: company.to_owned(),
            token_name: None,
            allow_existing_company: false,
        };
        self.runtime.block_on(self.bootstrap.run(request)).expect("a company").token
    }

    pub(crate) fn sweep(&self) {
        let summary = self.runtime.block_on(self.sweep.run(Part::ALL, None));
        assert_eq!(summary.failed, 0, "an external service fails");
    }

    pub(crate) fn routes(&self) -> Vec<(String, String)> {
        ROUTES.iter().map(|route| (route.method.to_owned(), route.path.to_owned())).collect()
    }

    pub(crate) fn call(&self, request: &Request) -> Response {
        self.invoke(request, &request.event()).expect("a valid event has a response")
    }

    /// Sends any event to the route of a request.
    pub(crate) fn invoke(&self, request: &Request, event: &Value) -> anyhow::Result<Response> {
        let response = self.functions.invoke(&request.method, &request.path, event.to_string());
        self.runtime.block_on(response).map(|response| Response::parse(&response))
    }

    pub(crate) fn authorize(&self, event: &authorizer::Event) -> Result<Value, authorizer::NoDecision> {
        let response = self.runtime.block_on(self.authorizer.answer(event))?;
        Ok(serde_json::to_value(response).expect("the response is JSON"))
    }
}
