//! What the tests have in common: a store, records to put into it, and a look at what it holds.

pub(crate) mod any;
pub(crate) mod company;
pub(crate) mod make;
mod meter;
mod store;
mod template;
mod weight;

pub(crate) use meter::{Meter, Reading};
pub(crate) use store::{AWS_SECRET, Item, RETENTION, Store};
pub(crate) use weight::{READ_UNIT, weight};
