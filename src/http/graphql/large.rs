//! Executions that turn out to be large are moved to threads of their own, so that the threads that serve connections, and the
//! deadlines of requests, wait for none of them.

use std::future::poll_fn;
use std::io;
use std::num::NonZero;
use std::task::Poll;
use std::thread::available_parallelism;

use actix_web::HttpRequest;
use futures_util::future::BoxFuture;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinHandle;
use tracing::Instrument;

use super::refused::Refused;
use crate::budget::Budget;
use crate::domain::refusal::UNAVAILABLE;
use crate::http::admission::{Admission, OVERLOADED, Place};

/// The threads for large executions, and how many of these there may be.
pub struct LargeExecutions {
    admission: Admission,
    handle: Handle,
    /// None only while this is dropped.
    threads: Option<Runtime>,
}

impl LargeExecutions {
    /// A thread for each core of the machine, and places for so many executions.
    ///
    /// # Errors
    /// When the threads cannot be started.
    pub fn new(executions_per_core: usize) -> io::Result<Self> {
        let threads = Builder::new_multi_thread()
            .worker_threads(available_parallelism().map_or(1, NonZero::get))
            .thread_name("large-execution")
            .enable_all()
            .build()?;
        Ok(Self {
            admission: Admission::new(executions_per_core),
            handle: threads.handle().clone(),
            threads: Some(threads),
        })
    }

    /// Executes on this thread as long as the request is small, then on one of those for large ones. When this is dropped, the
    /// execution ends.
    ///
    /// A large execution gives back its `place` for one among the large ones. Without a `request` to refuse, it keeps its place:
    /// a mutation may have changed something already.
    ///
    /// # Errors
    /// When there are too many large executions.
    pub async fn run<T: Send + 'static>(
        &self,
        mut execution: BoxFuture<'static, T>,
        budget: &Budget,
        mut place: Option<Place<'_>>,
        request: Option<&HttpRequest>,
    ) -> Result<T, Refused> {
        if let Some(done) = on_this_thread(&mut execution, || budget.is_large()).await {
            return Ok(done);
        }
        if let Some(request) = request {
            drop(place.take());
            place = self.admission.admit(request).await;
            if place.is_none() {
                return Err(Refused::unavailable(OVERLOADED));
            }
        }
        // It would wait for a thread with a statement half read, and others for the connection that it holds.
        if !budget.is_movable()
            && let Some(done) = on_this_thread(&mut execution, || budget.is_movable()).await
        {
            return Ok(done);
        }
        let mut moved = self.spawn(execution, budget);
        let done = (&mut moved.task).await;
        drop(place);
        done.map_err(|error| {
            tracing::error!(%error, "a large execution ended");
            Refused::unavailable(UNAVAILABLE)
        })
    }

    fn spawn<T: Send + 'static>(&self, mut execution: BoxFuture<'static, T>, budget: &Budget) -> Moved<T> {
        // Timers and connections that it opens stay with the runtime of the thread that it comes from.
        let origin = Handle::current();
        let execution = poll_fn(move |context| {
            let _entered = origin.enter();
            execution.as_mut().poll(context)
        });
        Moved {
            task: self.handle.spawn(execution.in_current_span()),
            budget: budget.clone(),
        }
    }
}

impl Drop for LargeExecutions {
    fn drop(&mut self) {
        if let Some(threads) = self.threads.take() {
            // Waiting for them is not allowed in asynchronous code.
            threads.shutdown_background();
        }
    }
}

/// Executes on this thread until the execution waits and this holds; none if it is not done then.
async fn on_this_thread<T>(execution: &mut BoxFuture<'static, T>, until: impl Fn() -> bool) -> Option<T> {
    let polled = poll_fn(|context| match execution.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if until() => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    });
    polled.await
}

/// An execution on another thread, which ends when this is dropped: at its next await, or with the next bytes that it writes.
struct Moved<T> {
    task: JoinHandle<T>,
    budget: Budget,
}

impl<T> Drop for Moved<T> {
    fn drop(&mut self) {
        if !self.task.is_finished() {
            self.task.abort();
            self.budget.abandon();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use actix_web::test::TestRequest;
    use futures_util::FutureExt;
    use tokio::sync::oneshot;

    use super::*;
    use crate::budget::{Exceeded, ResponseMemory};

    const MEGABYTE: usize = 1_000_000;

    fn budget() -> Budget {
        ResponseMemory::new(u64::MAX, u64::MAX).budget()
    }

    /// An execution that loads a megabyte and then does not give its thread back before `work` is done.
    fn large<T: Send + 'static>(budget: &Budget, work: impl FnOnce() -> T + Send + 'static) -> BoxFuture<'static, T> {
        let budget = budget.clone();
        Box::pin(async move {
            budget.load_row(MEGABYTE).await.expect("fits");
            budget.checkpoint().await;
            work()
        })
    }

    #[tokio::test]
    async fn a_large_execution_does_not_hold_the_thread_of_its_connection() {
        let executions = LargeExecutions::new(1).unwrap();
        let (go, wait) = mpsc::channel();
        let budget = budget();
        let execution = large(&budget, move || wait.recv().unwrap());
        let run = executions.run(execution, &budget, None, None);
        let (done, ()) = tokio::join!(run, async { go.send(7).unwrap() });
        assert_eq!(done.unwrap(), 7);
    }

    #[tokio::test]
    async fn a_small_execution_stays_on_the_thread_of_its_connection() {
        let executions = LargeExecutions::new(1).unwrap();
        let budget = budget();
        let execution = Box::pin(async {
            tokio::task::yield_now().await;
            std::thread::current().id()
        });
        let thread = executions.run(execution, &budget, None, None).await.unwrap();
        assert_eq!(thread, std::thread::current().id());
    }

    #[tokio::test]
    async fn a_large_execution_that_nobody_waits_for_writes_nothing_more() {
        let executions = LargeExecutions::new(1).unwrap();
        let (begun, begins) = oneshot::channel();
        let (ended, end) = mpsc::channel();
        let budget = budget();
        let writer = budget.clone();
        let execution = large(&budget, move || {
            begun.send(()).unwrap();
            let exceeded = loop {
                if let Err(exceeded) = writer.write(1) {
                    break exceeded;
                }
            };
            ended.send(exceeded).unwrap();
        });
        let mut run = Box::pin(executions.run(execution, &budget, None, None));
        tokio::select! {
            _ = &mut run => panic!("it ended"),
            begun = begins => begun.unwrap(),
        }
        drop(run);
        assert_eq!(end.recv(), Ok(Exceeded::Abandoned));
    }

    #[tokio::test]
    async fn a_query_leaves_its_place_to_others_and_finds_one_among_the_large_ones_or_is_refused() {
        let (executions, ordinary) = (LargeExecutions::new(1).unwrap(), Admission::new(1));
        let (request, budgets) = (TestRequest::default().to_http_request(), [budget(), budget(), budget()]);
        let mut held = Vec::new();
        while let Some(place) = executions.admission.admit(&request).now_or_never().flatten() {
            held.push(place);
        }
        let place = ordinary.admit(&request).await;
        let refused = executions.run(large(&budgets[0], || ()), &budgets[0], place, Some(&request));
        assert!(refused.await.is_err());
        let place = ordinary.admit(&request).await;
        let mutation = executions.run(large(&budgets[1], || ()), &budgets[1], place, None);
        assert!(mutation.await.is_ok());
        held.pop();
        let place = ordinary.admit(&request).await;
        let query = executions.run(large(&budgets[2], || ()), &budgets[2], place, Some(&request));
        assert!(query.await.is_ok());
    }
}
