//! How long calls took and what they were answered.

use std::collections::BTreeMap;
use std::time::Duration;

/// Answers of one operation.
#[derive(Debug, Default)]
struct Operation {
    micros: Vec<u64>,
    errors: usize,
}

/// Answers of all operations.
#[derive(Debug, Default)]
pub(crate) struct Latencies {
    operations: BTreeMap<&'static str, Operation>,
}

impl Latencies {
    /// Notes an answer. A 5xx is an error; a 4xx is an answer like another.
    pub(crate) fn note(&mut self, operation: &'static str, status: u16, taken: Duration) {
        let operation = self.operations.entry(operation).or_default();
        operation.micros.push(u64::try_from(taken.as_micros()).unwrap_or(u64::MAX));
        operation.errors += usize::from(status >= 500);
    }

    /// Requests and errors of all operations.
    pub(crate) fn totals(&self) -> (usize, usize) {
        self.operations.values().fold((0, 0), |(requests, errors), operation| {
            (requests + operation.micros.len(), errors + operation.errors)
        })
    }

    /// A table with a line for each operation and one for all.
    pub(crate) fn table(&self) -> String {
        let mut lines =
            format!("{:<12} {:>9} {:>9} {:>9} {:>7}\n", "call", "requests", "p50 ms", "p99 ms", "errors");
        let mut all = Operation::default();
        for (name, operation) in &self.operations {
            lines += &line(name, operation);
            all.micros.extend(&operation.micros);
            all.errors += operation.errors;
        }
        lines + &line("all", &all)
    }
}

fn line(name: &str, operation: &Operation) -> String {
    let mut micros = operation.micros.clone();
    micros.sort_unstable();
    let at = |percent: usize| {
        let index = (micros.len() * percent / 100).min(micros.len().saturating_sub(1));
        micros
            .get(index)
            .map_or_else(|| "-".to_owned(), |micros| format!("{}.{:01}", micros / 1000, micros % 1000 / 100))
    };
    format!("{name:<12} {:>9} {:>9} {:>9} {:>7}\n", micros.len(), at(50), at(99), operation.errors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_and_errors_are_counted() {
        let mut latencies = Latencies::default();
        for millis in 1..=100 {
            latencies.note("read", if millis == 7 { 503 } else { 200 }, Duration::from_millis(millis));
        }
        assert_eq!(latencies.totals(), (100, 1));
        let table = latencies.table();
        let read: Vec<&str> = table.lines().nth(1).unwrap().split_whitespace().collect();
        assert_eq!(read, ["read", "100", "51.0", "100.0", "1"]);
    }
}
