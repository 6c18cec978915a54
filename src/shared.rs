//! What processes share: Redis, which everybody can do without. Knows nothing of what is kept there.

use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, Cmd, FromRedisValue, RedisResult};

/// How long Redis may take: it must not cost more than what it saves.
const PATIENCE: Duration = Duration::from_millis(500);
/// How long it is left alone after a failure.
const PAUSE: Duration = Duration::from_secs(1);

/// A way to Redis, which is asked only while it answers. Cheap to clone.
#[derive(Clone)]
pub struct Redis {
    client: Client,
    connection: ConnectionManager,
    timeout: Duration,
    gate: Arc<Gate>,
}

impl Debug for Redis {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Redis").finish_non_exhaustive()
    }
}

impl Redis {
    /// The way to the Redis at a URL, `redis://…` or `rediss://…`, taken when it is first used.
    ///
    /// # Errors
    /// When this is no such URL.
    pub fn at(url: &str) -> RedisResult<Self> {
        Self::with_timeout(url, PATIENCE)
    }

    /// The same, which waits this long for Redis.
    ///
    /// # Errors
    /// When this is no such URL.
    pub fn with_timeout(url: &str, timeout: Duration) -> RedisResult<Self> {
        let client = client(url)?;
        Ok(Self {
            connection: connection(&client, timeout)?,
            client,
            timeout,
            gate: Arc::default(),
        })
    }

    /// The same, with a connection of its own: its answers arrive on the thread that first asks.
    #[must_use]
    pub fn of_thread(&self) -> Self {
        Self {
            connection: connection(&self.client, self.timeout).unwrap_or_else(|_| self.connection.clone()),
            ..self.clone()
        }
    }

    /// What Redis answers; none while it does not.
    pub async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Option<T> {
        if !self.gate.may_pass() {
            return None;
        }
        let mut connection = self.connection.clone();
        match tokio::time::timeout(self.timeout, command.query_async(&mut connection)).await {
            Ok(Ok(answer)) => {
                self.gate.open();
                Some(answer)
            }
            Ok(Err(error)) => self.failed(&error.to_string()),
            Err(_) => self.failed("no answer in time"),
        }
    }

    fn failed<T>(&self, problem: &str) -> Option<T> {
        self.gate.close(problem);
        None
    }
}

/// Who asks the Redis at a URL. With TLS it is believed when the system trusts who signed its certificate; `SSL_CERT_FILE`
/// names others.
///
/// # Errors
/// When this is no such URL.
pub fn client(url: &str) -> RedisResult<Client> {
    // Libraries bring two, so that one must be named; it stays where that was done before.
    drop(rustls::crypto::ring::default_provider().install_default());
    Client::open(url)
}

fn connection(client: &Client, timeout: Duration) -> RedisResult<ConnectionManager> {
    let settings = ConnectionManagerConfig::new()
        .set_response_timeout(Some(timeout))
        .set_connection_timeout(Some(timeout))
        .set_number_of_retries(1);
    ConnectionManager::new_lazy_with_config(client.clone(), settings)
}

/// Whether Redis is asked, and what the log is told of that.
struct Gate {
    since: Instant,
    /// Milliseconds after `since` from which on Redis is asked again; 0 while it answers.
    closed_until: AtomicU64,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            since: Instant::now(),
            closed_until: AtomicU64::new(0),
        }
    }
}

impl Gate {
    /// While Redis does not answer, one caller a second may try.
    fn may_pass(&self) -> bool {
        let closed_until = self.closed_until.load(Ordering::Relaxed);
        closed_until == 0
            || (self.now() >= closed_until
                && self
                    .closed_until
                    .compare_exchange(closed_until, self.after_pause(), Ordering::Relaxed, Ordering::Relaxed)
                    .is_ok())
    }

    fn open(&self) {
        if self.closed_until.load(Ordering::Relaxed) > 0 && self.closed_until.swap(0, Ordering::Relaxed) > 0 {
            tracing::info!("Redis answers again: limits and answers are shared");
        }
    }

    /// Says so once, and leaves Redis alone for a while.
    fn close(&self, problem: &str) {
        if self.closed_until.swap(self.after_pause(), Ordering::Relaxed) == 0 {
            tracing::warn!(
                problem,
                "Redis does not answer: each process limits and keeps answers for itself"
            );
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn after_pause(&self) -> u64 {
        self.now() + u64::try_from(PAUSE.as_millis()).unwrap_or(u64::MAX)
    }
}
