//! How long calls took, and how many failed.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::measure::{millis, percentile};

#[derive(Debug, Default)]
struct Operation {
    millis: Vec<f64>,
    errors: usize,
}

#[derive(Debug, Default)]
pub(crate) struct Latencies {
    operations: BTreeMap<&'static str, Operation>,
}

impl Latencies {
    /// Records an answer. A 5xx is an error, a 4xx is not.
    pub(crate) fn record(&mut self, operation: &'static str, status: u16, taken: Duration) {
        let operation = self.operations.entry(operation).or_default();
        operation.millis.push(millis(taken));
        operation.errors += usize::from(status >= 500);
    }

    pub(crate) fn totals(&self) -> (usize, usize) {
        self.operations.values().fold((0, 0), |(requests, errors), operation| {
            (requests + operation.millis.len(), errors + operation.errors)
        })
    }

    pub(crate) fn table(&self) -> String {
        let mut lines =
            format!("{:<12} {:>9} {:>9} {:>9} {:>7}\n", "call", "requests", "p50 ms", "p99 ms", "errors");
        let mut all = Operation::default();
        for (name, operation) in &self.operations {
            lines += &line(name, operation);
            all.millis.extend(&operation.millis);
            all.errors += operation.errors;
        }
        lines + &line("all", &all)
    }
}

fn line(name: &str, Operation { millis, errors }: &Operation) -> String {
    let (p50, p99) = (percentile(millis, 50.0), percentile(millis, 99.0));
    format!("{name:<12} {:>9} {p50:>9.1} {p99:>9.1} {errors:>7}\n", millis.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_requests_percentiles_and_errors() {
        let mut latencies = Latencies::default();
        for millis in 1..=100 {
            latencies.record("read", if millis == 7 { 503 } else { 200 }, Duration::from_millis(millis));
        }
        assert_eq!(latencies.totals(), (100, 1));
        let table = latencies.table();
        let read: Vec<&str> = table.lines().nth(1).unwrap().split_whitespace().collect();
        assert_eq!(read, ["read", "100", "51.0", "100.0", "1"]);
    }
}
