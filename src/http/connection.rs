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

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use actix_web::web::Bytes;
use ipnet::IpNet;
use pin_project_lite::pin_project;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;
use tokio::time::{Instant, Sleep, sleep_until};

use super::address;

/// What a connection has beyond the deadline of requests, so that the 408 of the server comes first where there is one.
const GRACE: Duration = Duration::from_secs(1);

/// How long a connection stays open without a request.
pub const KEEP_ALIVE: Duration = Duration::from_secs(5);

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
        let place = peer.map_or(Ok(None), |peer| self.place_for(peer.ip()));
        let connection = Connection {
            stream,
            is_refused: place.is_err(),
            _place: place.ok().flatten(),
            request_timeout: self.request_timeout,
            activity: Activity::default(),
            has_written: false,
            deadline: None,
            timer: None,
        };
        (connection, peer)
    }

    /// The place of a connection from an address. One of a trusted proxy needs none.
    fn place_for(&self, peer: IpAddr) -> Result<Option<Place>, TooMany> {
        let peer = peer.to_canonical();
        if self.trusted_proxies.iter().any(|proxy| proxy.contains(&peer)) {
            return Ok(None);
        }
        let client = address::network(peer);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(client).or_default();
        if *count >= self.max_per_client {
            tracing::debug!(%client, connections = *count, "a connection too many is refused");
            return Err(TooMany);
        }
        *count += 1;
        Ok(Some(Place {
            client,
            open: Arc::clone(&self.open),
        }))
    }
}

/// A client has as many connections as it may have.
struct TooMany;

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

/// A connection that ends when its client sends nothing for too long: the rest of a request, or the next one. While a request
/// is handled, [`super::incoming`] has the deadline of its body.
///
/// actix-web has a deadline for the head of the first request alone. Its own keep-alive timer closes a connection even if the
/// next request has arrived but was not read yet, and the client sees a reset. Here, what has arrived is read first.
pub struct Connection {
    stream: TcpStream,
    is_refused: bool,
    _place: Option<Place>,
    request_timeout: Duration,
    activity: Activity,
    /// Whether anything was written since the last flush.
    has_written: bool,
    deadline: Option<Deadline>,
    /// Wakes the connection at its deadline; made when it first waits for one.
    timer: Option<Pin<Box<Sleep>>>,
}

/// By when the client has to send more.
#[derive(Clone, Copy)]
enum Deadline {
    /// The bytes that were read must form a complete request.
    Request(Instant),
    /// A request must begin.
    Idle(Instant),
}

/// What happens on a connection, as its requests know it. Clones are of the same connection.
#[derive(Clone, Default)]
pub struct Activity(Rc<Shared>);

#[derive(Default)]
struct Shared {
    /// How many requests are handled.
    handling: Cell<usize>,
    /// Whether the client has closed its side.
    is_left: Cell<bool>,
    leaving: Notify,
}

/// A request is handled until this is dropped.
pub struct Handling(Activity);

pin_project! {
    /// The body of a response, until whose end its request is handled.
    pub struct Handled<B> {
        #[pin]
        body: B,
        handling: Option<Handling>,
    }
}

impl<B> Handled<B> {
    /// This body of a response to a request.
    pub fn new(body: B, handling: Option<Handling>) -> Self {
        Self { body, handling }
    }
}

impl<B: MessageBody> MessageBody for Handled<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.project().body.poll_next(context)
    }
}

impl Activity {
    /// Marks a request as being handled.
    pub fn handle(&self) -> Handling {
        self.0.handling.set(self.0.handling.get() + 1);
        Handling(self.clone())
    }

    fn is_handling(&self) -> bool {
        self.0.handling.get() > 0
    }

    /// Waits until the client has closed its side of the connection. Some clients do so as soon as they have sent a request,
    /// and read the response; they are few, and cannot be told from those that are gone.
    pub async fn left(&self) {
        while !self.0.is_left.get() {
            self.0.leaving.notified().await;
        }
    }

    fn leave(&self) {
        self.0.is_left.set(true);
        self.0.leaving.notify_waiters();
    }
}

impl Drop for Handling {
    fn drop(&mut self) {
        let handling = &self.0.0.handling;
        handling.set(handling.get().saturating_sub(1));
    }
}

impl Connection {
    /// Passes the connection's activity to its requests.
    pub fn introduce(&self, data: &mut Extensions) {
        data.insert(self.activity.clone());
    }

    /// Whether the client should have sent more by now; otherwise it will be checked again at the deadline.
    fn is_overdue(&mut self, context: &mut Context<'_>) -> bool {
        let Some(Deadline::Request(deadline) | Deadline::Idle(deadline)) = self.deadline else {
            return false;
        };
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if timer.deadline() != deadline {
            timer.as_mut().reset(deadline);
        }
        timer.as_mut().poll(context).is_ready()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // Nothing more to read: the server closes what it is not handling.
        if self.is_refused {
            return Poll::Ready(Ok(()));
        }
        let is_handling = self.activity.is_handling();
        if is_handling {
            self.deadline = None;
        }
        let before = buffer.filled().len();
        let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(context, buffer) else {
            return if self.is_overdue(context) {
                Poll::Ready(Ok(()))
            } else {
                Poll::Pending
            };
        };
        let has_read = buffer.filled().len() > before;
        if !has_read {
            self.activity.leave();
        }
        if has_read && !is_handling && !matches!(self.deadline, Some(Deadline::Request(_))) {
            self.deadline = Some(Deadline::Request(Instant::now() + self.request_timeout + GRACE));
        }
        Poll::Ready(read)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.deadline = None;
        self.has_written = true;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(context))?;
        if self.has_written && !self.activity.is_handling() {
            self.has_written = false;
            self.deadline = Some(Deadline::Idle(Instant::now() + KEEP_ALIVE));
            self.is_overdue(context);
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use futures_util::poll;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// A connection that was accepted, and its client.
    async fn accepted() -> (Connection, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let (connection, _) = Connections::new(1, &[], Duration::from_secs(60)).accept(stream);
        (connection, client)
    }

    #[test]
    fn addresses_of_one_client_share_its_connections() {
        let connections = Connections::new(1, &[], Duration::from_secs(60));
        let place = |peer: &str| connections.place_for(peer.parse().unwrap());
        for (one, same, other) in [
            ("192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2"),
            ("2001:db8::1", "2001:db8::2:0:0:1", "2001:db8:0:1::1"),
        ] {
            let first = place(one);
            assert!(first.is_ok() && place(same).is_err() && place(other).is_ok(), "{one}");
            drop(first);
            assert!(place(same).is_ok(), "{one}");
        }
    }

    fn long_ago() -> Instant {
        Instant::now().checked_sub(Duration::from_secs(1)).unwrap()
    }

    #[tokio::test]
    async fn a_request_that_has_arrived_is_read_even_if_nobody_looked_until_the_deadline() {
        for overdue in [Deadline::Idle, Deadline::Request] {
            let (mut connection, mut client) = accepted().await;
            client.write_all(b"GET / ").await.unwrap();
            connection.stream.readable().await.unwrap();
            connection.deadline = Some(overdue(long_ago()));
            let mut bytes = [0; 100];
            assert_eq!(connection.read(&mut bytes).await.unwrap(), 6);
        }
    }

    #[tokio::test]
    async fn a_connection_ends_when_nothing_has_arrived_until_the_deadline() {
        for overdue in [Deadline::Idle, Deadline::Request] {
            let (mut connection, _client) = accepted().await;
            connection.deadline = Some(overdue(long_ago()));
            assert_eq!(connection.read(&mut [0; 100]).await.unwrap(), 0);
        }
    }

    #[tokio::test]
    async fn a_connection_is_idle_from_the_end_of_a_response_to_the_next_request() {
        let (mut connection, mut client) = accepted().await;
        let handling = connection.activity.handle();
        connection.write_all(b"HTTP/1.1").await.unwrap();
        connection.flush().await.unwrap();
        assert!(connection.deadline.is_none(), "the rest of the response follows");
        drop(handling);
        connection.flush().await.unwrap();
        assert!(matches!(connection.deadline, Some(Deadline::Idle(_))));
        client.write_all(b"GET / ").await.unwrap();
        assert_eq!(connection.read(&mut [0; 100]).await.unwrap(), b"GET / ".len());
        assert!(matches!(connection.deadline, Some(Deadline::Request(_))));
        let _handling = connection.activity.handle();
        assert!(poll!(Box::pin(connection.read(&mut [0; 100]))).is_pending());
        assert!(connection.deadline.is_none());
    }

    #[tokio::test]
    async fn a_request_knows_when_its_client_has_left() {
        let (mut connection, mut client) = accepted().await;
        client.write_all(b"GET / ").await.unwrap();
        assert_eq!(connection.read(&mut [0; 100]).await.unwrap(), 6);
        let activity = connection.activity.clone();
        let _handling = activity.handle();
        let mut left = Box::pin(activity.left());
        assert!(poll!(&mut left).is_pending());
        drop(client);
        assert_eq!(connection.read(&mut [0; 100]).await.unwrap(), 0);
        left.await;
        activity.left().await;
    }

    #[tokio::test]
    async fn a_request_is_handled_until_the_end_of_its_response() {
        let activity = Activity::default();
        let mut body = Box::pin(Handled::new(Bytes::from("{}"), Some(activity.handle())));
        assert!(poll_fn(|context| body.as_mut().poll_next(context)).await.is_some());
        assert!(activity.is_handling());
        drop(body);
        assert!(!activity.is_handling());
    }
}
