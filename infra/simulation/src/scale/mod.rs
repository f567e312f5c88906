//! Proof that the schedule keeps its time: the real sweep under load, with the latencies and limits of AWS.
//!
//! The other simulation looks for wrong results in random histories; this one measures how long things take. Time is
//! virtual, so 48 hours cost only what happens in them.
//!
//! | module | holds |
//! | --- | --- |
//! | `scenarios`, `scenario`, `load` | what is due and what hangs |
//! | `parameters`, `capacity`, `units` | latencies, limits, and what a call needs of them |
//! | `cloud`, `run`, `store`, `services` | the region, and a run that calls it |
//! | `schedule` | when runs start and end |
//! | `watch`, `table`, `prices`, `usage` | figures, limits and costs |

mod capacity;
mod cloud;
mod load;
pub mod parameters;
pub mod prices;
mod run;
pub mod scenario;
pub mod scenarios;
mod schedule;
mod services;
mod store;
pub mod table;
mod units;
pub mod usage;
mod watch;

pub use cloud::{Counts, Outage};
pub use load::{Due, Load, Step};
pub use watch::{Figures, Group};
