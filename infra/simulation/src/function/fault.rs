//! What becomes of one call of a port: it takes its time, fails before or after it took effect, is throttled, times
//! out, or is the last that its process makes.

use std::sync::atomic::Ordering;

use keyturn_application::PortError;
use keyturn_domain::Timestamp;

use super::Run;
use crate::lock;
use crate::world::World;

/// What is called.
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
    /// A receiver.
    Callback,
}

/// What goes wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// Refused: throttled, or failed before anything was done.
    Before,
    /// Done, but the answer is an error.
    After,
    /// No answer in time, and nothing was done.
    TimeoutBefore,
    /// No answer in time, although it was done.
    TimeoutAfter,
}

const FAULTS: [Fault; 4] = [Fault::Before, Fault::After, Fault::TimeoutBefore, Fault::TimeoutAfter];

/// Names of the places at which quirks are looked up; each its own.
const FAULT: u64 = 0xfa;
const DOOM: u64 = 0xdd;
const OUTAGE: u64 = 0x0e;
const SLOW: u64 = 0x51;

/// How long all tries of an AWS call take until the SDK gives up.
const TIMEOUT_MILLIS: i64 = 9_000;

impl Run {
    /// Makes a call: `effect` is what it does if it takes effect at all.
    pub(super) async fn call<T>(
        &self,
        service: Service,
        name: &'static str,
        effect: impl FnOnce(&World) -> T + Send,
    ) -> Result<T, PortError> {
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        let fault = self.fault(service, number);
        if let Some(fault) = fault {
            self.faults.fetch_add(1, Ordering::Relaxed);
            self.world.note(2, || format!("{}: {name} fails ({fault:?})", self.name()));
        }
        let latency = lock(&self.rng).within(1, 20);
        self.world.executor.pause(latency).await;
        if let Some(mut rng) = self.place_of(SLOW, number, self.world.scenario.faults / 10.0) {
            self.world.executor.pause(rng.within(100, 8_000)).await;
        }
        if self.doom == Some((number, false)) || self.world.executor.now() >= self.limit {
            self.die().await;
        }
        match fault {
            Some(Fault::Before) => return Err(PortError::bare("the simulation refuses this call")),
            Some(Fault::TimeoutBefore) => {
                self.world.executor.pause(TIMEOUT_MILLIS).await;
                return Err(PortError::bare("the simulation does not answer this call"));
            }
            Some(Fault::After | Fault::TimeoutAfter) | None => {}
        }
        self.world.note(20 + u64::from(number), || format!("{}: {name}", self.name()));
        let result = effect(&self.world);
        if self.doom == Some((number, true)) {
            self.die().await;
        }
        match fault {
            Some(Fault::After) => Err(PortError::bare("the simulation loses this answer")),
            Some(Fault::TimeoutAfter) => {
                self.world.executor.pause(TIMEOUT_MILLIS).await;
                Err(PortError::bare("the simulation keeps this answer back"))
            }
            _ => Ok(result),
        }
    }

    /// A quirk of one call of this invocation.
    pub(super) fn place_of(&self, what: u64, number: u32, probability: f64) -> Option<crate::rng::Rng> {
        if probability == 0.0 {
            return None;
        }
        let mut place = Vec::with_capacity(self.place.len() + 2);
        place.extend([what, u64::from(number)]);
        place.extend_from_slice(&self.place);
        self.world.chance.quirk(&place, probability)
    }

    fn fault(&self, service: Service, number: u32) -> Option<Fault> {
        if service == Service::Callback {
            return None;
        }
        let fault = self.place_of(FAULT, number, self.world.scenario.faults);
        if let Some(mut rng) = fault {
            return Some(rng.one_of(&FAULTS));
        }
        is_out(&self.world, service, self.world.executor.now()).then_some(Fault::Before)
    }
}

/// Whether an invocation dies, at which of its calls, and whether that one takes effect.
pub(super) fn doom(world: &World, place: &[u64]) -> Option<(u32, bool)> {
    let mut own = vec![DOOM];
    own.extend_from_slice(place);
    let mut rng = world.chance.quirk(&own, world.scenario.faults / 2.0)?;
    // Mostly early: few invocations make many calls.
    let most = if rng.happens(0.3) { 60 } else { 12 };
    Some((u32::try_from(rng.within(0, most)).unwrap_or_default(), rng.happens(0.5)))
}

/// Whether a whole service is out. Store and keys come back within minutes: nobody can keep promises with hours without
/// a database. Mails and events may be out for days.
fn is_out(world: &World, service: Service, now: Timestamp) -> bool {
    if world.scenario.faults == 0.0 || !world.scenario.outages {
        return false;
    }
    let longest = match service {
        Service::Store | Service::Seal => 300,
        Service::Mail | Service::Events => 2 * 86_400,
        Service::Callback => return false,
    };
    let day = now.timestamp().div_euclid(86_400);
    (0..=longest / 86_400).any(|back| {
        let begun = day - back;
        let place = [OUTAGE, service as u64, begun.unsigned_abs()];
        world.chance.quirk(&place, 0.02).is_some_and(|mut rng| {
            let from = begun * 86_400 + rng.within(0, 86_399);
            (from..from + rng.within(1, longest)).contains(&now.timestamp())
        })
    })
}
