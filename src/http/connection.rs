//! Connections of clients: how many one client may have, and how long each may leave a request unfinished.

use std::cell::Cell;
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use ipnet::IpNet;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use super::address;

/// What a connection has beyond the deadline of requests, so that the 408 of the server comes first where there is one.
const GRACE: Duration = Duration::from_secs(1);

/// How many connections each client has. Shared by all threads.
#[derive(Clone, Debug)]
pub struct Connections {
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
    max_per_client: usize,
    trusted_proxies: Arc<[IpNet]>,
    request_timeout: Duration,
}

impl Connections {
    /// No connections yet. Connections of trusted proxies are not limited, since they carry requests of many clients.
    pub fn new(max_per_client: usize, trusted_proxies: &[IpNet], request_timeout: Duration) -> Self {
        Self {
            open: Arc::default(),
            max_per_client,
            trusted_proxies: trusted_proxies.into(),
            request_timeout,
        }
    }

    /// Takes a connection that was accepted. One that is too many ends at once.
    pub fn accept(&self, stream: TcpStream) -> (Connection, Option<SocketAddr>) {
        let peer = stream.peer_addr().ok();
        let place = match peer.map(|peer| peer.ip().to_canonical()) {
            Some(client) if !self.trusted_proxies.iter().any(|proxy| proxy.contains(&client)) => {
                self.place_for(address::network(client)).map(Some)
            }
            _ => Some(None),
        };
        let connection = Connection {
            stream,
            is_refused: place.is_none(),
            _place: place.flatten(),
            request_timeout: self.request_timeout,
            activity: Activity::default(),
            deadline: None,
        };
        (connection, peer)
    }

    fn place_for(&self, client: IpAddr) -> Option<Place> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(client).or_default();
        if *count >= self.max_per_client {
            tracing::debug!(%client, connections = *count, "a connection too many is refused");
            return None;
        }
        *count += 1;
        Some(Place {
            client,
            open: Arc::clone(&self.open),
        })
    }
}

/// A connection among those of its client, until this is dropped.
struct Place {
    client: IpAddr,
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.client);
            }
        }
    }
}

/// A connection that ends when bytes of its client have waited for the rest of a request for too long. actix-web has such
/// a deadline for the head of the first request alone. While a request is handled, [`super::incoming`] has the deadline
/// of its body.
pub struct Connection {
    stream: TcpStream,
    is_refused: bool,
    _place: Option<Place>,
    request_timeout: Duration,
    activity: Activity,
    /// Deadline by which the bytes read so far must form a complete request.
    deadline: Option<Pin<Box<Sleep>>>,
}

/// What happens on a connection, as its requests know it. Clones are of the same connection.
#[derive(Clone, Default)]
pub struct Activity(Rc<Cell<usize>>);

/// A request is handled until this is dropped.
pub struct Handling(Activity);

impl Activity {
    /// Marks a request as being handled.
    pub fn handle(&self) -> Handling {
        self.0.set(self.0.get() + 1);
        Handling(self.clone())
    }

    fn is_handling(&self) -> bool {
        self.0.get() > 0
    }
}

impl Drop for Handling {
    fn drop(&mut self) {
        self.0.0.set(self.0.0.get().saturating_sub(1));
    }
}

impl Connection {
    /// Passes the connection's activity to its requests.
    pub fn introduce(&self, data: &mut Extensions) {
        data.insert(self.activity.clone());
    }

    fn is_overdue(&mut self, context: &mut Context<'_>) -> bool {
        self.deadline
            .as_mut()
            .is_some_and(|deadline| deadline.as_mut().poll(context).is_ready())
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.activity.is_handling() {
            self.deadline = None;
        }
        // Nothing more to read: the server closes what it is not handling.
        if self.is_refused || self.is_overdue(context) {
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let has_read = buffer.filled().len() > before;
        if has_read && self.deadline.is_none() && !self.activity.is_handling() {
            let deadline = Instant::now() + self.request_timeout + GRACE;
            self.deadline = Some(Box::pin(sleep_until(deadline)));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, bytes))?;
        if written > 0 {
            self.deadline = None;
        }
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
