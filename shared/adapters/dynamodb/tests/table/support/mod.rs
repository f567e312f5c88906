//! What the tests have in common: a store, records to put into it, and a look at what it holds.

pub(crate) mod any;
pub(crate) mod make;
mod store;
mod template;

pub(crate) use store::{AWS_SECRET, Item, RETENTION, Store};
