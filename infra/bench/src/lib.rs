//! Measures what a verification, a renewal and a cold start take, next to the least that they could take.
//!
//! Every figure that depends on the machine is a median of runs that alternate with runs of its limit, on the same
//! engine in the same minutes, so that their ratio holds on a busy machine too.

pub mod api;
pub mod cold;
pub mod meter;
pub mod prices;
pub mod receiver;
pub mod renewals;
pub mod report;
mod runtime_api;
pub mod samples;
pub mod units;
pub mod verify;
pub mod world;
