//! Years of Keyturn in seconds: the real use cases and rules in a seeded world where everything fails.
//!
//! | module | holds |
//! | --- | --- |
//! | `scenario` | what to simulate, and one history from its beginning to its end |
//! | `seeds` | many of them at once |
//! | `executor`, `rng`, `chance` | time, random numbers, and what goes wrong, all decided by one seed |
//! | `memory` | the store, equal to the DynamoDB adapter |
//! | `function` | one invocation of a function: its ports, whose every call may fail or be its last |
//! | `actors` | clients, receivers, people and the schedule |
//! | `ledger` | what the contract promises, checked after every write and every answer |
//! | `shrink` | from a history that fails to the smallest one that still does |
//! | `headline`, `rotate_once` | the figure for the README, and the way of rotating that it's compared with |

pub mod actors;
pub mod chance;
pub mod executor;
pub mod function;
pub mod headline;
pub mod ledger;
pub mod memory;
#[cfg(feature = "mutations")]
mod mutations;
pub mod rng;
pub mod rotate_once;
pub mod scenario;
pub mod seeds;
pub mod shrink;
pub mod world;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks. A panic elsewhere is reported by itself, so it's no reason for another one here.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
