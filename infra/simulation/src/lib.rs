//! Deterministic simulation: runs the real use cases and rules through years of simulated time with injected faults.
//!
//! | module | holds |
//! | --- | --- |
//! | `scenario` | what to simulate, and one run from start to end |
//! | `seeds` | many runs in parallel |
//! | `executor`, `rng`, `fault_schedule` | time, random numbers and injected faults, all determined by one seed |
//! | `memory` | an in-memory store that behaves like the DynamoDB adapter |
//! | `function` | one invocation of a function and its ports; every call may fail or crash the process |
//! | `actors` | clients, callback receivers, users and the schedule |
//! | `invariants` | the contract's promises, checked after every write and every response |
//! | `shrink` | reduces a failing run to a minimal one |
//! | `scale` | how long the schedule takes under load |
//! | `headline`, `rotate_once` | the figures for the README, and the rotation model they are compared with |

pub mod actors;
pub mod executor;
pub mod fault_schedule;
pub mod function;
pub mod headline;
pub mod invariants;
pub mod memory;
#[cfg(feature = "mutations")]
mod mutations;
pub mod rng;
pub mod rotate_once;
pub mod scale;
pub mod scenario;
pub mod seeds;
pub mod shrink;
pub mod world;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks a mutex and ignores poisoning: the panic that caused it is reported on its own.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
