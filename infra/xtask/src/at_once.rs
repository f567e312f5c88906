//! Doing several things at the same time.

use std::panic::resume_unwind;
use std::thread::scope;

use anyhow::Result;

/// Does the work for all items at once and waits for all, in whatever state. The results come in the items' order.
///
/// # Errors
/// The first in the items' order.
pub(crate) fn at_once<I: Send, T: Send>(
    items: impl IntoIterator<Item = I>,
    work: impl Fn(I) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    let work = &work;
    scope(|scope| {
        let begun: Vec<_> = items.into_iter().map(|item| scope.spawn(move || work(item))).collect();
        let done: Vec<_> =
            begun.into_iter().map(|one| one.join().unwrap_or_else(|panic| resume_unwind(panic))).collect();
        done.into_iter().collect()
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use anyhow::{bail, ensure};

    use super::*;

    #[test]
    fn everything_is_begun_before_anything_ends() {
        let all_begun = Barrier::new(3);
        let squares = at_once([1, 2, 3], |number| {
            all_begun.wait();
            Ok(number * number)
        });
        assert_eq!(squares.unwrap(), [1, 4, 9]);
    }

    #[test]
    fn the_first_error_is_told_when_all_have_ended() {
        let ended = Barrier::new(2);
        let result = at_once([false, true], |good| {
            ended.wait();
            if !good {
                bail!("the first");
            }
            ensure!(!good, "the second");
            Ok(())
        });
        assert_eq!(result.unwrap_err().to_string(), "the first");
    }
}
