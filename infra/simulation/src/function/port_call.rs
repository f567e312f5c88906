//! One port call: its latency, and the injected faults: it fails before or after its effect, is throttled, times out,
//! or crashes the process.

use std::sync::atomic::Ordering;

use keyturn_application::PortError;
use keyturn_domain::Timestamp;

use super::Invocation;
use crate::lock;
use crate::rng::Rng;
use crate::world::World;

/// The service that is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// DynamoDB.
    Store,
    /// KMS.
    Seal,
    /// SES.
    Mail,
    /// EventBridge.
    Events,
    /// A callback receiver.
    Callback,
}

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CallFault {
    /// Throttled or failed without an effect.
    Before,
    /// An error after the effect.
    After,
    /// No response in time, without an effect.
    TimeoutBefore,
    /// No response in time, after the effect.
    TimeoutAfter,
}

const CALL_FAULTS: [CallFault; 4] =
    [CallFault::Before, CallFault::After, CallFault::TimeoutBefore, CallFault::TimeoutAfter];

/// First parts of the fault sites of calls; all distinct.
const FAIL: u64 = 0xfa;
const CRASH: u64 = 0xdd;
const OUTAGE: u64 = 0x0e;
const SLOW: u64 = 0x51;

/// Crashing invocations for each failing call.
const CRASHES_PER_FAULT: f64 = 0.5;

/// How long the SDK retries an AWS call before it gives up.
const TIMEOUT_MILLIS: i64 = 9_000;

impl Invocation {
    /// Makes a call; `effect` is applied unless the call fails first.
    pub(super) async fn call<T>(
        &self,
        service: Service,
        name: &'static str,
        effect: impl FnOnce(&World) -> T + Send,
    ) -> Result<T, PortError> {
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        let fault = self.fault(service, number);
        if let Some(fault) = fault {
            self.fault_count.fetch_add(1, Ordering::Relaxed);
            self.world.record(2, || format!("{}: {name} fails ({fault:?})", self.name()));
        }
        let latency = lock(&self.rng).within(1, 20);
        self.world.executor.wait_millis(latency).await;
        if let Some(mut rng) = self.inject(SLOW, number, self.world.scenario.fault_rate / 10.0) {
            self.world.executor.wait_millis(rng.within(100, 8_000)).await;
        }
        if self.crashes_at(number, false) || self.world.executor.now() >= self.deadline {
            self.crash().await;
        }
        match fault {
            Some(CallFault::Before) => return Err(PortError::bare("injected: refused")),
            Some(CallFault::TimeoutBefore) => {
                self.world.executor.wait_millis(TIMEOUT_MILLIS).await;
                return Err(PortError::bare("injected: timeout"));
            }
            Some(CallFault::After | CallFault::TimeoutAfter) | None => {}
        }
        self.world.record(20 + u64::from(number), || format!("{}: {name}", self.name()));
        let result = effect(&self.world);
        if self.crashes_at(number, true) {
            self.crash().await;
        }
        match fault {
            Some(CallFault::After) => Err(PortError::bare("injected: error after the effect")),
            Some(CallFault::TimeoutAfter) => {
                self.world.executor.wait_millis(TIMEOUT_MILLIS).await;
                Err(PortError::bare("injected: timeout after the effect"))
            }
            _ => Ok(result),
        }
    }

    /// Injects a fault at one call of this invocation.
    pub(super) fn inject(&self, what: u64, number: u32, probability: f64) -> Option<Rng> {
        if probability == 0.0 {
            return None;
        }
        self.world.faults.inject(&[&[what, u64::from(number)], self.site.as_slice()].concat(), probability)
    }

    /// Whether the SDK gives a call up. A repeated transaction has no second effect: the SDK sends the same idempotency token.
    fn all_attempts_fail(&self, number: u32) -> Option<Rng> {
        let mut failed = None;
        for attempt in 0..self.world.scenario.attempts {
            let what = FAIL + (u64::from(attempt) << 8);
            failed = Some(self.inject(what, number, self.world.scenario.fault_rate)?);
        }
        failed
    }

    fn crashes_at(&self, call: u32, after_effect: bool) -> bool {
        self.crash_point.as_ref().is_some_and(|at| at.call == call && at.after_effect == after_effect)
    }

    fn fault(&self, service: Service, number: u32) -> Option<CallFault> {
        if service == Service::Callback {
            return None;
        }
        if let Some(mut rng) = self.all_attempts_fail(number) {
            return Some(rng.one_of(&CALL_FAULTS));
        }
        is_out(&self.world, service, self.world.executor.now()).then_some(CallFault::Before)
    }
}

/// The call during which an invocation crashes.
pub(super) struct CrashPoint {
    call: u32,
    after_effect: bool,
}

impl CrashPoint {
    /// Where the invocation at this site crashes, if at all.
    pub(super) fn of(world: &World, site: &[u64]) -> Option<Self> {
        let mut rng =
            world.faults.inject(&[&[CRASH], site].concat(), world.scenario.fault_rate * CRASHES_PER_FAULT)?;
        let (call, after_effect) = any_call(&mut rng);
        Some(Self { call, after_effect })
    }
}

/// At which call the invocation of another program crashes, and whether after the call's effect, at the same rate.
pub(crate) fn crashing_call(rng: &mut Rng, fault_rate: f64) -> Option<(u32, bool)> {
    rng.happens(fault_rate * CRASHES_PER_FAULT).then(|| any_call(rng))
}

fn any_call(rng: &mut Rng) -> (u32, bool) {
    // Mostly early: few invocations make many calls.
    let last = if rng.happens(0.3) { 60 } else { 12 };
    (u32::try_from(rng.within(0, last)).unwrap_or_default(), rng.happens(0.5))
}

/// Whether a whole service is down. Store and KMS are back within minutes, as no promise of hours can hold without a
/// database; mails and events may be down for days.
fn is_out(world: &World, service: Service, now: Timestamp) -> bool {
    if world.scenario.fault_rate == 0.0 || !world.scenario.outages {
        return false;
    }
    let longest = match service {
        Service::Store | Service::Seal => 300,
        Service::Mail | Service::Events => 2 * 86_400,
        Service::Callback => return false,
    };
    let day = now.timestamp().div_euclid(86_400);
    (0..=longest / 86_400).any(|back| {
        let start = day - back;
        let site = [OUTAGE, service as u64, start.unsigned_abs()];
        world.faults.inject(&site, 0.02).is_some_and(|mut rng| {
            let from = start * 86_400 + rng.within(0, 86_399);
            (from..from + rng.within(1, longest)).contains(&now.timestamp())
        })
    })
}
