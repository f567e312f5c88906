//! The types of a decision's effects.

pub use crate::change::Change;
pub use crate::history::{Action, Actor, HistoryEntry, RenewalMethod};
pub use crate::mail::{Mail, Notice};
