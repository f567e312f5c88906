//! Shared by the tests: a store, records, and a view of the stored items.

pub(crate) mod any;
pub(crate) mod company;
pub(crate) mod make;
mod meter;
pub(crate) mod paging;
mod store;
mod weight;

pub(crate) use meter::{Meter, Reading};
pub(crate) use store::{AWS_SECRET, Item, RETENTION, Store};
pub(crate) use weight::{READ_UNIT, weight};
