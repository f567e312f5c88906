//! Batches calls: items queued while no more batches may be in flight form the next one.

use std::collections::VecDeque;
use std::pin::pin;

use futures::future::{Either, select};
use tokio::sync::oneshot::error::TryRecvError;
use tokio::sync::{Mutex, Semaphore, oneshot};

/// A queue of items, of which a few batches at a time are in flight.
pub struct Batcher<T, R> {
    most: usize,
    waiting: Mutex<VecDeque<(T, oneshot::Sender<R>)>>,
    turns: Semaphore,
}

impl<T, R> Batcher<T, R> {
    /// Batches have at most this many items, and one is in flight at a time.
    #[must_use]
    pub fn of(most: usize) -> Self {
        Self::with_batches(most, 1)
    }

    /// Batches have at most this many items, and at most so many are in flight.
    #[must_use]
    pub fn with_batches(most: usize, batches: usize) -> Self {
        Self { most, waiting: Mutex::default(), turns: Semaphore::new(batches) }
    }

    /// Sends the item with the next batch, through the `call` of this caller or of another; `call` returns a result for each
    /// item in its place. `None` if the caller that sent the batch was cancelled, or `call` returned too few results.
    pub async fn call<F>(&self, thing: T, call: impl Fn(Vec<T>) -> F) -> Option<R>
    where
        F: Future<Output = Vec<R>>,
    {
        let (sender, mut answer) = oneshot::channel();
        self.waiting.lock().await.push_back((thing, sender));
        let turn = match select(&mut answer, pin!(self.turns.acquire())).await {
            Either::Left((answer, _)) => return answer.ok(),
            Either::Right((turn, _)) => turn.ok()?,
        };
        loop {
            match answer.try_recv() {
                Ok(answer) => return Some(answer),
                Err(TryRecvError::Closed) => return None,
                Err(TryRecvError::Empty) => {}
            }
            let mut waiting = self.waiting.lock().await;
            let count = waiting.len().min(self.most);
            let (things, senders): (Vec<_>, Vec<_>) = waiting.drain(..count).unzip();
            drop(waiting);
            if things.is_empty() {
                // The item is in a batch of another caller.
                drop(turn);
                return answer.await.ok();
            }
            for (sender, answer) in senders.into_iter().zip(call(things).await) {
                // Its caller may have been cancelled.
                let _ = sender.send(answer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Poll;

    use futures::executor::block_on;
    use futures::future::join_all;

    use super::*;

    /// Lets other calls go on once.
    async fn pause() {
        let mut paused = false;
        poll_fn(|context| {
            context.waker().wake_by_ref();
            if std::mem::replace(&mut paused, true) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    #[test]
    fn as_many_batches_as_allowed_are_in_flight() {
        let batcher = Batcher::with_batches(3, 2);
        let (in_flight, most, sizes) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        let call = async |numbers: Vec<usize>| {
            most.fetch_max(in_flight.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
            sizes.fetch_max(numbers.len(), Ordering::Relaxed);
            for _ in 0..3 {
                pause().await;
            }
            in_flight.fetch_sub(1, Ordering::Relaxed);
            numbers.into_iter().map(|number| number * 10).collect::<Vec<_>>()
        };
        let answers = block_on(join_all((0..20).map(|number| batcher.call(number, call))));
        assert_eq!(answers, (0..20).map(|number| Some(number * 10)).collect::<Vec<_>>());
        assert_eq!((most.into_inner(), sizes.into_inner()), (2, 3));
    }
}
