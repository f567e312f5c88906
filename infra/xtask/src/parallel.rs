//! Runs several jobs in parallel.

use std::panic::resume_unwind;
use std::thread::scope;

use anyhow::Result;

/// Starts the work for all items in parallel and waits for all of it.
///
/// # Errors
/// The first error in the items' order.
pub(crate) fn parallel<I: Send>(
    items: impl IntoIterator<Item = I>,
    work: impl Fn(I) -> Result<()> + Sync,
) -> Result<()> {
    let work = &work;
    scope(|scope| {
        let started: Vec<_> = items.into_iter().map(|item| scope.spawn(move || work(item))).collect();
        let finished: Vec<_> = started
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)))
            .collect();
        finished.into_iter().collect()
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use anyhow::bail;

    use super::*;

    #[test]
    fn runs_in_parallel_and_returns_the_first_error() {
        let all = Barrier::new(3);
        let result = parallel([1, 2, 3], |number| {
            all.wait();
            if number > 1 {
                bail!("{number}");
            }
            Ok(())
        });
        assert_eq!(result.unwrap_err().to_string(), "2");
    }
}
