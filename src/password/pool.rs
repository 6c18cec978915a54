//! The threads that hash: few, of low priority, with a bounded queue before them, so that a flood of sign-ins cannot
//! starve those who read.

use std::io;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tokio::sync::oneshot;

use super::hash::{self, PasswordHash, Verdict};
use super::input::{Attempt, Password};

/// How much of the machine hashing may take.
#[derive(Clone, Copy, Debug)]
pub struct PasswordSettings {
    /// Threads, each of which may use a core and 19 MiB.
    pub threads: usize,
    /// How many may wait for a thread; further ones are [`Busy`].
    pub waiting: usize,
}

impl Default for PasswordSettings {
    /// Half the cores, at least one; and no longer a queue than one second or so empties.
    fn default() -> Self {
        let threads = (thread::available_parallelism().map_or(1, NonZero::get) / 2).max(1);
        Self {
            threads,
            waiting: 32 * threads,
        }
    }
}

/// Too many wait already, so nothing was done: to a client, 503 with Retry-After.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are being checked at this moment")]
pub struct Busy;

type Job = Box<dyn FnOnce() + Send>;

/// Hashes and verifies passwords. Cheap to clone; the threads end with the last clone.
#[derive(Clone, Debug)]
pub struct Passwords {
    queue: SyncSender<Job>,
}

impl Passwords {
    /// Starts the threads.
    ///
    /// # Errors
    /// When the system has no thread for it.
    pub fn new(settings: PasswordSettings) -> io::Result<Self> {
        let (queue, jobs) = sync_channel(settings.waiting);
        let jobs = Arc::new(Mutex::new(jobs));
        for _ in 0..settings.threads.max(1) {
            let jobs = jobs.clone();
            thread::Builder::new().name("passwords".into()).spawn(move || {
                step_back();
                work(&jobs);
            })?;
        }
        Ok(Self { queue })
    }

    /// Hashes a new password.
    ///
    /// # Errors
    /// When too many wait already.
    pub async fn hash(&self, password: Password) -> Result<PasswordHash, Busy> {
        let hashed = self.run(move || hash::hash(&password)).await?;
        hashed.map_err(|error| {
            // Out of memory or of random numbers: later may be better.
            tracing::error!(%error, "a password cannot be hashed");
            Busy
        })
    }

    /// Compares an attempt with the stored hash. Without one, the work is the same: time does not tell whether an
    /// account exists.
    ///
    /// # Errors
    /// When too many wait already.
    pub async fn verify(&self, attempt: Attempt, stored: Option<&str>) -> Result<Verdict, Busy> {
        let stored = stored.map(str::to_owned);
        self.run(move || hash::verify(&attempt, stored.as_deref())).await
    }

    /// Has a thread do it. Who goes away while waiting is not worked for.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Busy> {
        let (answer, result) = oneshot::channel();
        let job: Job = Box::new(move || {
            if !answer.is_closed() {
                // Nobody may be there any more.
                let _ = answer.send(work());
            }
        });
        self.queue.try_send(job).map_err(|_| Busy)?;
        result.await.map_err(|_| Busy)
    }
}

/// Works until nobody can ask any more.
fn work(jobs: &Mutex<Receiver<Job>>) {
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        // Who waits for a job that panicked is told that it was not done.
        if catch_unwind(AssertUnwindSafe(job)).is_err() {
            tracing::error!("a thread for passwords panicked");
        }
    }
}

/// Lets the threads that answer go first. On Linux the priority is a thread's own; elsewhere it is the process's, and
/// stays.
fn step_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::warn!(%error, "passwords are hashed with ordinary priority");
    }
}

/// Half of the lowest priority: hashing goes on even while the machine is busy.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::task::Poll;

    use futures_util::poll;

    use super::*;

    fn passwords(threads: usize, waiting: usize) -> Passwords {
        Passwords::new(PasswordSettings { threads, waiting }).unwrap()
    }

    /// Keeps one thread occupied until the sender is dropped; returns once the thread is.
    fn occupy(passwords: &Passwords) -> mpsc::Sender<()> {
        let (hold, held) = mpsc::channel::<()>();
        let (begun, has_begun) = mpsc::channel();
        let job: Job = Box::new(move || {
            begun.send(()).unwrap();
            let _ = held.recv();
        });
        passwords.queue.send(job).unwrap();
        has_begun.recv().unwrap();
        hold
    }

    #[tokio::test]
    async fn a_password_is_verified_against_its_hash() {
        let passwords = passwords(1, 2);
        let hash = passwords
            .hash(Password::parse("the wedge that locks", &[]).unwrap())
            .await
            .unwrap();
        let verify = async |text: &str, stored| passwords.verify(Attempt::parse(text).unwrap(), stored).await.unwrap();
        assert_eq!(
            verify("the wedge that locks", Some(hash.as_str())).await,
            Verdict::Right
        );
        assert_eq!(verify("the wedge", Some(hash.as_str())).await, Verdict::Wrong);
        assert_eq!(verify("the wedge that locks", None).await, Verdict::Wrong);
    }

    #[tokio::test]
    async fn beyond_the_queue_the_answer_is_busy_at_once() {
        let passwords = passwords(1, 1);
        let hold = occupy(&passwords);
        let mut waits = std::pin::pin!(passwords.run(|| 1));
        assert_eq!(poll!(&mut waits), Poll::Pending);
        assert_eq!(passwords.run(|| 2).await, Err(Busy));
        drop(hold);
        assert_eq!(waits.await, Ok(1));
        assert_eq!(passwords.run(|| 3).await, Ok(3));
    }

    #[tokio::test]
    async fn who_goes_away_is_not_worked_for() {
        let passwords = passwords(1, 2);
        let hold = occupy(&passwords);
        let (done, is_done) = mpsc::channel();
        {
            let mut leaves = std::pin::pin!(passwords.run(move || done.send(()).unwrap()));
            assert!(poll!(&mut leaves).is_pending());
        }
        drop(hold);
        assert_eq!(passwords.run(|| 1).await, Ok(1));
        assert!(is_done.recv().is_err(), "was worked for");
    }

    #[tokio::test]
    async fn a_panic_takes_no_thread_away() {
        let passwords = passwords(1, 2);
        assert_eq!(passwords.run(|| panic!("on purpose")).await, Err::<(), _>(Busy));
        assert_eq!(passwords.run(|| 1).await, Ok(1));
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn hashing_has_a_lower_priority_than_answering() {
        let priority = || rustix::process::getpriority_process(None).unwrap();
        let lowered = passwords(1, 1).run(priority).await.unwrap();
        assert!(lowered > priority(), "{lowered}");
    }
}
