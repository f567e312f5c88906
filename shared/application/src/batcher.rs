//! Calls that take several things: whatever waits when one begins goes with it, and nothing waits for company.

use std::collections::VecDeque;

use tokio::sync::oneshot::error::TryRecvError;
use tokio::sync::{Mutex, oneshot};

/// Things that wait for a call, and the turn to make one.
pub struct Batcher<T, R> {
    most: usize,
    waiting: Mutex<VecDeque<(T, oneshot::Sender<R>)>>,
    turn: Mutex<()>,
}

impl<T, R> Batcher<T, R> {
    /// Calls take this many at most.
    #[must_use]
    pub fn of(most: usize) -> Self {
        Self { most, waiting: Mutex::default(), turn: Mutex::default() }
    }

    /// Has a call made for this, perhaps by another that waits too; `call` answers for each thing in its place. `None` if
    /// whoever called gave up, or answered for fewer.
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
                // Whoever waited for it may have given up.
                let _ = sender.send(answer);
            }
        }
    }
}
