//! Failures on demand, for tests of what the functions do when a service does not answer well.
//!
//! `POST /_local/faults` with `{"ses": n, "eventbridge": n}` makes the next `n` calls of that service fail: SES
//! throttles (429 `TooManyRequestsException`), EventBridge breaks (500 `InternalException`). The SDK clients
//! try a call again by themselves (three times altogether by default), so a caller sees a failure only from the
//! third on. A field that is left out stays as it was; 0 ends the failures.

use std::sync::atomic::{AtomicU32, Ordering};

use serde::{Deserialize, Serialize};

/// How many calls of a service are still to fail.
#[derive(Debug, Default)]
pub(crate) struct Fault(AtomicU32);

/// One counter for each stand-in.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    pub(crate) ses: Fault,
    pub(crate) eventbridge: Fault,
}

/// The counters as a request or an answer.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FaultCounts {
    #[serde(default)]
    pub(crate) ses: Option<u32>,
    #[serde(default)]
    pub(crate) eventbridge: Option<u32>,
}

impl Fault {
    /// Whether this call is one of those that are to fail.
    pub(crate) fn strikes(&self) -> bool {
        self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
    }

    fn set(&self, calls: Option<u32>) {
        if let Some(calls) = calls {
            self.0.store(calls, Ordering::SeqCst);
        }
    }
}

impl Faults {
    /// Sets the counters that are given and answers with all of them.
    pub(crate) fn set(&self, counts: &FaultCounts) -> FaultCounts {
        self.ses.set(counts.ses);
        self.eventbridge.set(counts.eventbridge);
        let left = |fault: &Fault| Some(fault.0.load(Ordering::SeqCst));
        FaultCounts { ses: left(&self.ses), eventbridge: left(&self.eventbridge) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_calls_fail_as_were_asked_for() {
        let faults = Faults::default();
        assert!(!faults.ses.strikes());
        faults.set(&FaultCounts { ses: Some(2), eventbridge: None });
        assert_eq!([faults.ses.strikes(), faults.ses.strikes(), faults.ses.strikes()], [true, true, false]);
        assert!(!faults.eventbridge.strikes());
    }
}
