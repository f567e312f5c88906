//! The real functions on an engine of their own, in this thread: no gateway, no process, one clock that stands still.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Utc};
use dynoxide::Database;
use keyturn_application::Clock;
use keyturn_environment::Environment;
use keyturn_functions::authorizer::Authorizer;
use keyturn_functions::bootstrap::Bootstrap;
use keyturn_functions::routes::ROUTES;
use keyturn_functions::sweep::Sweep;
use keyturn_local::headless::{HeadlessFunctions, TABLE, start_engine};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::answer::Answer;
use crate::log::Log;
use crate::outside::Outside;
use crate::request::Request;

/// 1 March 2027, 12:00 UTC.
const START: i64 = 1_803_902_400;

/// The moment at which everything that is there was made.
pub(crate) fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(START, 0).unwrap_or_default()
}

/// Networks that callbacks may reach besides public addresses, as in the local stack.
pub(crate) const ALLOWED_NETWORKS: &str = "127.0.0.0/8,::1/128";

/// A clock that shows what it was set to.
#[derive(Default)]
struct StandingClock(AtomicI64);

impl Clock for StandingClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.0.load(Ordering::Relaxed), 0).unwrap_or_default()
    }
}

/// Everything that runs.
pub(crate) struct Stack {
    runtime: Runtime,
    clock: Arc<StandingClock>,
    functions: HeadlessFunctions,
    bootstrap: Bootstrap,
    sweep: Sweep,
    authorizer: Authorizer,
    pub(crate) database: Database,
    pub(crate) outside: Outside,
    /// Where the receiver of callbacks listens.
    pub(crate) receiver: String,
    pub(crate) log: Log,
}

impl Stack {
    pub(crate) fn start() -> Self {
        let (log, guard) = Log::catch();
        // For as long as this thread lives, as the stack itself.
        std::mem::forget(guard);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let clock = Arc::new(StandingClock(AtomicI64::new(START)));
        let (database, engine) = runtime.block_on(start_engine()).expect("an engine");
        let (outside, address) = runtime.block_on(Outside::start());
        // Read once, by the functions' start.
        let folder = tempfile::tempdir().expect("a folder");
        let key = folder.path().join("sealing-key");
        std::fs::write(&key, [7; 32]).expect("a key");
        let variables = variables(engine, address, key.to_string_lossy().into_owned());
        let environment =
            Environment::with_variables(variables).with_clock(Arc::<StandingClock>::clone(&clock));
        Self {
            functions: runtime.block_on(HeadlessFunctions::build(&environment)).expect("functions"),
            bootstrap: runtime
                .block_on(keyturn_functions::bootstrap::build(&environment))
                .expect("a function"),
            sweep: runtime.block_on(keyturn_functions::sweep::build(&environment)).expect("a function"),
            authorizer: runtime
                .block_on(keyturn_functions::authorizer::build(&environment))
                .expect("a function"),
            receiver: format!("http://{address}/renewals?key=1"),
            runtime,
            clock,
            database,
            outside,
            log,
        }
    }

    /// What the clock shows.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Moves the clock.
    pub(crate) fn wait(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Founds a company and answers its first management token.
    pub(crate) fn found(&self, company: &str) -> String {
        let request = keyturn_functions::bootstrap::Request {
            company_id: company.to_owned(),
            token_name: None,
            allow_existing_company: false,
        };
        self.runtime.block_on(self.bootstrap.run(request)).expect("a company").token
    }

    /// Runs the scheduled function.
    pub(crate) fn sweep(&self) {
        let summary = self.runtime.block_on(self.sweep.run(None)).expect("a run of the schedule");
        assert_eq!(summary.failed, 0, "something outside does not work");
    }

    /// Method and path of every route.
    pub(crate) fn routes(&self) -> Vec<(String, String)> {
        ROUTES.iter().map(|route| (route.method.to_owned(), route.path.to_owned())).collect()
    }

    /// The answer to a request, through the event that a gateway would make of it.
    pub(crate) fn call(&self, request: &Request) -> Answer {
        self.invoke(request, &request.event()).expect("an event of the gateway's is answered")
    }

    /// The answer to any event on the route of a request, or why there is none.
    pub(crate) fn invoke(&self, request: &Request, event: &Value) -> Result<Answer, String> {
        let answer = self.functions.invoke(&request.method, &request.path, event.to_string());
        self.runtime.block_on(answer).map(|answer| Answer::of(&answer))
    }

    /// What the authorizer says.
    pub(crate) fn authorize(
        &self,
        event: &keyturn_functions::authorizer::Event,
    ) -> Result<Value, keyturn_functions::authorizer::NoDecision> {
        let answer = self.runtime.block_on(self.authorizer.answer(event))?;
        Ok(serde_json::to_value(answer).expect("an answer is JSON"))
    }
}

fn variables(engine: SocketAddr, outside: SocketAddr, key: String) -> impl Iterator<Item = (String, String)> {
    [
        ("AWS_ACCESS_KEY_ID", "any".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "any".to_owned()),
        ("AWS_REGION", "eu-central-1".to_owned()),
        ("AWS_ENDPOINT_URL_DYNAMODB", format!("http://{engine}")),
        ("AWS_ENDPOINT_URL_SESV2", format!("http://{outside}")),
        ("AWS_ENDPOINT_URL_EVENTBRIDGE", format!("http://{outside}")),
        ("KEYTURN_TABLE", TABLE.to_owned()),
        ("KEYTURN_EVENT_BUS", "keyturn".to_owned()),
        ("KEYTURN_MAIL_SENDER", "keyturn@example.com".to_owned()),
        ("KEYTURN_SEALING_KEY_FILE", key),
        ("KEYTURN_ALLOWED_CALLBACK_NETWORKS", ALLOWED_NETWORKS.to_owned()),
        ("KEYTURN_BASE_URL", "https://api.example.com".to_owned()),
        ("KEYTURN_PROTECTED_APPLICATIONS", "/orders=ORDERS,/reports=REPORTS".to_owned()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
}
