//! The stack with everything in it, one for each thread, and the same before every case.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use lambda_http::request::LambdaRequest;
use serde_json::Value;

use crate::answer::{Answer, assert_no_secret};
use crate::known::Known;
use crate::request::Request;
use crate::stack::Stack;
use crate::store::{self, Dump};

/// The longest body that is read, by the contract.
const MOST_BYTES: usize = 64 * 1_024;

/// The stack and what is in it.
pub(crate) struct World {
    pub(crate) stack: Stack,
    pub(crate) known: Known,
    secrets: Vec<String>,
    start: Dump,
    tally: RefCell<BTreeMap<u16, u32>>,
}

thread_local! {
    /// Never dropped: a runtime can't be at the end of its thread.
    static WORLD: OnceCell<&'static World> = const { OnceCell::new() };
}

impl World {
    /// This thread's.
    pub(crate) fn of_thread() -> &'static Self {
        WORLD.with(|world| *world.get_or_init(|| Box::leak(Box::new(Self::make()))))
    }

    fn make() -> Self {
        let stack = Stack::start();
        let known = Known::make(&stack);
        let secrets = known.strings().into_iter().chain(known.keys()).map(str::to_owned).collect();
        let start = store::dump(&stack.database);
        stack.log.take();
        Self { stack, known, secrets, start, tally: RefCell::default() }
    }

    /// The answer to a request, which was in order whatever the request was; the table is what it was before.
    pub(crate) fn ask(&self, request: &Request) -> Answer {
        self.hand_over(request, &request.event()).expect("an event of the gateway's is answered")
    }

    /// The answer to any event on the route of a request, if it's one of the gateway's at all.
    pub(crate) fn hand_over(&self, request: &Request, event: &Value) -> Option<Answer> {
        let outcome = self.stack.invoke(request, event);
        let after = store::dump(&self.stack.database);
        store::restore(&self.stack.database, &after, &self.start);
        self.assert_no_secret("the log", &self.stack.log.take());
        let answer = match outcome {
            Ok(answer) => Some(answer),
            Err(error) => {
                assert!(!is_event(event), "{} {}: {error}", request.method, request.path);
                None
            }
        };
        if let Some(answer) = &answer {
            self.count(answer.status);
            answer.check(&self.secrets);
        }
        if request.only_reads() || answer.as_ref().is_none_or(|answer| !answer.is_success()) {
            let changed = store::difference(&self.start, &after);
            assert!(changed.is_empty(), "changed by what was refused or only reads: {changed:?}");
        }
        answer
    }

    /// The answer to a request that must be refused for these faults and no others; without any it must succeed.
    pub(crate) fn ask_with_faults(&self, request: &Request, faulty: &BTreeSet<String>) -> Answer {
        let answer = self.ask(request);
        if request.body.len() > MOST_BYTES {
            assert_eq!(answer.status, 413, "{}", answer.text);
        } else if faulty.is_empty() {
            assert!(answer.is_success(), "{}: {}", answer.status, answer.text);
        } else {
            assert_eq!((answer.status, &answer.faulty()), (400, faulty), "{}", answer.text);
        }
        answer
    }

    /// Counts an answer.
    pub(crate) fn count(&self, status: u16) {
        *self.tally.borrow_mut().entry(status).or_default() += 1;
    }

    /// Fails if a text holds a secret.
    pub(crate) fn assert_no_secret(&self, place: &str, text: &str) {
        assert_no_secret(place, text, &self.secrets);
    }
}

/// How often the functions have answered this thread with which status: a run that was never accepted, or never refused,
/// has tried nothing.
#[must_use]
pub fn tally() -> BTreeMap<u16, u32> {
    World::of_thread().tally.borrow().clone()
}

/// Whether the runtime would hand an event over to a function.
fn is_event(event: &Value) -> bool {
    serde_json::from_value::<LambdaRequest>(event.clone()).is_ok()
}
