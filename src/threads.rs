//! Work that takes a core for a while, on few threads with a bounded queue before them.

use std::num::NonZero;
use std::sync::Arc;
use std::thread;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many may wait for each thread; further ones are [`Busy`].
const WAITING: usize = 16;

/// Too many wait already, so nothing was done: to a client, 503 with Retry-After.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too much work of this kind waits at this moment")]
pub struct Busy;

/// Threads for work of one kind, each of which may take a core. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Threads {
    places: Arc<Semaphore>,
    working: Arc<Semaphore>,
}

impl Default for Threads {
    /// Half the cores, at least one: those who read go first.
    fn default() -> Self {
        Self::with_queue(WAITING)
    }
}

impl Threads {
    /// Half the cores, at least one, and so many places to wait for each.
    pub fn with_queue(waiting: usize) -> Self {
        let threads = (thread::available_parallelism().map_or(1, NonZero::get) / 2).max(1);
        Self::new(threads, waiting * threads)
    }

    /// So many threads, and places to wait for one.
    pub fn new(threads: usize, waiting: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(threads + waiting)),
            working: Arc::new(Semaphore::new(threads)),
        }
    }

    /// Waits for a thread and has it do some work. Nothing is done for a caller that goes away while it waits.
    ///
    /// # Errors
    /// When too many wait already; work that panicked is reported as busy, too.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Busy> {
        self.turn().await?.run(work).await
    }

    /// Waits for a thread. Who goes away while waiting is not worked for.
    ///
    /// # Errors
    /// When too many wait already.
    pub async fn turn(&self) -> Result<Turn, Busy> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| Busy)?;
        let thread = self.working.clone().acquire_owned().await.map_err(|_| Busy)?;
        Ok(Turn { place, thread })
    }
}

/// One's turn on a thread; dropped, it is the next one's.
#[derive(Debug)]
pub struct Turn {
    place: OwnedSemaphorePermit,
    thread: OwnedSemaphorePermit,
}

impl Turn {
    /// Has the thread do it.
    ///
    /// # Errors
    /// Work that panicked is told as busy: it was not done.
    pub async fn run<T: Send + 'static>(self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Busy> {
        let Self { place, thread } = self;
        let done = tokio::task::spawn_blocking(move || {
            // Held until the work ends, even when nobody waits for it any more.
            let _held = (place, thread);
            work()
        });
        done.await.map_err(|error| {
            tracing::error!(%error, "a thread panicked");
            Busy
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use futures_util::poll;

    use super::*;

    #[tokio::test]
    async fn beyond_the_queue_the_answer_is_busy_at_once() {
        let threads = Threads::new(1, 1);
        let (hold, held) = mpsc::channel::<()>();
        let mut works = std::pin::pin!(threads.run(move || held.recv().is_err()));
        assert!(poll!(&mut works).is_pending());
        let mut waits = std::pin::pin!(threads.run(|| 1));
        assert!(poll!(&mut waits).is_pending());
        assert_eq!(threads.run(|| 2).await, Err(Busy));
        drop(hold);
        assert_eq!(works.await, Ok(true));
        assert_eq!(waits.await, Ok(1));
        assert_eq!(threads.run(|| 3).await, Ok(3));
    }

    #[tokio::test]
    async fn nothing_is_done_for_who_goes_away_while_waiting() {
        let threads = Threads::new(1, 1);
        let (hold, held) = mpsc::channel::<()>();
        let mut works = std::pin::pin!(threads.run(move || held.recv().is_err()));
        assert!(poll!(&mut works).is_pending());
        let (done, was_done) = mpsc::channel();
        let mut waits = Box::pin(threads.run(move || done.send(())));
        assert!(poll!(&mut waits).is_pending());
        drop(waits);
        drop(hold);
        assert_eq!(works.await, Ok(true));
        assert_eq!(threads.run(|| 1).await, Ok(1), "its place is free again");
        assert!(was_done.recv().is_err());
    }

    #[tokio::test]
    async fn a_panic_takes_no_thread_away() {
        let threads = Threads::new(1, 1);
        assert_eq!(threads.run(|| panic!("on purpose")).await, Err::<(), _>(Busy));
        assert_eq!(threads.run(|| 1).await, Ok(1));
    }
}
