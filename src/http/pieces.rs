//! Large bodies, handed to a connection in pieces and abandoned when the client does not read.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;

use crate::budget::SMALL_BODY;

/// Bytes per second that a client reads of a large body, at least on average. Who reads more slowly keeps memory that others
/// need.
const SLOWEST: u64 = 64 * 1024;

/// A body of which a connection copies one piece at a time, not the whole into its own buffer.
pub struct Pieces {
    rest: Bytes,
    deadline: Option<Instant>,
}

impl Pieces {
    /// A body that has to be read within `timeout` and the time that it takes a slow client.
    pub fn new(bytes: Bytes, timeout: Duration) -> Self {
        let reading = Duration::from_secs(bytes.len() as u64 / SLOWEST);
        Self {
            deadline: Instant::now().checked_add(timeout + reading),
            rest: bytes,
        }
    }
}

impl MessageBody for Pieces {
    type Error = io::Error;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.rest.len() as u64)
    }

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        if self.deadline.is_some_and(|deadline| deadline < Instant::now()) {
            return Poll::Ready(Some(Err(io::ErrorKind::TimedOut.into())));
        }
        let piece = self.rest.len().min(SMALL_BODY);
        Poll::Ready(Some(Ok(self.rest.split_to(piece))))
    }

    fn try_into_bytes(self) -> Result<Bytes, Self> {
        if self.rest.len() > SMALL_BODY {
            Err(self)
        } else {
            Ok(self.rest)
        }
    }
}

/// Closes a connection on which a client takes nothing for so long, whatever is sent: RFC 5482.
pub fn limit_stalls(connection: &tokio::net::TcpStream, timeout: Duration) {
    #[cfg(target_os = "linux")]
    if let Err(error) = socket2::SockRef::from(connection).set_tcp_user_timeout(Some(timeout)) {
        tracing::warn!(%error, "a connection has no write timeout");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (connection, timeout);
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    async fn next(body: &mut Pieces) -> Option<io::Result<Bytes>> {
        poll_fn(|context| Pin::new(&mut *body).poll_next(context)).await
    }

    #[tokio::test]
    async fn a_body_comes_whole_in_small_pieces() {
        let whole: Vec<u8> = (0..=250).cycle().take(3 * SMALL_BODY + 1).collect();
        let mut body = Pieces::new(whole.clone().into(), Duration::from_secs(60));
        assert_eq!(body.size(), BodySize::Sized(whole.len() as u64));
        let mut received = Vec::new();
        while let Some(piece) = next(&mut body).await {
            let piece = piece.expect("in time");
            assert!(piece.len() <= SMALL_BODY);
            received.extend_from_slice(&piece);
        }
        assert!(received == whole);
    }

    #[tokio::test]
    async fn a_body_that_is_not_read_in_time_is_given_up() {
        let mut body = Pieces::new(vec![0; SMALL_BODY + 1].into(), Duration::from_secs(60));
        body.deadline = Instant::now().checked_sub(Duration::from_millis(1));
        assert!(next(&mut body).await.is_some_and(|piece| piece.is_err()));
    }

    #[test]
    fn a_small_body_is_one_piece() {
        assert!(
            Pieces::new(vec![0; SMALL_BODY].into(), Duration::ZERO)
                .try_into_bytes()
                .is_ok()
        );
        assert!(
            Pieces::new(vec![0; SMALL_BODY + 1].into(), Duration::ZERO)
                .try_into_bytes()
                .is_err()
        );
    }
}
