//! Bodies of requests, whatever reads them: each has a deadline, and one that was not read to its end closes its
//! connection, so that no client can hold a connection by sending slowly.

use std::cell::{Cell, RefCell};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, BoxBody, EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::{InternalError, PayloadError};
use actix_web::http::StatusCode;
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data};
use actix_web::{Error, HttpMessage};
use futures_util::{Stream, StreamExt};
use tokio::time::{Instant, Sleep, sleep_until};

use super::{State, error};
use crate::graphql::limits::BAD_REQUEST;

/// A body may take longer than `limits.request_seconds` at this many bytes per second or more.
const MIN_BYTES_PER_SECOND: u64 = 8_192;

/// Sets the deadline of request bodies; a body that is too slow gets 408.
pub async fn bound<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let payload = request.take_payload();
    let state = request.app_data::<Data<State>>().cloned();
    let (Some(state), false) = (state, matches!(payload, Payload::None)) else {
        return Ok(next.call(request).await?.map_into_left_body());
    };
    let body = Incoming::new(payload, state.settings.limits.request_timeout);
    request.set_payload(body.payload());
    match next.call(request).await {
        Ok(response) if body.is_late() => {
            let (request, _) = response.into_parts();
            let message = "The request did not arrive in time.";
            let response = error::refuse_in_form(&request, StatusCode::REQUEST_TIMEOUT, BAD_REQUEST, message);
            Ok(ServiceResponse::new(
                request,
                response.map_body(|_, answer| body.held(answer)),
            ))
        }
        Ok(response) if body.is_whole() => Ok(response.map_into_left_body()),
        Ok(response) => Ok(response.map_body(|_, answer| body.held(answer))),
        Err(error) => {
            let response = error
                .error_response()
                .map_body(|_, answer| body.held::<BoxBody>(answer).boxed());
            Err(InternalError::from_response(error, response).into())
        }
    }
}

/// Reads a body, up to the limit of such bodies, before its request is handled: a client that sends slowly holds nothing else.
///
/// # Errors
/// When the body is too large, or does not come whole.
pub async fn read_ahead(request: &mut ServiceRequest) -> Result<(), Error> {
    let body = request.extract::<Bytes>().await?;
    request.set_payload(Payload::from(body));
    Ok(())
}

/// A body that is being received. Clones share it.
#[derive(Clone)]
struct Incoming(Rc<Shared>);

struct Shared {
    payload: RefCell<Payload>,
    timer: RefCell<Pin<Box<Sleep>>>,
    begun: Instant,
    timeout: Duration,
    received: Cell<u64>,
    is_late: Cell<bool>,
    is_whole: Cell<bool>,
}

impl Incoming {
    fn new(payload: Payload, timeout: Duration) -> Self {
        let begun = Instant::now();
        Self(Rc::new(Shared {
            payload: payload.into(),
            timer: Box::pin(sleep_until(begun + timeout)).into(),
            begun,
            timeout,
            received: Cell::default(),
            is_late: Cell::default(),
            is_whole: Cell::default(),
        }))
    }

    /// The body, for what handles the request.
    fn payload(&self) -> Payload {
        Payload::Stream {
            payload: Box::pin(self.clone()),
        }
    }

    fn is_late(&self) -> bool {
        self.0.is_late.get()
    }

    fn is_whole(&self) -> bool {
        self.0.is_whole.get()
    }

    /// The body of a response, which keeps the rest of this one until it is sent: then the connection is closed. A chunked
    /// body that is dropped would be read to its end instead, however long that takes.
    fn held<B>(&self, answer: impl MessageBody + 'static) -> EitherBody<B> {
        let held = Held {
            answer: Box::pin(answer),
            _rest: self.clone(),
        };
        EitherBody::right(held.boxed())
    }
}

impl Stream for Incoming {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Shared {
            payload,
            timer,
            begun,
            timeout,
            received,
            is_late,
            is_whole,
        } = &*self.0;
        if is_late.get() {
            return Poll::Ready(None);
        }
        let chunk = payload.borrow_mut().poll_next_unpin(context);
        match &chunk {
            Poll::Ready(None) => is_whole.set(true),
            Poll::Ready(Some(Ok(bytes))) => received.set(received.get() + bytes.len() as u64),
            Poll::Ready(Some(Err(_))) => {}
            Poll::Pending => {
                let mut timer = timer.borrow_mut();
                while timer.as_mut().poll(context).is_ready() {
                    let deadline = *begun + *timeout + Duration::from_secs(received.get() / MIN_BYTES_PER_SECOND);
                    if deadline <= Instant::now() {
                        is_late.set(true);
                        let error = io::Error::from(io::ErrorKind::TimedOut);
                        return Poll::Ready(Some(Err(PayloadError::Io(error))));
                    }
                    timer.as_mut().reset(deadline);
                }
            }
        }
        chunk
    }
}

/// The body of a response, and what is left of that of its request.
struct Held<B> {
    answer: Pin<Box<B>>,
    _rest: Incoming,
}

impl<B: MessageBody> MessageBody for Held<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.answer.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.answer.as_mut().poll_next(context)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{poll, stream};

    use super::*;

    /// A body of which so many bytes have arrived, and nothing for longer than `limits.request_seconds`.
    fn stalled_after(bytes: usize) -> Incoming {
        let arrived = (bytes > 0).then(|| Ok(Bytes::from(vec![0; bytes])));
        let payload: Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>> =
            Box::pin(stream::iter(arrived).chain(stream::pending()));
        Incoming::new(Payload::Stream { payload }, Duration::ZERO)
    }

    #[actix_web::test]
    async fn a_body_may_take_longer_the_more_of_it_has_arrived() {
        let mut nothing = stalled_after(0);
        assert!(nothing.next().await.is_some_and(|chunk| chunk.is_err()) && nothing.is_late());
        let mut much = stalled_after(600 * 8_192);
        assert!(much.next().await.is_some_and(|chunk| chunk.is_ok()));
        assert!(poll!(much.next()).is_pending() && !much.is_late());
    }
}
