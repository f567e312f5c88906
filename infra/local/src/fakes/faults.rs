//! Failures that a test asks for.
//!
//! `POST /_local/faults` with `{"ses": n, "eventbridge": n}` makes the next `n` calls of that service fail: SES with 429
//! `TooManyRequestsException`, EventBridge with 500 `InternalException`. The SDK's clients make up to three attempts, so a
//! function sees a failure only from the third on. 0 ends the failures.

use std::sync::atomic::{AtomicU32, Ordering};

use serde::{Deserialize, Serialize};

/// How many calls of a service are still to fail.
#[derive(Debug, Default)]
pub(crate) struct Fault(AtomicU32);

#[derive(Debug, Default)]
pub(crate) struct Faults {
    pub(crate) ses: Fault,
    pub(crate) eventbridge: Fault,
}

/// The counters in a request, where those that are missing stay unchanged, or in a response.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct FaultCounts {
    pub(crate) ses: Option<u32>,
    pub(crate) eventbridge: Option<u32>,
}

impl Fault {
    /// Whether this call is to fail; counts it.
    pub(crate) fn applies(&self) -> bool {
        self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
    }

    fn set(&self, calls: Option<u32>) -> Option<u32> {
        if let Some(calls) = calls {
            self.0.store(calls, Ordering::SeqCst);
        }
        Some(self.0.load(Ordering::SeqCst))
    }
}

impl Faults {
    /// Sets counters; returns all of them.
    pub(crate) fn set(&self, counts: &FaultCounts) -> FaultCounts {
        FaultCounts { ses: self.ses.set(counts.ses), eventbridge: self.eventbridge.set(counts.eventbridge) }
    }
}
