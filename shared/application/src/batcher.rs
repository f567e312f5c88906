//! Batches calls: items queued while a batch is in flight form the next batch.

use std::collections::VecDeque;

use tokio::sync::oneshot::error::TryRecvError;
use tokio::sync::{Mutex, oneshot};

/// A queue of items, of which one batch at a time is in flight.
pub struct Batcher<T, R> {
    most: usize,
    waiting: Mutex<VecDeque<(T, oneshot::Sender<R>)>>,
    turn: Mutex<()>,
}

impl<T, R> Batcher<T, R> {
    /// Batches have at most this many items.
    #[must_use]
    pub fn of(most: usize) -> Self {
        Self { most, waiting: Mutex::default(), turn: Mutex::default() }
    }

    /// Sends the item with the next batch, through the `call` of this caller or of another; `call` returns a result for each
    /// item in its place. `None` if the caller that sent the batch was cancelled, or `call` returned too few results.
    pub async fn call<F>(&self, thing: T, call: impl Fn(Vec<T>) -> F) -> Option<R>
    where
        F: Future<Output = Vec<R>>,
    {
        let (sender, mut answer) = oneshot::channel();
        self.waiting.lock().await.push_back((thing, sender));
        let _turn = self.turn.lock().await;
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
            for (sender, answer) in senders.into_iter().zip(call(things).await) {
                // Its caller may have been cancelled.
                let _ = sender.send(answer);
            }
        }
    }
}
