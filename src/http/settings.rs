use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use sha2::{Digest, Sha256};

use crate::budget::ResponseMemory;
use crate::cdn::Provider;
use crate::domain::trusted_document::Index;
use crate::graphql::limits;
use crate::limit::Quota;
use crate::shared::Redis;
use crate::store::cache::{Answers, SharedAnswers};

/// How Quoin is served.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Whether errors suggest names of the schema to those who guess.
    pub suggestions: bool,
    /// Whether the schema may be asked for.
    pub introspection: bool,
    /// Whether GraphiQL is served.
    pub graphiql: bool,
    /// The origins whose pages may read answers, such as `https://example.org`. None: only pages of this one.
    pub cors_origins: Vec<String>,
    /// The proxies that are believed about whom they answer.
    pub trusted_proxies: Vec<IpNet>,
    /// What a request may ask for.
    pub limits: Limits,
    /// Which answers are kept, and for how long others may keep them.
    pub cache: CacheSettings,
    /// Which documents are known by name.
    pub documents: DocumentSettings,
}

/// Which documents are known before anybody sends them.
#[derive(Clone, Debug, Default)]
pub struct DocumentSettings {
    /// Those of the manifest.
    pub manifest: Arc<Index>,
    /// Whether only these, and those that are registered, are executed.
    pub only_trusted: bool,
}

/// How answers for readers who did not sign in are kept.
#[derive(Clone, Debug)]
pub struct CacheSettings {
    /// Bytes of the answers that this process keeps; 0: none.
    pub memory_bytes: u64,
    /// Where processes hand answers to each other, if they do.
    pub shared: Option<SharedCache>,
    /// Seconds for which shared caches, such as a CDN, may give an answer without asking again.
    pub shared_seconds: u32,
    /// Seconds for which they may give it after that, while they ask (RFC 5861 §3).
    pub stale_seconds: u32,
    /// The CDN that answers are marked for.
    pub cdn: Option<Provider>,
}

/// Where processes hand answers to each other.
#[derive(Clone, Debug)]
pub struct SharedCache {
    /// What they share.
    pub redis: Redis,
    /// What those have in common that may do so: the same database, served in the same way.
    pub namespace: String,
    /// Seconds after which an answer is forgotten.
    pub seconds: u32,
    /// Bytes that this process stores there in this time.
    pub bytes: u64,
}

impl CacheSettings {
    /// The answers that are kept by who serves this schema; none where that is switched off.
    pub(super) fn answers(&self, sdl: &str) -> Option<Answers> {
        let shared = self.shared.as_ref().map(|shared| {
            let served = format!("{}\n{}\n{sdl}", env!("CARGO_PKG_VERSION"), shared.namespace);
            let namespace = format!("{:x}", Sha256::digest(served));
            SharedAnswers::new(shared.redis.clone(), &namespace, shared.seconds, shared.bytes)
        });
        (self.memory_bytes > 0 || shared.is_some()).then(|| Answers::new(self.memory_bytes, shared))
    }
}

impl HttpSettings {
    /// Memory for responses. Cached responses stay accounted for while they are cached, so there is room for these, too.
    pub(super) fn response_memory(&self) -> ResponseMemory {
        let Limits {
            response_bytes,
            in_flight_bytes,
            ..
        } = self.limits;
        ResponseMemory::new(response_bytes, in_flight_bytes.saturating_add(self.cache.memory_bytes))
    }
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self {
            memory_bytes: 64 * 1024 * 1024,
            shared: None,
            shared_seconds: 0,
            stale_seconds: 0,
            cdn: None,
        }
    }
}

/// What one request may take, and how many there may be.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of a request's body, counted after inflating.
    pub body_bytes: usize,
    /// Errors that one answer lists.
    pub listed_errors: usize,
    /// Requests that are executed at a time for each core of the machine.
    pub executions_per_core: usize,
    /// Connections of one client at a time.
    pub connections_per_client: usize,
    /// How long a client may take to send its request.
    pub request_timeout: Duration,
    /// How long an answer may take.
    pub answer_timeout: Duration,
    /// Bytes of one response.
    pub response_bytes: u64,
    /// Bytes of all responses that are executed or being sent.
    pub in_flight_bytes: u64,
    /// How long a client may read nothing of a response.
    pub write_timeout: Duration,
    /// How long requests in flight may take when the server is told to stop.
    pub stop_timeout: Duration,
    /// What a GraphQL document may ask for.
    pub document: limits::Limits,
    /// How often somebody may ask for anything.
    pub requests: Quota,
    /// How often somebody may try to sign in or up, or have a password reset: for each address and each account's name.
    pub sign_ins: Quota,
    /// How often somebody may ask the token endpoints.
    pub tokens: Quota,
    /// How many new responses are cached for one client.
    pub cached_responses: Quota,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 8080).into(),
            suggestions: true,
            introspection: true,
            graphiql: true,
            cors_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            limits: Limits::default(),
            cache: CacheSettings::default(),
            documents: DocumentSettings::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 2_500_000,
            listed_errors: 5,
            executions_per_core: 8,
            connections_per_client: 256,
            request_timeout: Duration::from_secs(30),
            answer_timeout: Duration::from_secs(15),
            response_bytes: 16_000_000,
            in_flight_bytes: 256_000_000,
            write_timeout: Duration::from_secs(30),
            stop_timeout: Duration::from_secs(30),
            document: limits::Limits::default(),
            requests: Quota::per_minute("requests", 6_000),
            sign_ins: Quota::per_minute("sign-ins", 10),
            tokens: Quota::per_minute("tokens", 60),
            cached_responses: Quota::per_minute("cached responses", 600),
        }
    }
}
