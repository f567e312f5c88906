//! Measures the consumed capacity of calls.

use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::config::interceptors::{
    AfterDeserializationInterceptorContextRef, BeforeSerializationInterceptorContextMut,
};
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::operation::batch_get_item::{BatchGetItemInput, BatchGetItemOutput};
use aws_sdk_dynamodb::operation::get_item::{GetItemInput, GetItemOutput};
use aws_sdk_dynamodb::operation::query::{QueryInput, QueryOutput};
use aws_sdk_dynamodb::operation::transact_write_items::{TransactWriteItemsInput, TransactWriteItemsOutput};
use aws_sdk_dynamodb::operation::update_item::{UpdateItemInput, UpdateItemOutput};
use aws_sdk_dynamodb::types::{ConsumedCapacity, ReturnConsumedCapacity};

use super::Item;

/// Adds up the units of calls, and keeps what batches read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meter(Arc<Mutex<Reading>>, Arc<Mutex<Vec<Item>>>);

/// Consumed units.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Reading {
    /// Read units of queries.
    pub(crate) queries: f64,
    /// Read units of batches.
    pub(crate) batches: f64,
    /// Queries and batches.
    pub(crate) calls: u32,
    /// Entries that queries read, matching or not.
    pub(crate) entries: i32,
    /// Read units of single items.
    pub(crate) items: f64,
    /// Write units.
    pub(crate) writes: f64,
}

impl Reading {
    /// All read units.
    pub(crate) fn units(self) -> f64 {
        self.queries + self.batches + self.items
    }
}

impl Meter {
    /// The reading since the last call.
    pub(crate) fn take(&self) -> Reading {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    /// What batches read since the last call of this.
    pub(crate) fn take_items(&self) -> Vec<Item> {
        std::mem::take(&mut *self.1.lock().unwrap())
    }
}

fn units<'a>(consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) -> f64 {
    let consumed_units: Vec<_> =
        consumed.into_iter().map(|consumed| consumed.capacity_units().unwrap()).collect();
    assert!(!consumed_units.is_empty(), "a response without its consumed capacity");
    consumed_units.iter().sum()
}

impl Intercept for Meter {
    fn name(&self) -> &'static str {
        "Meter"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let total = Some(ReturnConsumedCapacity::Total);
        let input = context.input_mut();
        if let Some(query) = input.downcast_mut::<QueryInput>() {
            query.return_consumed_capacity = total;
        } else if let Some(batch) = input.downcast_mut::<BatchGetItemInput>() {
            batch.return_consumed_capacity = total;
        } else if let Some(get) = input.downcast_mut::<GetItemInput>() {
            get.return_consumed_capacity = total;
        } else if let Some(update) = input.downcast_mut::<UpdateItemInput>() {
            update.return_consumed_capacity = total;
        } else if let Some(transaction) = input.downcast_mut::<TransactWriteItemsInput>() {
            transaction.return_consumed_capacity = total;
        }
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Ok(output) = context.output_or_error() else { return Ok(()) };
        let mut reading = self.0.lock().unwrap();
        if let Some(query) = output.downcast_ref::<QueryOutput>() {
            reading.queries += units(query.consumed_capacity());
            reading.entries += query.scanned_count();
            reading.calls += 1;
        } else if let Some(batch) = output.downcast_ref::<BatchGetItemOutput>() {
            reading.batches += units(batch.consumed_capacity());
            reading.calls += 1;
            let items = batch.responses().into_iter().flat_map(|tables| tables.values().flatten());
            self.1.lock().unwrap().extend(items.cloned());
        } else if let Some(get) = output.downcast_ref::<GetItemOutput>() {
            reading.items += units(get.consumed_capacity());
        } else if let Some(update) = output.downcast_ref::<UpdateItemOutput>() {
            reading.writes += units(update.consumed_capacity());
        } else if let Some(transaction) = output.downcast_ref::<TransactWriteItemsOutput>() {
            reading.writes += units(transaction.consumed_capacity());
        }
        Ok(())
    }
}
