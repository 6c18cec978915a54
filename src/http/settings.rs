use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::graphql::limits;

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
    /// What a request may ask for.
    pub limits: Limits,
}

/// What one request may take.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of a request's body, counted after inflating.
    pub body_bytes: usize,
    /// Errors that one answer lists.
    pub listed_errors: usize,
    /// How long a client may take to send its request.
    pub request_timeout: Duration,
    /// How long an answer may take.
    pub answer_timeout: Duration,
    /// How long requests in flight may take when the server is told to stop.
    pub stop_timeout: Duration,
    /// What a GraphQL document may ask for.
    pub document: limits::Limits,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 8080).into(),
            suggestions: true,
            introspection: true,
            graphiql: true,
            cors_origins: Vec::new(),
            limits: Limits::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1_000_000,
            listed_errors: 5,
            request_timeout: Duration::from_secs(30),
            answer_timeout: Duration::from_secs(15),
            stop_timeout: Duration::from_secs(30),
            document: limits::Limits::default(),
        }
    }
}
