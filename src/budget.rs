//! Bounds on the bytes that responses take in memory: of one, and of all in flight together.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use tokio::sync::Notify;

/// How many bytes may be loaded from the database for a response, in terms of what the response may have: not all that is
/// loaded is sent.
const LOADED: u64 = 2;
/// Bytes that a request reserves at a time, so that small writes do not contend for the counter that all share.
const BLOCK: u64 = 64 * 1024;
/// Requests that need no more than this may use all of the memory; of what is for all requests together, one in
/// [`SMALL_SHARE`] parts is for them alone, so that they are served while others wait for slow readers.
const SMALL_REQUEST: u64 = 4 * BLOCK;
const SMALL_SHARE: u64 = 8;
/// Requests that need more than this are large: see [`Budget::checkpoint`].
const LARGE_REQUEST: u64 = 2 * BLOCK;
/// Bodies up to this size go into the buffer of their connection at once, and are not accounted for any longer.
pub const SMALL_BODY: usize = 128 * 1024;

/// Memory for responses, which all requests of the process share. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ResponseMemory {
    response: u64,
    /// Bytes that only small requests use.
    for_small: u64,
    left: Arc<AtomicU64>,
}

impl ResponseMemory {
    /// At most `response` bytes for one response, and `in_flight` for all that are executed or being sent.
    pub fn new(response: u64, in_flight: u64) -> Self {
        Self {
            response,
            for_small: in_flight / SMALL_SHARE,
            left: Arc::new(in_flight.into()),
        }
    }

    /// The budget of one request.
    pub fn budget(&self) -> Budget {
        Budget::of(Some(self.clone()))
    }

    /// Reserves some more for a request, which then has `needed`.
    fn reserve(&self, bytes: u64, needed: u64) -> Result<(), Exceeded> {
        let floor = if needed > SMALL_REQUEST { self.for_small } else { 0 };
        let less = |left: u64| left.checked_sub(bytes).filter(|left| *left >= floor);
        let reserved = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        reserved.map(drop).map_err(|_| Exceeded::InFlight)
    }

    fn release(&self, bytes: u64) {
        self.left.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// Why a request ends without its response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exceeded {
    /// The response would have more than this many bytes, or needs more than twice as many from the database.
    Response(u64),
    /// All responses in flight take what they may.
    InFlight,
    /// The response is no longer needed: its deadline has passed, or the client has disconnected.
    Abandoned,
}

/// The bytes that one request has loaded and written. Cheap to clone; the default has no bounds.
#[derive(Clone, Debug)]
pub struct Budget(Arc<Account>);

#[derive(Debug)]
struct Account {
    memory: Option<ResponseMemory>,
    loaded: AtomicU64,
    written: AtomicU64,
    reserved: AtomicU64,
    /// Whether the execution has yielded since the request is large.
    is_known: AtomicBool,
    /// Whether it has come to a checkpoint since.
    is_movable: AtomicBool,
    exceeded: OnceLock<Exceeded>,
    notify: Notify,
}

impl Default for Budget {
    fn default() -> Self {
        Self::of(None)
    }
}

impl Budget {
    fn of(memory: Option<ResponseMemory>) -> Self {
        Self(Arc::new(Account {
            memory,
            loaded: AtomicU64::new(0),
            written: AtomicU64::new(0),
            reserved: AtomicU64::new(0),
            is_known: AtomicBool::new(false),
            is_movable: AtomicBool::new(false),
            exceeded: OnceLock::new(),
            notify: Notify::new(),
        }))
    }

    /// Accounts for bytes that were read from the database.
    ///
    /// # Errors
    /// When they are too many. The request is then over: see [`Budget::exceeded`].
    pub fn load(&self, bytes: usize) -> Result<(), Exceeded> {
        self.take(&self.0.loaded, LOADED, bytes)
    }

    /// Accounts for bytes of the response.
    ///
    /// # Errors
    /// As [`Budget::load`].
    pub fn write(&self, bytes: usize) -> Result<(), Exceeded> {
        self.take(&self.0.written, 1, bytes)
    }

    fn take(&self, counter: &AtomicU64, times: u64, bytes: usize) -> Result<(), Exceeded> {
        let account = &*self.0;
        let Some(memory) = &account.memory else { return Ok(()) };
        if let Some(exceeded) = self.is_exceeded() {
            return Err(exceeded);
        }
        let taken = counter.fetch_add(bytes as u64, Ordering::Relaxed) + bytes as u64;
        if taken > memory.response.saturating_mul(times) {
            return Err(self.exceed(Exceeded::Response(memory.response)));
        }
        let needed = self.needed();
        let reserved = account.reserved.load(Ordering::Relaxed);
        if needed > reserved {
            let more = (needed - reserved).next_multiple_of(BLOCK);
            memory.reserve(more, needed).map_err(|exceeded| self.exceed(exceeded))?;
            account.reserved.fetch_add(more, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Bytes that were loaded and written.
    fn needed(&self) -> u64 {
        self.0.loaded.load(Ordering::Relaxed) + self.0.written.load(Ordering::Relaxed)
    }

    /// Whether the request needs so much that executing it takes a thread for longer than others can wait.
    pub fn is_large(&self) -> bool {
        self.needed() > LARGE_REQUEST
    }

    /// Accounts for a row of a statement that is being read. A request that becomes large yields, so that it can be refused
    /// before the rest is read.
    ///
    /// # Errors
    /// As [`Budget::load`].
    pub async fn load_row(&self, bytes: usize) -> Result<(), Exceeded> {
        self.load(bytes)?;
        if self.is_large() && !self.0.is_known.swap(true, Ordering::Relaxed) {
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// A place between the statements of an execution: if the request is large, it can be moved to another thread now; if it is
    /// over, it stops. It yields for both.
    pub async fn checkpoint(&self) {
        let becomes_movable = self.is_large() && !self.0.is_movable.swap(true, Ordering::Relaxed);
        if becomes_movable || self.is_exceeded().is_some() {
            tokio::task::yield_now().await;
        }
    }

    /// Whether a large request has come to a [`checkpoint`](Self::checkpoint).
    pub fn is_movable(&self) -> bool {
        self.0.is_movable.load(Ordering::Relaxed)
    }

    /// Ends the request, whose response is no longer needed: nothing more is loaded or written.
    pub fn abandon(&self) {
        self.exceed(Exceeded::Abandoned);
    }

    fn exceed(&self, exceeded: Exceeded) -> Exceeded {
        let first = *self.0.exceeded.get_or_init(|| exceeded);
        self.0.notify.notify_one();
        first
    }

    /// Whether the request is over, and why.
    pub fn is_exceeded(&self) -> Option<Exceeded> {
        self.0.exceeded.get().copied()
    }

    /// Waits until the request is over.
    pub async fn exceeded(&self) -> Exceeded {
        loop {
            match self.is_exceeded() {
                Some(exceeded) => return exceeded,
                None => self.0.notify.notified().await,
            }
        }
    }

    /// The finished body, which alone is accounted for from now on, as long as any part of it is in memory.
    ///
    /// # Errors
    /// When it is larger than a response may be.
    pub fn body(&self, mut bytes: Vec<u8>) -> Result<Bytes, Exceeded> {
        // It may be cached for long.
        bytes.shrink_to_fit();
        let Some(memory) = &self.0.memory else {
            return Ok(bytes.into());
        };
        let len = bytes.len();
        if len as u64 > memory.response {
            return Err(self.exceed(Exceeded::Response(memory.response)));
        }
        let kept = if len > SMALL_BODY { len as u64 } else { 0 };
        let reserved = self.0.reserved.swap(0, Ordering::Relaxed);
        memory.release(reserved.saturating_sub(kept));
        if kept == 0 {
            return Ok(bytes.into());
        }
        Ok(Bytes::from_owner(Body {
            bytes,
            reserved: kept.min(reserved),
            memory: memory.clone(),
        }))
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        if let Some(memory) = &self.memory {
            memory.release(*self.reserved.get_mut());
        }
    }
}

/// A body that gives back what it reserved.
struct Body {
    bytes: Vec<u8>,
    reserved: u64,
    memory: ResponseMemory,
}

impl AsRef<[u8]> for Body {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        self.memory.release(self.reserved);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KILOBYTE: usize = 1_000;

    fn left(memory: &ResponseMemory) -> u64 {
        memory.left.load(Ordering::Relaxed)
    }

    #[test]
    fn a_response_has_its_bound_and_may_load_twice_as_much() {
        let memory = ResponseMemory::new(1_000, 1_000_000);
        let budget = memory.budget();
        assert_eq!(budget.write(KILOBYTE), Ok(()));
        assert_eq!(budget.load(2 * KILOBYTE), Ok(()));
        assert_eq!(budget.is_exceeded(), None);
        assert_eq!(budget.load(1), Err(Exceeded::Response(1_000)));
        assert_eq!(memory.budget().write(KILOBYTE + 1), Err(Exceeded::Response(1_000)));
    }

    #[tokio::test]
    async fn a_request_over_its_bound_is_over_whoever_waits() {
        let budget = ResponseMemory::new(1_000, 1_000_000).budget();
        let writer = budget.clone();
        let (exceeded, _) = tokio::join!(budget.exceeded(), async { writer.write(2 * KILOBYTE) });
        assert_eq!(exceeded, Exceeded::Response(1_000));
        assert_eq!(budget.exceeded().await, exceeded);
    }

    #[test]
    fn an_abandoned_request_writes_nothing_more() {
        let budget = ResponseMemory::new(1_000, 1_000_000).budget();
        assert_eq!(budget.write(1), Ok(()));
        budget.abandon();
        assert_eq!(budget.write(1), Err(Exceeded::Abandoned));
        assert_eq!(budget.load(1), Err(Exceeded::Abandoned));
    }

    #[tokio::test]
    async fn a_request_yields_when_it_has_become_large_and_again_when_it_can_be_moved() {
        let budget = ResponseMemory::new(1_000_000, 1_000_000).budget();
        let yields = async |bytes: usize| futures_util::poll!(Box::pin(budget.load_row(bytes))).is_pending();
        let stops = async || futures_util::poll!(Box::pin(budget.checkpoint())).is_pending();
        let half = usize::try_from(LARGE_REQUEST / 2).expect("fits");
        assert!(!yields(half).await && !stops().await && !budget.is_large());
        assert!(yields(half + 1).await && budget.is_large() && !budget.is_movable());
        assert!(!yields(1).await);
        assert!(stops().await && budget.is_movable());
        assert!(!stops().await);
        budget.abandon();
        assert!(stops().await);
    }

    #[test]
    fn all_requests_share_what_is_in_flight() {
        let memory = ResponseMemory::new(1_000_000, 2 * BLOCK);
        let (one, other) = (memory.budget(), memory.budget());
        assert_eq!(one.load(1), Ok(()));
        assert_eq!(other.write(1), Ok(()));
        assert_eq!(memory.budget().write(1), Err(Exceeded::InFlight));
        drop(one);
        assert_eq!(memory.budget().write(1), Ok(()));
        drop(other);
        assert_eq!(left(&memory), 2 * BLOCK);
    }

    #[test]
    fn small_requests_are_served_when_large_ones_have_taken_their_part() {
        let in_flight = 16 * SMALL_REQUEST;
        let memory = ResponseMemory::new(in_flight, in_flight);
        let (large, small) = (memory.budget(), usize::try_from(SMALL_REQUEST).expect("fits"));
        while large.write(small).is_ok() {}
        assert_eq!(left(&memory), in_flight / SMALL_SHARE);
        assert_eq!(memory.budget().write(small + 1), Err(Exceeded::InFlight));
        let (one, other) = (memory.budget(), memory.budget());
        assert_eq!((one.write(small), other.write(small)), (Ok(()), Ok(())));
        assert_eq!(memory.budget().write(small), Err(Exceeded::InFlight));
        drop(large);
        assert_eq!(memory.budget().write(small + 1), Ok(()));
    }

    #[test]
    fn a_body_is_accounted_for_until_its_last_part_is_dropped() {
        let memory = ResponseMemory::new(10_000_000, 10_000_000);
        let budget = memory.budget();
        budget.load(3_000_000).expect("fits");
        budget.write(1_000_000).expect("fits");
        let mut body = budget.body(vec![0; 1_000_000]).expect("fits");
        drop(budget);
        assert_eq!(left(&memory), 9_000_000);
        let part = body.split_to(10);
        drop(body);
        assert_eq!(left(&memory), 9_000_000);
        drop(part);
        assert_eq!(left(&memory), 10_000_000);
    }

    #[test]
    fn a_small_body_is_not_accounted_for_any_longer() {
        let memory = ResponseMemory::new(10_000_000, 10_000_000);
        let budget = memory.budget();
        budget.write(1_000).expect("fits");
        let _body = budget.body(vec![0; 1_000]).expect("fits");
        assert!(memory.budget().body(vec![0; 10_000_001]).is_err());
        assert_eq!(left(&memory), 10_000_000);
    }
}
